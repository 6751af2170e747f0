/** Deliveries as clients and operators see them, and how one of them is made again. */
import {
  type AnsweredQuestion,
  askAll,
  defineJobScript,
  JOB_EVENTS,
  type QueueShards,
  recordAnswered,
  throwRefusal,
} from '@deja/jobs';
import {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  deliveryIdOf,
  queueOf,
  readRow,
} from './delivery.ts';

/**
 * REDELIVER: a delivery that is over begins its schedule anew, now, under the same id. ARGV: 3 id.
 * `outcome`: ok; unknown; pending: it has not ended; expired: what it would say is no longer kept; full or
 * limited: as many are pending as may be.
 */
const redeliverScript = defineJobScript(`
local limits = cjson.decode(ARGV[2])
local id, key = ARGV[3], deliveryKey(ARGV[3])
local h = fieldsOf(key, 'state', 'event', 'run', 'version', 'large', 'host', 'tenant')
if not h.state then return { 'outcome', 'unknown' } end
if h.state == 'pending' then return { 'outcome', 'pending' } end
local refused = outboxFull(h.host, h.tenant, limits)
if refused then return refused end
local body
if h.large ~= '1' and redis.call('HEXISTS', key, 'body') == 0 then
  body = bodyOf(h.run, h.event)
  if not body then return { 'outcome', 'expired' } end
end
redis.call('HSET', key, 'state', 'pending', 'version', num(h.version) + 1, 'step', 0, 'due', n(NOW),
  'since', n(NOW))
if body then redis.call('HSET', key, 'body', body) end
addPending(id, h.host, h.tenant)
redis.call('PERSIST', key)
redis.call('ZREM', OUT_FIN, id)
redis.call('ZREM', OUT_DEAD, id)
notifyOutbox()
return { 'outcome', 'ok' }
`);

/** What operators look at: rows, how long the first has been due in ms, dead ones; then the counts. */
const figuresScript = defineJobScript(`
local first = redis.call('ZRANGE', OUT, 0, 0, 'WITHSCORES')
return { 'depth', n(redis.call('ZCARD', OUT)),
  'lagMs', n(first[2] and math.max(0, NOW - num(first[2])) or 0),
  'dead', n(redis.call('ZCARD', OUT_DEAD)), 'counts', redis.call('HGETALL', OUT_COUNTS) }
`);

/** By host: pending rows, and dead ones among the last 1,000. */
const hostsScript = defineJobScript(`
local dead = {}
for _, id in ipairs(redis.call('ZREVRANGE', OUT_DEAD, 0, 999)) do
  local host = redis.call('HGET', deliveryKey(id), 'host')
  if host then dead[host] = (dead[host] or 0) + 1 end
end
local flat = {}
for host, count in pairs(dead) do
  flat[#flat + 1] = host
  flat[#flat + 1] = n(count)
end
return { 'pending', redis.call('HGETALL', OUT_HOSTS), 'dead', flat }
`);

export interface OutboxFigures {
  readonly depth: number;
  /** How long the first row has been due. Unit: ms. */
  readonly lagMs: number;
  readonly dead: number;
  /** `attempts|<outcome>` and `deliveries|<state>`. */
  readonly counts: ReadonlyMap<string, number>;
}

export type RedeliverReply = 'ok' | 'unknown' | 'pending' | 'expired';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

const LISTS = { pending: 'out', over: 'outfin', dead: 'outdead' } as const;
const DELIVERY_FIELDS = [
  ...(['state', 'job', 'event', 'url', 'made', 'due', 'tries', 'code', 'log', 'tenant'] as const),
] as const;

export class DeliveryStore {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** The deliveries of a job, in the order of its events. */
  async ofJob(job: string): Promise<Delivery[]> {
    return await this.#read(JOB_EVENTS.map((event) => deliveryIdOf(job, event)));
  }

  /** Those that are pending, the next one first; those that are over, or dead, the last one first. */
  async list(which: keyof typeof LISTS, { offset, limit }: Page): Promise<Delivery[]> {
    const isPending = which === 'pending';
    const lists = this.#queues.served().map(async ({ redis, shard }) => {
      const range = [
        shard.prefix + LISTS[which],
        '0',
        `${offset + limit - 1}`,
        'WITHSCORES',
      ] as const;
      const flat = await (isPending ? redis.zrange(...range) : redis.zrevrange(...range));
      return flat.flatMap((id, at) => (at % 2 === 0 ? [{ id, score: Number(flat[at + 1]) }] : []));
    });
    const all = (await Promise.all(lists)).flat();
    if (lists.length > 1) all.sort((a, b) => (isPending ? a.score - b.score : b.score - a.score));
    return await this.#read(all.slice(offset, offset + limit).map(({ id }) => id));
  }

  /**
   * Begins its schedule anew, now, under the same id.
   *
   * @throws QueueFullError when too many deliveries have not ended, TenantLimitError when too many of its tenant have not.
   */
  async redeliver(id: string): Promise<RedeliverReply> {
    const reply = await queueOf(this.#queues, id).ask(redeliverScript, id);
    throwRefusal(reply);
    return reply.text('outcome') as RedeliverReply;
  }

  /**
   * Records the finished job of a question that was answered at once, and its delivery.
   *
   * @throws QueueFullError when too many deliveries have not ended, TenantLimitError when too many of the tenant have not.
   * @throws IdempotencyConflictError if the question's key has another question's job.
   * @returns The job: another than the question's, if its Idempotency-Key had one.
   */
  async answered(question: AnsweredQuestion, payload: Buffer): Promise<string> {
    return await recordAnswered(this.#queues, question, payload);
  }

  async readOutbox(): Promise<OutboxFigures> {
    const replies = await askAll(this.#queues, (queue) => queue.ask(figuresScript));
    const sum = (what: 'depth' | 'dead') =>
      replies.reduce((all, reply) => all + reply.number(what), 0);
    return {
      depth: sum('depth'),
      lagMs: Math.max(...replies.map((reply) => reply.number('lagMs'))),
      dead: sum('dead'),
      counts: sumsOf(replies.map((reply) => reply.hash('counts'))),
    };
  }

  /** Deliveries that are pending or were given up, by host and port of their URL. */
  async byHost(): Promise<Map<string, { pending: number; dead: number }>> {
    const replies = await askAll(this.#queues, (queue) => queue.ask(hostsScript));
    const [pending, dead] = [
      sumsOf(replies.map((reply) => reply.hash('pending'))),
      sumsOf(replies.map((reply) => reply.hash('dead'))),
    ];
    const hosts = new Set([...pending.keys(), ...dead.keys()]);
    const countsOf = (host: string) => ({
      pending: pending.get(host) ?? 0,
      dead: dead.get(host) ?? 0,
    });
    return new Map([...hosts].map((host) => [host, countsOf(host)]));
  }

  async #read(ids: readonly string[]): Promise<Delivery[]> {
    const found = await Promise.all(ids.map((id) => this.#readOne(id)));
    return found.filter((delivery) => delivery !== undefined);
  }

  async #readOne(id: string): Promise<Delivery | undefined> {
    const row = await readRow(queueOf(this.#queues, id), id, DELIVERY_FIELDS);
    if (!row.state) return undefined;
    return {
      id,
      job: String(row.job),
      tenant: row.tenant && String(row.tenant),
      event: String(row.event) as Delivery['event'],
      url: String(row.url),
      state: String(row.state) as DeliveryState,
      createdAt: Number(row.made),
      nextAttemptAt: String(row.state) === 'pending' ? Number(row.due) : undefined,
      tries: Number(row.tries),
      lastStatusCode: Number(row.code) || undefined,
      attempts: String(row.log ?? '')
        .split('\n')
        .filter(Boolean)
        .map(attemptOf),
    };
  }
}

type Hash = Readonly<Record<string, string>> | undefined;

function sumsOf(hashes: readonly Hash[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const hash of hashes)
    for (const [name, count] of Object.entries(hash ?? {}))
      sums.set(name, (sums.get(name) ?? 0) + Number(count));
  return sums;
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
