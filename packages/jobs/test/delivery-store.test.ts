/** The outbox of webhooks against a real Redis: the rows of the scripts, and their way to an end. */
import { expect, test } from 'vitest';
import {
  createWebhookQueue,
  DEFAULT_JOB_EVENTS,
  DeliveryStore,
  type JobLimits,
  newJobId,
  QueueFullError,
  type Settlement,
  type Turn,
} from '../src/index.ts';
import { begin, KEY, openStore, request, SHARD } from './harness.ts';

const webhook = { url: 'https://example.org/hook?token=t', events: DEFAULT_JOB_EVENTS };
const all = { ...webhook, events: ['started', ...DEFAULT_JOB_EVENTS] as const };
const delivered = {
  state: 'delivered',
  statusCode: 204,
  durationMs: 5,
  outcome: 'delivered',
} as const;
const failed = { state: 'pending', statusCode: 500, durationMs: 5, outcome: 'status' } as const;
const dead = { ...failed, state: 'dead' } as const;

function open(limits: Partial<JobLimits> = {}) {
  const store = openStore(limits);
  const deliveries = new DeliveryStore(store.redis, store.shard, limits);
  const key = (id: string) => `${store.shard.prefix}h:${id}`;
  return {
    ...store,
    deliveries,
    /** A job with a webhook whose run has ended; the id of its delivery. */
    async ended(body = '{"n":1}', more: Parameters<typeof request>[0] = {}) {
      const { job, attempt } = await begin(store.runs, { webhook, key: keyOf(), ...more });
      await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', body);
      return `${job}-completed`;
    },
    async takeOne(): Promise<Turn> {
      const { rows } = await deliveries.take(1);
      if (!rows[0]) throw new Error('no row is due');
      return rows[0];
    },
    async settleOne(settlement: Settlement) {
      await deliveries.settle(await this.takeOne(), settlement);
    },
    makeDue: async (id: string) => await store.redis.zadd(`${store.shard.prefix}out`, '0', id),
    rows: async () => await store.redis.zrange(`${store.shard.prefix}out`, '0', '-1'),
    ttlMs: async (id: string) => await store.redis.pttl(key(id)),
    field: async (id: string, name: string) => await store.redis.hget(key(id), name),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

let keys = 0;
const keyOf = () => (keys++).toString(16).padStart(64, '0');

test('every job that shares a run gets a delivery of its own, with the end of the run', async () => {
  await using t = open();
  const { job, attempt } = await begin(t.runs, { webhook });
  const other = request({ webhook: { ...webhook, url: 'https://other.example/' } });
  const silent = request();
  await t.runs.join(other, '{}');
  await t.runs.join(silent, '{}');
  expect(await t.rows()).toEqual([]);

  await t.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{"n":1}');

  expect((await t.rows()).sort()).toEqual([`${job}-completed`, `${other.job}-completed`].sort());
  const [delivery] = await t.deliveries.ofJob(other.job);
  expect(delivery).toMatchObject({
    ...{ event: 'completed', url: 'https://other.example/', state: 'pending', tries: 0 },
    ...{ job: other.job, attempts: [], lastStatusCode: undefined },
  });
  expect(await t.deliveries.ofJob(silent.job)).toEqual([]);
});

test('each way to end has its event, and only what is wanted is told', async () => {
  await using t = open();
  const one = await begin(t.runs, { webhook: all });
  await t.runs.finalise(
    one.attempt.run,
    one.attempt.attemptId,
    'failed',
    '{"code":"MODEL_FAILED"}',
  );
  const two = await begin(t.runs, { webhook });
  await t.jobs.cancel(two.job);
  const three = await begin(t.runs, { webhook, deadlineMs: 0 });
  await t.jobs.expire(three.job);
  const four = await begin(t.runs, { webhook: { ...webhook, events: ['completed'] } });
  await t.jobs.cancel(four.job);

  expect((await t.rows()).sort()).toEqual(
    [
      ...[`${one.job}-started`, `${one.job}-failed`],
      ...[`${two.job}-canceled`, `${three.job}-expired`],
    ].sort(),
  );
});

test('a job that joins a run which has begun is told that it has started', async () => {
  await using t = open();
  await begin(t.runs);
  const late = request({ webhook: all });

  await t.runs.join(late, '{}');
  await t.runs.join(late, '{}');

  expect(await t.rows()).toEqual([`${late.job}-started`]);
});

test('a row stays until its delivery is over: one that is handed over and lost comes again (R29)', async () => {
  await using t = open();
  const id = await t.ended();

  const first = await t.deliveries.take(10);
  const meanwhile = await t.deliveries.take(10);
  await t.makeDue(id); // the lease is over

  expect(first.rows).toEqual([{ id, turn: 0 }]);
  expect(meanwhile.rows).toEqual([]);
  expect(meanwhile.nextInMs).toBeGreaterThan(15_000);
  expect((await t.deliveries.take(10)).rows).toEqual([{ id, turn: 0 }]);
  await t.deliveries.settle({ id, turn: 0 }, delivered);
  expect(await t.rows()).toEqual([]);
});

test('a row that is due is one mover’s', async () => {
  await using t = open();
  for (let i = 0; i < 30; i += 1) await t.ended();

  const takes = await Promise.all(Array.from({ length: 10 }, () => t.deliveries.take(7)));

  const ids = takes.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(ids).toHaveLength(30);
  expect(new Set(ids).size).toBe(30);
});

test('no more are handed over than the queue has room for', async () => {
  await using t = open();
  await using queue = createWebhookQueue(t.redis.duplicate(), t.shard);
  const many = Array.from({ length: 1000 }, (_, turn) => ({ id: 'other', turn }));
  await queue.add(many);
  await t.ended();

  expect(await t.deliveries.take(10)).toEqual({ rows: [], nextInMs: 0 });
});

test('of a delivery that is over, or that somebody else has settled, no attempt is made (R30)', async () => {
  await using t = open();
  const id = await t.ended();
  const turn = await t.takeOne();

  expect(await t.deliveries.read(turn)).toMatchObject({ id, turn: 0, tries: 0, url: webhook.url });
  expect(await t.deliveries.settle(turn, failed)).toBe(true);
  expect(await t.deliveries.settle(turn, delivered)).toBe(false);
  expect(await t.deliveries.read(turn)).toBeUndefined();
  const next = { id, turn: 1 };
  expect(await t.deliveries.read(next)).toMatchObject({ tries: 1, step: 1 });
  await t.deliveries.settle(next, delivered);
  expect(await t.deliveries.read({ id, turn: 2 })).toBeUndefined();
  expect(await t.deliveries.settle({ id, turn: 2 }, failed)).toBe(false);
  expect(await t.rows()).toEqual([]);
  const [delivery] = await t.deliveries.ofJob(jobOf(id));
  expect(delivery).toMatchObject({ state: 'delivered', tries: 2, lastStatusCode: 204 });
  expect(delivery?.attempts).toMatchObject([
    { statusCode: 500, outcome: 'status', durationMs: 5 },
    { statusCode: 204, outcome: 'delivered' },
  ]);
});

test('one that is tried again is due after its pause, and so is one that is put back', async () => {
  await using t = open();
  const id = await t.ended();

  await t.settleOne({ ...failed, againInMs: 40_000 });
  const { nextInMs } = await t.deliveries.take(1);
  await t.makeDue(id);
  expect(await t.deliveries.putBack(await t.takeOne(), 20_000)).toBe(false);
  const { nextInMs: later } = await t.deliveries.take(1);

  expect(nextInMs).toBeGreaterThan(35_000);
  expect(nextInMs).toBeLessThanOrEqual(40_000);
  expect(later).toBeLessThanOrEqual(20_000);
  const [delivery] = await t.deliveries.ofJob(jobOf(id));
  expect(delivery).toMatchObject({ tries: 1, state: 'pending' });
  expect(delivery?.nextAttemptAt).toBeGreaterThan(Date.now() + 15_000);
});

test('one that is too old to be put back is given up', async () => {
  await using t = open();
  const id = await t.ended();

  expect(await t.deliveries.putBack(await t.takeOne(), 10, -1)).toBe(true);

  expect(await t.deliveries.list('dead', { offset: 0, limit: 10 })).toMatchObject([
    { id, tries: 0 },
  ]);
});

test('a job that is kept for no time at all calls back all the same', async () => {
  await using t = open({ retainMs: 0 });
  const { job } = await begin(t.runs, { webhook: { ...webhook, events: ['canceled'] } });

  await t.jobs.cancel(job);

  expect(await t.rows()).toEqual([`${job}-canceled`]);
});

test('what a delivery says does not change, and outlives its job', async () => {
  await using t = open({ retainMs: 20 });
  const id = await t.ended('{"n":1}');
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  const sendable = await t.deliveries.read(await t.takeOne());

  expect(sendable?.body?.toString()).toBe('{"n":1}');
  expect(sendable).toMatchObject({
    event: 'completed',
    job: { id: jobOf(id), status: 'succeeded', model: 'sleep', version: 1, deduplicated: false },
  });
  expect(sendable?.job.startedAt).toBeGreaterThanOrEqual(sendable?.job.createdAt ?? Infinity);
  expect(sendable?.job.finishedAt).toBe(sendable?.createdAt);
  expect(await t.ttlMs(id)).toBe(-1);
});

test('the event of a start says that the job runs, whatever has become of it since', async () => {
  await using t = open();
  const { job, attempt } = await begin(t.runs, { webhook: all });
  await t.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  const sendable = await t.deliveries.read({ id: `${job}-started`, turn: 0 });

  expect(sendable?.job).toMatchObject({ status: 'running', finishedAt: undefined });
  expect(sendable?.body?.toString()).toBe('');
});

test('a large result is not taken along', async () => {
  await using t = open();
  const id = await t.ended(JSON.stringify('x'.repeat(20_001)));

  const sendable = await t.deliveries.read(await t.takeOne());

  expect(sendable?.body).toBeUndefined();
  await t.deliveries.settle({ id, turn: 0 }, dead);
  expect(await t.deliveries.redeliver(id)).toBe('ok');
});

test('a delivery that is over can be made again, under its id, and not while it is pending', async () => {
  await using t = open();
  const id = await t.ended();
  expect(await t.deliveries.redeliver(id)).toBe('pending');
  await t.settleOne(delivered);
  expect(await t.field(id, 'body')).toBeNull();

  expect(await t.deliveries.redeliver(id)).toBe('ok');

  const turn = await t.takeOne();
  expect(turn).toEqual({ id, turn: 2 });
  expect(await t.deliveries.read(turn)).toMatchObject({ tries: 1, step: 0 });
  expect((await t.deliveries.read(turn))?.body?.toString()).toBe('{"n":1}');
  expect(await t.ttlMs(id)).toBe(-1);
  expect(await t.deliveries.list('over', { offset: 0, limit: 10 })).toEqual([]);
  expect(await t.deliveries.redeliver(`${id}x`)).toBe('unknown');
});

test('one that died is made again with what it said, also when its job is gone', async () => {
  await using t = open({ retainMs: 20 });
  const id = await t.ended();
  await t.settleOne(dead);
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  expect(await t.deliveries.redeliver(id)).toBe('ok');

  expect((await t.deliveries.read(await t.takeOne()))?.body?.toString()).toBe('{"n":1}');
});

test('what was delivered is not kept besides its job: when that is gone it cannot be made again', async () => {
  await using t = open({ retainMs: 20 });
  const id = await t.ended();
  await t.settleOne(delivered);
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  expect(await t.deliveries.redeliver(id)).toBe('gone');
});

test('what asked not to be stored is kept until its delivery is over, not longer', async () => {
  await using t = open();
  const id = await t.ended('{"secret":1}', { nostore: true, retainMs: 600_000 });
  expect(await t.field(id, 'body')).toBe('{"secret":1}');

  await t.settleOne(dead);

  expect(await t.field(id, 'body')).toBeNull();
});

test('deliveries that are over are bounded, the oldest go first', async () => {
  await using t = open({ maxDeliveries: 3 });
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    ids.push(await t.ended());
    await t.settleOne(i % 2 ? dead : delivered);
  }

  const listed = await t.deliveries.list('over', { offset: 0, limit: 10 });
  const listedDead = await t.deliveries.list('dead', { offset: 0, limit: 10 });

  expect(listed.map(({ id }) => id)).toEqual(ids.slice(2).reverse());
  expect(listedDead.map(({ id }) => id)).toEqual([ids[3]]);
  expect(await t.redis.exists(`${t.shard.prefix}h:${ids[1]}`)).toBe(0);
  expect(await t.ttlMs(ids[4] ?? '')).toBeGreaterThan(6 * 86_400_000);
});

test('those that are over for longer than they are kept go, too', async () => {
  await using t = open({ deliveryRetainMs: 1 });
  for (let i = 0; i < 3; i += 1) {
    await t.ended();
    await t.settleOne(dead);
  }

  await expect
    .poll(async () => {
      await t.ended();
      await t.settleOne(dead);
      return await t.redis.zcard(`${t.shard.prefix}outfin`);
    })
    .toBeLessThan(3);
});

test('when too many are pending no more are taken, and what is under way is told all the same', async () => {
  await using t = open({ maxDeliveries: 1 });
  const open2 = await begin(t.runs, { webhook, key: keyOf() });
  await t.ended();

  await expect(t.runs.join(request({ webhook }), '{}')).rejects.toThrow(QueueFullError);
  await expect(t.runs.join(request(), '{}')).resolves.toMatchObject({ outcome: 'created' });
  const answered = {
    job: newJobId(SHARD),
    key: KEY,
    model: 'm',
    version: 1,
    lane: 'long',
  } as const;
  const question = { ...answered, deadlineMs: 1000, webhook };
  await expect(t.deliveries.answered(question, Buffer.from('{}'))).rejects.toThrow(QueueFullError);
  await t.jobs.cancel(open2.job);
  expect(await t.rows()).toHaveLength(2);
});

test('a question that was answered at once gets a finished job and its delivery, once', async () => {
  await using t = open();
  const question = {
    ...{
      job: newJobId(SHARD),
      key: KEY,
      model: 'sleep',
      version: 1,
      deadlineMs: 1000,
      webhook: all,
    },
    lane: 'long' as const,
  };

  await t.deliveries.answered(question, Buffer.from('{"n":1}'));
  await t.deliveries.answered(question, Buffer.from('{"n":1}'));

  const seen = await t.jobs.read(question.job);
  if (seen.outcome !== 'found') throw new Error(seen.outcome);
  expect(seen.job).toMatchObject({ status: 'succeeded', key: KEY, webhook: all });
  expect((await t.jobs.readResult(seen.job.run))?.toString()).toBe('{"n":1}');
  expect(await t.rows()).toEqual([`${question.job}-completed`]);
  expect(await t.redis.zcard(`${t.shard.prefix}deadlines`)).toBe(0);
});

test('the outbox tells its depth, how late it is, and what became of attempts', async () => {
  await using t = open();
  const late = await t.ended();
  await t.redis.zadd(`${t.shard.prefix}out`, Date.now() - 5000, late);
  const before = await t.deliveries.readOutbox();
  await t.settleOne(failed);
  await t.makeDue(late);
  await t.settleOne(dead);

  const after = await t.deliveries.readOutbox();

  expect(before).toMatchObject({ depth: 1, dead: 0 });
  expect(before.lagMs).toBeGreaterThanOrEqual(4900);
  expect(after).toMatchObject({ depth: 0, lagMs: 0, dead: 1 });
  expect(Object.fromEntries(after.counts)).toEqual({ 'attempts|status': 2, 'deliveries|dead': 1 });
});

test('the notifier rings once for all rows of a script', async () => {
  await using t = open();
  const subscriber = t.redis.duplicate();
  const heard: string[] = [];
  subscriber.on('message', (_channel, message: string) => heard.push(message));
  const { attempt } = await begin(t.runs, { webhook });
  for (let i = 0; i < 3; i += 1) await t.runs.join(request({ webhook }), '{}');
  await subscriber.subscribe(t.shard.channel, t.shard.workersChannel);

  await t.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  await expect.poll(() => heard.some((message) => message.startsWith('run '))).toBe(true);
  expect(heard.filter((message) => message === 'out')).toHaveLength(1);
  subscriber.disconnect();
});

const jobOf = (id: string) => id.slice(0, id.lastIndexOf('-'));
