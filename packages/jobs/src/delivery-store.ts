/**
 * Deliveries of webhooks in the queue Redis: a transactional outbox (docs/protocol.md#outbox). Rows
 * are written by the scripts that begin and end jobs; here they are handed over, settled and read.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a row stays until its delivery is over: one that is handed over and lost comes again (R29);
 *  - of a delivery that is over, or that somebody else has settled, no attempt is made (R30);
 *  - what a delivery says does not change, and outlives its job;
 *  - deliveries that are over are bounded, the oldest go first.
 */
import type { ScriptArgument } from '@deja/cache-core/redis';
import type { Redis } from 'ioredis';
import { QueueFullError } from './errors.ts';
import { newRunId } from './ids.ts';
import {
  answeredLua,
  outboxLua,
  putBackLua,
  readDeliveriesLua,
  redeliverLua,
  settleLua,
  takeLua,
} from './lua/deliveries.ts';
import { define } from './lua/prelude.ts';
import { recordOf } from './runs/job-record.ts';
import type { JobRecord, Lane } from './runs/run.ts';
import { DEFAULT_JOB_LIMITS, type JobLimits } from './settings.ts';
import type { Shard } from './shard.ts';
import {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  deliveryIdOf,
  JOB_EVENTS,
  type JobEventName,
  type Turn,
  type Webhook,
} from './webhook.ts';
import { waitListOf } from './webhook-queue.ts';

const scripts = {
  answered: define(answeredLua),
  outbox: define(outboxLua),
  putBack: define(putBackLua),
  read: define(readDeliveriesLua),
  redeliver: define(redeliverLua),
  settle: define(settleLua),
  take: define(takeLua),
};

/**
 * A row comes again after this time if nothing is heard of it. To be handed over twice costs nothing:
 * the second add of a turn is a no-op.
 */
const LEASE_MS = 20_000;
/** No more are handed over while so many wait: the rest is due, and is seen to be. */
const MAX_HANDED_OVER = 1000;
const ANY_AGE_MS = 1e15;
const SENDABLE_FIELDS = [
  ...['state', 'turn', 'event', 'url', 'trace', 'made', 'tries', 'step'],
  ...['jobwas', 'runwas'], // the hashes of job and run when the event happened
];

export interface Taken {
  readonly rows: readonly Turn[];
  /** When the next row is due, negative if there is none. Unit: ms from now. */
  readonly nextInMs: number;
}

/** What an attempt needs: the job as it was when the event happened. */
export interface Sendable extends Turn {
  readonly event: JobEventName;
  readonly url: string;
  readonly trace: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly job: JobRecord;
  /** The answer's members, or a `RunFailure`, as JSON; undefined when it is too large to be sent. */
  readonly body: Buffer | undefined;
  readonly tries: number;
  /** Attempts of the present schedule: those after a redelivery by hand. */
  readonly step: number;
}

export interface Settlement {
  /** `pending`: to be tried again. */
  readonly state: DeliveryState;
  /** Unit: ms. Default: 0. */
  readonly againInMs?: number;
  readonly statusCode: number | undefined;
  readonly durationMs: number;
  readonly outcome: string;
}

/** The question of a finished job: one that was answered at once. */
export interface AnsweredQuestion {
  readonly job: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly lane: Lane;
  readonly deadlineMs: number;
  readonly webhook: Webhook;
}

export interface OutboxFigures {
  readonly depth: number;
  /** How long the first row has been due. Unit: ms. */
  readonly lagMs: number;
  readonly dead: number;
  /** `attempts|<outcome>` and `deliveries|<state>`. */
  readonly counts: ReadonlyMap<string, number>;
}

export type RedeliverReply = 'ok' | 'unknown' | 'pending' | 'gone';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export class DeliveryStore {
  readonly #redis: Redis;
  readonly #shard: Shard;
  readonly #limitsJson: string;

  constructor(redis: Redis, shard: Shard, limits: Partial<JobLimits> = {}) {
    this.#redis = redis;
    this.#shard = shard;
    this.#limitsJson = JSON.stringify({ ...DEFAULT_JOB_LIMITS, ...limits });
  }

  /** Rows that are due, each given to one caller, who hands them over. */
  async take(limit: number): Promise<Taken> {
    const waitList = waitListOf(this.#shard);
    const reply = await this.#call('take', waitList, MAX_HANDED_OVER, limit, LEASE_MS);
    const [nextInMs, ...flat] = reply as string[];
    const rows: Turn[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2)
      rows.push({ id: flat[i] ?? '', turn: Number(flat[i + 1]) });
    return { rows, nextInMs: Number(nextInMs) };
  }

  /** All that an attempt needs; undefined when there is nothing (more) to attempt (R30). */
  async read({ id, turn }: Turn): Promise<Sendable | undefined> {
    const values = await this.#redis.hmgetBuffer(this.#key(id), 'body', ...SENDABLE_FIELDS);
    const [body, ...texts] = values;
    const [state, now, event, url, trace, made, tries, step, job, run] = texts.map(String);
    if (state !== 'pending' || now !== String(turn)) return undefined;
    return {
      id,
      turn,
      event: event as JobEventName,
      url: String(url),
      trace: trace || undefined,
      createdAt: Number(made),
      job: recordOf({ id: jobOf(id), job: JSON.parse(String(job)), run: JSON.parse(String(run)) }),
      body: body ?? undefined,
      tries: Number(tries),
      step: Number(step),
    };
  }

  /**
   * No attempt was made: it is due again in `inMs`, and none is used up. One whose schedule began
   * longer than `maxAgeMs` ago is given up all the same; resolves to whether that is so.
   */
  async putBack({ id, turn }: Turn, inMs: number, maxAgeMs = ANY_AGE_MS): Promise<boolean> {
    return (await this.#call('putBack', id, turn, Math.round(inMs), maxAgeMs)) === 2;
  }

  /** Records an attempt; false when the delivery was settled by somebody else meanwhile (R30). */
  async settle({ id, turn }: Turn, settlement: Settlement): Promise<boolean> {
    const { state, againInMs = 0, statusCode = '', durationMs, outcome } = settlement;
    const times = [Math.round(againInMs), statusCode, Math.round(durationMs)] as const;
    return (await this.#call('settle', id, turn, state, ...times, outcome)) === 1;
  }

  /** Begins its schedule anew, now, under the same id. */
  async redeliver(id: string): Promise<RedeliverReply> {
    const reply = String(await this.#call('redeliver', id));
    return reply.toLowerCase() as RedeliverReply;
  }

  /** The deliveries of a job, in the order of its events. */
  async ofJob(job: string): Promise<Delivery[]> {
    return await this.#deliveries(JOB_EVENTS.map((event) => deliveryIdOf(job, event)));
  }

  /** Those that are pending, the next one first; those that are over, or dead, the last one first. */
  async list(which: 'pending' | 'over' | 'dead', { offset, limit }: Page): Promise<Delivery[]> {
    const { prefix } = this.#shard;
    const last = offset + limit - 1;
    if (which === 'pending')
      return await this.#deliveries(
        await this.#redis.zrange(`${prefix}out`, `${offset}`, `${last}`),
      );
    const key = which === 'dead' ? 'outdead' : 'outfin';
    return await this.#deliveries(await this.#redis.zrevrange(prefix + key, offset, last));
  }

  /**
   * Records the finished job of a question that was answered at once, and its delivery.
   *
   * @throws QueueFullError when too many deliveries have not ended.
   */
  async answered({ webhook, ...question }: AnsweredQuestion, members: Buffer): Promise<void> {
    const request = { ...question, run: newRunId(), hook: JSON.stringify(webhook) };
    const reply = await this.#call('answered', JSON.stringify(request), members);
    if (reply === 'FULL') throw new QueueFullError();
  }

  async readOutbox(): Promise<OutboxFigures> {
    const reply = (await this.#call('outbox')) as [string, string, string, string[]];
    const [depth, lagMs, dead, flat] = reply;
    const counts = new Map<string, number>();
    for (let i = 0; i + 1 < flat.length; i += 2) counts.set(flat[i] ?? '', Number(flat[i + 1]));
    return { depth: Number(depth), lagMs: Number(lagMs), dead: Number(dead), counts };
  }

  async #deliveries(ids: readonly string[]): Promise<Delivery[]> {
    if (ids.length === 0) return [];
    const args = [`${this.#shard.prefix}meta`, this.#shard.prefix, '', ...ids] as const;
    const rows = (await scripts.read(this.#redis, ...args)) as string[][];
    return rows.flatMap((values, at) => deliveryOf(ids[at] ?? '', values) ?? []);
  }

  #key(id: string): string {
    return `${this.#shard.prefix}h:${id}`;
  }

  async #call(name: keyof typeof scripts, ...args: readonly ScriptArgument[]): Promise<unknown> {
    const { prefix } = this.#shard;
    return await scripts[name](this.#redis, `${prefix}meta`, prefix, this.#limitsJson, ...args);
  }
}

const jobOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));

function deliveryOf(id: string, values: readonly string[]): Delivery | undefined {
  const [state, job, event, url, made, due, tries, code, log] = values.map(String);
  if (!state) return undefined;
  return {
    id,
    job: String(job),
    event: event as JobEventName,
    url: String(url),
    state: state as DeliveryState,
    createdAt: Number(made),
    nextAttemptAt: state === 'pending' ? Number(due) : undefined,
    tries: Number(tries),
    lastStatusCode: code ? Number(code) : undefined,
    attempts: (log ?? '').split('\n').filter(Boolean).map(attemptOf),
  };
}

function attemptOf(line: string): DeliveryAttempt {
  const [at, durationMs, code, outcome] = line.split(' ');
  return {
    at: Number(at),
    durationMs: Number(durationMs),
    statusCode: code ? Number(code) : undefined,
    outcome: String(outcome),
  };
}
