/** An outbox of its own on the tests' Redis, and jobs that write into it. */
import { DEFAULT_JOB_EVENTS, type JobLimits, QueueRedis } from '@deja/jobs';
import { begin, openStore, type request } from '../../jobs/test/harness.ts';
import { DeliveryStore, type DeliveryVersion, Outbox, type Settlement } from '../src/index.ts';

export const webhook = {
  url: 'https://example.org/hook?token=t',
  events: DEFAULT_JOB_EVENTS,
};
export const all = { ...webhook, events: ['started', ...DEFAULT_JOB_EVENTS] as const };
export const delivered = {
  state: 'delivered',
  statusCode: 204,
  durationMs: 5,
  outcome: 'delivered',
} as const;
export const failed = {
  state: 'pending',
  statusCode: 500,
  durationMs: 5,
  outcome: 'status',
} as const;
export const dead = { ...failed, state: 'dead' } as const;

let keys = 0;
export const keyOf = () => (keys++).toString(16).padStart(64, '0');

export function openOutbox(limits: Partial<JobLimits> = {}) {
  const store = openStore(limits);
  const queue = new QueueRedis(store.redis, store.shard, limits);
  const outbox = new Outbox(queue);
  const key = (id: string) => `${store.shard.prefix}h:${id}`;
  return {
    ...store,
    ...{ queue, outbox, deliveries: new DeliveryStore(queue) },
    /** A job with a webhook whose run has ended; the id of its delivery. */
    async ended(body = '{"n":1}', more: Parameters<typeof request>[0] = {}) {
      const { job, attempt } = await begin(store.runs, { webhook, key: keyOf(), ...more });
      await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', body);
      return `${job}-completed`;
    },
    async takeOne(): Promise<DeliveryVersion> {
      const { rows } = await outbox.take(1);
      if (!rows[0]) throw new Error('no row is due');
      return rows[0];
    },
    async settleOne(settlement: Settlement) {
      await outbox.settle(await this.takeOne(), settlement);
    },
    makeDue: async (id: string) => await store.redis.zadd(`${store.shard.prefix}out`, '0', id),
    rows: async () => await store.redis.zrange(`${store.shard.prefix}out`, '0', '-1'),
    ttlMs: async (id: string) => await store.redis.pttl(key(id)),
    field: async (id: string, name: string) => await store.redis.hget(key(id), name),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
