/**
 * The outbox of webhooks in the queue Redis, as workers use it (docs/protocol.md#outbox). The scripts that
 * begin and end jobs write its rows; here a row that is due is taken under a lease, and settled. Each shard
 * has its own rows, and the id of a row tells which.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a row stays until its delivery is over: one that is taken and lost comes again (R29);
 *  - a row that is due is one worker's, and stays its own while the lease is renewed;
 *  - of a delivery that is over, or that somebody else has settled, no attempt is made (R30);
 *  - what a delivery says does not change, and outlives its job;
 *  - deliveries that are over are bounded, the oldest go first;
 *  - a shard that does not answer keeps no row of another one.
 */
import {
  askWhoAnswers,
  defineJobScript,
  type JobEventName,
  type JobRecord,
  type QueueRedis,
  type QueueShards,
  recordOf,
} from '@deja/jobs';
import { type DeliveryState, type DeliveryVersion, jobOf, queueOf, readRow } from './delivery.ts';
import { takeScript } from './take-script.ts';

/** A worker that is not heard of for this time is dead, and its rows are due again. */
const LEASE_MS = 10_000;
const ANY_AGE_MS = 1e15;

/** RENEW: the leases of these rows begin anew. ARGV: 3 lease in ms, then id and version of each. */
const renewScript = defineJobScript(`
for i = 4, #ARGV, 2 do
  local h = fieldsOf(deliveryKey(ARGV[i]), 'version', 'tenant')
  if h.version == ARGV[i + 1] then                                                       -- R30
    setDue(ARGV[i], h.tenant, n(NOW + tonumber(ARGV[3])), 'XX')
  end
end
`);

const decision = `
local limits = cjson.decode(ARGV[2])
local id, key = ARGV[3], deliveryKey(ARGV[3])
local h = fieldsOf(key, 'state', 'version', 'tries', 'retain', 'log', 'since', 'host', 'tenant')
if h.state ~= 'pending' or h.version ~= ARGV[4] then return { 'outcome', 'superseded' } end -- R30
redis.call('HINCRBY', key, 'version', 1)

local function again(inMs)
  local due = n(NOW + tonumber(inMs))
  redis.call('HSET', key, 'due', due)
  setDue(id, h.tenant, due, 'XX')
end

local function finish(state)
  redis.call('HSET', key, 'state', state)
  redis.call('ZADD', OUT_FIN, n(NOW), id)
  if state == 'dead' then redis.call('ZADD', OUT_DEAD, n(NOW), id) end
  redis.call('HINCRBY', OUT_COUNTS, 'deliveries|' .. state, 1)
  dropPending(id, h.host, h.tenant)
  redis.call('PEXPIRE', key, limits.deliveryRetainMs)
  -- Who was reached has it. What asked not to be stored is kept for no other attempt either.
  if state ~= 'dead' or (num(h.retain) or 0) < limits.retainMs then redis.call('HDEL', key, 'body') end
  local over = redis.call('ZCARD', OUT) + redis.call('ZCARD', OUT_FIN) - limits.maxDeliveries
  local oldest = redis.call('ZRANGE', OUT_FIN, 0, over > 1 and 19 or 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if over <= 0 and num(oldest[i + 1]) > NOW - limits.deliveryRetainMs then break end
    over = over - 1
    redis.call('ZREM', OUT_FIN, oldest[i])
    redis.call('ZREM', OUT_DEAD, oldest[i])
    redis.call('DEL', deliveryKey(oldest[i]))
  end
end
`;

/**
 * PUT BACK: no attempt was made. ARGV: 3 id, 4 version, 5 ms until it is due, 6 the age at which it is
 * given up all the same, in ms.
 */
const putBackScript = defineJobScript(`${decision}
if NOW - num(h.since) > tonumber(ARGV[6]) then
  finish('dead')
  return { 'outcome', 'dead' }
end
again(ARGV[5])
return { 'outcome', 'ok' }
`);

/**
 * SETTLE: an attempt was made. ARGV: 3 id, 4 version, 5 the state that follows, 6 ms until the next
 * attempt, 7 status code or '', 8 how long it took in ms, 9 its outcome, in a word.
 */
const settleScript = defineJobScript(`${decision}
local state, tries = ARGV[5], num(h.tries) + 1
local line = table.concat({ n(NOW - tonumber(ARGV[8])), ARGV[8], ARGV[7], ARGV[9] }, ' ')
local log = (h.log or '') .. line .. '\\n'
if tries > 30 then log = string.gsub(log, '^[^\\n]*\\n', '', 1) end -- the last ones tell enough
redis.call('HSET', key, 'tries', tries, 'code', ARGV[7], 'log', log)
redis.call('HINCRBY', OUT_COUNTS, 'attempts|' .. ARGV[9], 1)
if state == 'pending' then
  redis.call('HINCRBY', key, 'step', 1)
  again(ARGV[6])
else
  finish(state)
end
return { 'outcome', 'ok' }
`);

/** What a worker has room for. Default: all. */
export interface Places {
  readonly free: number;
  /** By tenant. */
  readonly held: ReadonlyMap<string, number>;
}

const ALL_PLACES: Places = { free: Number.MAX_SAFE_INTEGER, held: new Map() };

export interface Taken {
  readonly rows: readonly TakenRow[];
  /** Rows are due that were left, since their tenant has as many places as are free. */
  readonly isHeldBack: boolean;
  /** When another row is due, negative if there is none. Unit: ms from now. */
  readonly nextInMs: number;
}

export interface TakenRow extends DeliveryVersion {
  readonly tenant: string | undefined;
}

/** What an attempt needs: the job as it was when the event happened. */
export interface Sendable extends DeliveryVersion {
  readonly event: JobEventName;
  readonly url: string;
  readonly traces: Readonly<Record<'submission' | 'run', string | undefined>>;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly job: JobRecord;
  /** The answer's members, or a `RunFailure`, as JSON; undefined when it is too large to be sent. */
  readonly body: Buffer | undefined;
  readonly tries: number;
  /** Attempts of the present schedule: those after a redelivery by hand. */
  readonly step: number;
}

const SENDABLE_FIELDS = [
  ...(['state', 'version', 'event', 'url', 'trace', 'made', 'tries', 'step', 'body'] as const),
  ...(['jobwas', 'runwas'] as const), // the hashes of job and run when the event happened
] as const;

export interface Settlement {
  /** `pending`: to be tried again. */
  readonly state: DeliveryState;
  /** Unit: ms. Default: 0. */
  readonly againInMs?: number | undefined;
  readonly statusCode: number | undefined;
  readonly durationMs: number;
  readonly outcome: string;
}

export class Outbox {
  readonly leaseMs: number;
  readonly #queues: QueueShards;
  /** The shard that is asked for one row more than others, in turns. */
  #turn = 0;

  constructor(queues: QueueShards, { leaseMs = LEASE_MS } = {}) {
    this.#queues = queues;
    this.leaseMs = leaseMs;
  }

  /** Rows that are due, each given to one caller; of each shard its part. */
  async take(limit: number, places = ALL_PLACES): Promise<Taken> {
    const shards = this.#queues.served().length;
    const turn = this.#turn++;
    const partOf = (at: number) => Math.floor((limit + ((at + turn) % shards)) / shards);
    const found = await askWhoAnswers(this.#queues, (queue, at) =>
      this.#takeFrom(queue, partOf(at), places),
    );
    const next = found.map(({ nextInMs }) => nextInMs).filter((inMs) => inMs >= 0);
    const rows = found.flatMap((taken) => taken.rows);
    const isHeldBack = found.some((taken) => taken.isHeldBack);
    return { rows, isHeldBack, nextInMs: next.length === 0 ? -1 : Math.min(...next) };
  }

  async #takeFrom(queue: QueueRedis, limit: number, { free, held }: Places): Promise<Taken> {
    const heldJson = JSON.stringify(Object.fromEntries(held));
    const reply = await queue.ask(takeScript, limit, this.leaseMs, free, heldJson);
    const rows = reply.replies('rows').map((row) => ({
      ...{ id: row.text('id'), version: row.number('version') },
      tenant: row.optionalText('tenant'),
    }));
    const isHeldBack = reply.number('isHeldBack') === 1;
    return { rows, isHeldBack, nextInMs: reply.number('nextInMs') };
  }

  /** They are still being worked on. Leaves alone what was settled. */
  async renew(rows: readonly DeliveryVersion[]): Promise<void> {
    const byShard = Map.groupBy(rows, ({ id }) => this.#of(id));
    const renewed = [...byShard].map(([queue, own]) => {
      const args = own.flatMap(({ id, version }) => [id, version]);
      return queue.call(renewScript, this.leaseMs, ...args);
    });
    await Promise.all(renewed);
  }

  /** All that an attempt needs; undefined when there is nothing (more) to attempt (R30). */
  async read({ id, version }: DeliveryVersion): Promise<Sendable | undefined> {
    const { body, ...row } = await readRow(this.#of(id), id, SENDABLE_FIELDS);
    if (String(row.state) !== 'pending' || String(row.version) !== String(version))
      return undefined;
    const [job, run] = [row.jobwas, row.runwas].map((json) => JSON.parse(String(json)));
    return {
      id,
      version,
      event: String(row.event) as JobEventName,
      url: String(row.url),
      traces: { submission: row.trace?.toString() || undefined, run: run.trace },
      createdAt: Number(row.made),
      job: recordOf({ id: jobOf(id), job, run }),
      body,
      tries: Number(row.tries),
      step: Number(row.step),
    };
  }

  /**
   * No attempt was made: it is due again in `inMs`, and none is used up. One whose schedule began
   * longer than `maxAgeMs` ago is given up all the same; resolves to whether that is so.
   */
  async putBack(
    { id, version }: DeliveryVersion,
    inMs: number,
    maxAgeMs = ANY_AGE_MS,
  ): Promise<boolean> {
    const args = [id, version, Math.round(inMs), maxAgeMs] as const;
    return (await this.#of(id).ask(putBackScript, ...args)).text('outcome') === 'dead';
  }

  /** Records an attempt; false when the delivery was settled by somebody else meanwhile (R30). */
  async settle({ id, version }: DeliveryVersion, settlement: Settlement): Promise<boolean> {
    const { state, againInMs = 0, statusCode = '', durationMs, outcome } = settlement;
    const times = [Math.round(againInMs), statusCode, Math.round(durationMs)] as const;
    const reply = await this.#of(id).ask(settleScript, id, version, state, ...times, outcome);
    return reply.text('outcome') === 'ok';
  }

  #of(id: string): QueueRedis {
    return queueOf(this.#queues, id);
  }
}
