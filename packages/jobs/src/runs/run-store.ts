/**
 * Runs and jobs in the queue Redis. Each method is one script and safe to repeat.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - at most one run of a key can be joined;
 *  - a run ends once, and its jobs with it;
 *  - an attempt that was superseded publishes nothing;
 *  - a join after an invalidation never gets a result computed before it, or made of something that was;
 *  - an overdue job expires, and its run only when nobody else wants it.
 */
import { createHash } from 'node:crypto';
import { type EntryHeader, scopesOf } from '@deja/cache-core';
import type { ScriptArgument } from '@deja/cache-core/redis';
import type { Redis } from 'ioredis';
import { QueueFullError } from '../errors.ts';
import { jobIdTime, newRandomId } from '../ids.ts';
import {
  finaliseLua,
  heartbeatLua,
  inheritScopesLua,
  releaseLua,
  startLua,
} from '../lua/attempt.ts';
import { joinLua } from '../lua/join.ts';
import { define } from '../lua/prelude.ts';
import {
  cancelLua,
  claimLua,
  expireLua,
  modelsLua,
  openRunsLua,
  overdueLua,
  queuesLua,
  readJobLua,
  recheckLua,
} from '../lua/upkeep.ts';
import { DEFAULT_JOB_LIMITS, type JobLimits } from '../settings.ts';
import type { Shard } from '../shard.ts';
import { hashOf, isOverdue, recordOf, waitOf } from './job-record.ts';
import type {
  Attempt,
  JobRecord,
  JoinReply,
  JoinRequest,
  Lane,
  Progress,
  RunFailure,
} from './run.ts';

const scripts = {
  join: define(joinLua),
  start: define(startLua),
  heartbeat: define(heartbeatLua),
  inheritScopes: define(inheritScopesLua),
  release: define(releaseLua),
  finalise: define(finaliseLua),
  cancel: define(cancelLua),
  claim: define(claimLua),
  expire: define(expireLua),
  overdue: define(overdueLua),
  recheck: define(recheckLua),
  openRuns: define(openRunsLua),
  models: define(modelsLua),
  queues: define(queuesLua),
  readJob: define(readJobLua),
};

/** Inputs up to this size travel with the first JOIN; larger ones are sent only if a run is created. */
export const INLINE_INPUT_CHARS = 4096;
const ANY_AGE_MS = 1e15;
const IDEMPOTENCY_MS = 86_400_000;

export type StartReply =
  | { readonly outcome: 'go'; readonly attempt: Attempt }
  /** The run has ended, or another attempt is alive: there is nothing to do. */
  | { readonly outcome: 'closed' | 'busy' };

export type FinaliseReply =
  | { readonly outcome: 'ok'; readonly fenced: boolean }
  | { readonly outcome: 'already' | 'closed' | 'superseded' };

export type JobLookup =
  | { readonly outcome: 'found'; readonly job: JobRecord }
  /** `gone`: there was such a job, or may have been; its retention is over. */
  | { readonly outcome: 'unknown' | 'gone' };

export interface ReleaseOptions {
  /** When the reconciler hands the run out again. Unit: ms. Default: 0. */
  readonly againInMs?: number;
  /** The caller saw the attempt fail. Default: false. */
  readonly failed?: boolean;
  /** The lane to which the run moves, and in which it stays whoever joins. Default: unchanged. */
  readonly lane?: Lane;
}

export interface PendingRun {
  readonly run: string;
  readonly key: string;
  readonly lane: Lane;
}

/** A step in the progress of a run. */
export interface ProgressEvent {
  /** Ids grow: ms on the queue Redis' clock, and a number. */
  readonly id: string;
  readonly progress: Progress;
}

export interface QueueFigures {
  readonly lanes: readonly {
    readonly lane: string;
    readonly depth: number;
    /** How long the first waiting run has waited. Unit: ms. */
    readonly oldestMs: number;
  }[];
  readonly openRuns: number;
  /**
   * `run|<model>|<le>` and `queue|<model>|<le>`: counts by upper bound in ms; `…|sum`: ms.
   * `unsuccessful|<model>|<state>`: runs that ended in this state. `stalls|<model>`: runs that were
   * taken over from a worker that had fallen silent.
   */
  readonly times: ReadonlyMap<string, number>;
}

/** The current figures of one model. */
export interface ModelFigures {
  /** Runs that wait to begin. */
  readonly waiting: number;
  /** Active runs. */
  readonly computed: number;
  /** The usual time of its runs. Unit: ms. Undefined: none has ended yet. */
  readonly usualMs: number | undefined;
}

export class RunStore {
  readonly limits: JobLimits;
  readonly #redis: Redis;
  readonly #shard: Shard;
  readonly #limitsJson: string;

  constructor(redis: Redis, shard: Shard, limits: Partial<JobLimits> = {}) {
    this.#redis = redis;
    this.#shard = shard;
    this.limits = { ...DEFAULT_JOB_LIMITS, ...limits };
    this.#limitsJson = JSON.stringify(this.limits);
    // Commands that are sent right behind them rely on the order.
    for (const script of [scripts.join, scripts.finalise]) script.keepKnown(redis);
  }

  /**
   * Puts a job on the open run of its key, or opens one.
   *
   * @param input The normalised input as JSON; sent only when a run is opened.
   * @throws QueueFullError if it would open a run and the queue is full.
   */
  async join(request: JoinRequest, input: string): Promise<JoinReply> {
    const { tags, webhook, ...rest } = request;
    const hook = webhook && JSON.stringify(webhook);
    const json = JSON.stringify({ maxAgeMs: ANY_AGE_MS, ...rest, hook });
    const tagsJson = JSON.stringify(tags);
    const inline = input.length <= INLINE_INPUT_CHARS ? input : '';
    let reply = await this.#strings('join', json, inline, tagsJson);
    if (reply[0] === 'NEED_INPUT') reply = await this.#strings('join', json, input, tagsJson);
    const [outcome, run = '', third = '', body = '', usual] = reply;
    if (outcome === 'FULL') throw new QueueFullError();
    if (outcome === 'DONE') {
      const freshMs = usual ? Number(usual) : undefined;
      return { outcome: 'done', run, finishedAt: Number(third), body, freshMs };
    }
    const wait = waitOf(body, usual);
    return { outcome: outcome === 'JOINED' ? 'joined' : 'created', run, lane: third as Lane, wait };
  }

  /**
   * Begins an attempt.
   *
   * @param attemptId  Random, new for every attempt.
   * @param failed The attempt that the caller itself saw fail and that this one replaces: it counts
   *               as a try. Taking over from a silent worker does not.
   */
  async start(run: string, attemptId: string, failed = ''): Promise<StartReply> {
    const { maxTries, maxLost } = this.limits;
    const bodies = [
      `the model failed without an answer ${maxTries} times`,
      `more than ${maxLost} workers fell silent in the middle of it`,
    ].map((message) => JSON.stringify({ code: 'RUN_POISONED', message } satisfies RunFailure));
    const reply = await this.#strings('start', run, attemptId, newRandomId(), failed, ...bodies);
    if (reply[0] === 'CLOSED') return { outcome: 'closed' };
    if (reply[0] === 'BUSY') return { outcome: 'busy' };
    const [, key, model, version, tags, store, epoch, seq, id, no, tries, ...more] = reply;
    const [input, bypassArtefacts, engine, log] = more;
    return {
      outcome: 'go',
      attempt: {
        run,
        attemptId,
        key: String(key),
        model: String(model),
        version: Number(version),
        engine: engine || undefined,
        tags: JSON.parse(String(tags)),
        store: store === '1',
        log: String(log),
        token: { epoch: Number(epoch), seq: Number(seq), id: String(id) },
        runSeq: Number(no),
        tries: Number(tries),
        input: String(input),
        bypassArtefacts: bypassArtefacts === '1',
      },
    };
  }

  /** The heartbeat of an attempt. Resolves to false if the attempt must stop because nobody wants it. */
  async heartbeat(run: string, attemptId: string, progress?: Progress): Promise<boolean> {
    const json = progress ? JSON.stringify(progress) : '';
    return (await this.#call('heartbeat', run, attemptId, json)) === 'GO';
  }

  /**
   * Whether the attempt may use an entry that an earlier run kept (R28). If so, invalidating that
   * entry also invalidates this run and what it publishes.
   */
  async inheritScopes(
    run: string,
    attemptId: string,
    { key, tags, token, derivedFrom }: EntryHeader,
  ) {
    const scopes = JSON.stringify(scopesOf(key, tags, derivedFrom));
    const { epoch, seq, id } = token;
    return (await this.#call('inheritScopes', run, attemptId, scopes, epoch, seq, id)) === 'OK';
  }

  /** Gives the run back. This counts as a try only if the attempt had `failed`. */
  async release(
    run: string,
    attemptId: string,
    { againInMs = 0, failed = false, lane }: ReleaseOptions = {},
  ): Promise<void> {
    await this.#call('release', run, attemptId, againInMs, failed ? 1 : 0, lane ?? '');
  }

  /**
   * Publishes the outcome: the answer's payload, or a `RunFailure`, as JSON.
   *
   * @param freshMs How long the answer is fresh, if that is shorter than its model says.
   */
  async finalise(
    run: string,
    attemptId: string,
    state: 'succeeded' | 'failed',
    body: string,
    freshMs?: number,
  ): Promise<FinaliseReply> {
    const args = [run, attemptId, state, body, freshMs ?? ''] as const;
    const [outcome, fenced] = await this.#strings('finalise', ...args);
    if (outcome === 'OK') return { outcome: 'ok', fenced: Number(fenced) === 1 };
    if (outcome === 'ALREADY') return { outcome: 'already' };
    return { outcome: outcome === 'SUPERSEDED' ? 'superseded' : 'closed' };
  }

  /** The job as it is now. Reading a job whose deadline has passed ends it. */
  async readJob(id: string): Promise<JobLookup> {
    const createdAt = jobIdTime(id);
    if (createdAt === undefined) return { outcome: 'unknown' };
    let { job, now, trimmed } = await this.#readJob(id);
    if (job && isOverdue(job, now)) {
      await this.expire(id);
      ({ job, now, trimmed } = await this.#readJob(id));
    }
    if (job) return { outcome: 'found', job };
    const isGone = id <= trimmed || createdAt < now - this.limits.retainMs;
    return { outcome: isGone ? 'gone' : 'unknown' };
  }

  /** The bytes that FINALISE stored, or undefined if they are no longer kept. */
  async readResult(run: string): Promise<Buffer | undefined> {
    return (await this.#redis.getBuffer(`${this.#shard.prefix}o:${run}`)) ?? undefined;
  }

  /**
   * The job that belongs to an Idempotency-Key for the next 24 h: `job`, or the job that claimed
   * the key first. Undefined if another question has claimed it.
   */
  async claim(idempotencyKey: string, job: string, question: string): Promise<string | undefined> {
    const digest = createHash('sha256').update(idempotencyKey).digest('hex');
    const { prefix } = this.#shard;
    const args = [prefix, digest, job, question, IDEMPOTENCY_MS] as const;
    return String(await scripts.claim(this.#redis, `${prefix}meta`, ...args)) || undefined;
  }

  /** Cancels an open job. Its run continues while another job wants it. */
  async cancel(job: string): Promise<void> {
    await this.#call('cancel', job);
  }

  /** The run's progress after the event `after`, oldest first. The last 64 steps are kept. */
  async readProgress(run: string, after: string | undefined): Promise<ProgressEvent[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const rows = await this.#redis.xrange(`${this.#shard.prefix}e:${run}`, from, '+');
    return rows.map(([id, [, json = '']]) => ({ id, progress: JSON.parse(json) }));
  }

  async expire(job: string): Promise<void> {
    await this.#call('expire', job);
  }

  async overdueJobs(): Promise<string[]> {
    const key = `${this.#shard.prefix}meta`;
    return (await scripts.overdue(this.#redis, key, this.#shard.prefix)) as string[];
  }

  /** Open runs without an active attempt, each at most once per recheck. */
  async pendingRuns(): Promise<PendingRun[]> {
    return runsOf(await this.#strings('recheck'));
  }

  /** Depth and oldest wait by lane, and the times of runs by model, for operators. */
  async readQueues(): Promise<QueueFigures> {
    const [flat, times, openRuns] = (await this.#call('queues')) as [string[], string[], string];
    const lanes = [];
    for (let i = 0; i + 2 < flat.length; i += 3)
      lanes.push({
        lane: flat[i] ?? '',
        depth: Number(flat[i + 1]),
        oldestMs: Number(flat[i + 2]),
      });
    const fields = Object.entries(hashOf(times) ?? {});
    return {
      lanes,
      openRuns: Number(openRuns),
      times: new Map(fields.map(([f, v]) => [f, Number(v)])),
    };
  }

  /** Figures by model, for models that have been asked; counted among up to 1000 open runs. */
  async readModels(): Promise<ReadonlyMap<string, ModelFigures>> {
    const [flat, times] = (await this.#call('models')) as [string[], string[]];
    const figures = new Map<string, ModelFigures>();
    for (const [field, ms] of Object.entries(hashOf(times) ?? {})) {
      const [kind, model = ''] = field.split('|');
      if (kind === 'usual') figures.set(model, { waiting: 0, computed: 0, usualMs: Number(ms) });
    }
    for (let i = 0; i + 2 < flat.length; i += 3) {
      const model = flat[i] ?? '';
      const usualMs = figures.get(model)?.usualMs;
      figures.set(model, { waiting: Number(flat[i + 1]), computed: Number(flat[i + 2]), usualMs });
    }
    return figures;
  }

  /** Open runs, up to 100. */
  async openRuns(): Promise<PendingRun[]> {
    return runsOf(await this.#strings('openRuns'));
  }

  async #readJob(id: string) {
    const [jobFields, runFields, now, trimmed, place, usual, body] = (await this.#call(
      'readJob',
      id,
    )) as [string[], string[], string, string, string | number, string, string];
    const job = hashOf(jobFields);
    const run = hashOf(runFields) ?? {};
    return {
      job: job && recordOf({ id, job, run, wait: waitOf(place, usual), body }),
      now: Number(now),
      trimmed,
    };
  }

  async #call(name: keyof typeof scripts, ...args: readonly ScriptArgument[]): Promise<unknown> {
    const { prefix } = this.#shard;
    return await scripts[name](this.#redis, `${prefix}meta`, prefix, this.#limitsJson, ...args);
  }

  async #strings(name: keyof typeof scripts, ...args: readonly ScriptArgument[]) {
    return (await this.#call(name, ...args)) as string[];
  }
}

function runsOf(flat: readonly string[]): PendingRun[] {
  const found: PendingRun[] = [];
  for (let i = 0; i + 2 < flat.length; i += 3)
    found.push({ run: flat[i] ?? '', key: flat[i + 1] ?? '', lane: flat[i + 2] as Lane });
  return found;
}
