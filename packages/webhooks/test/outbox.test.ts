/** The outbox against a real Redis: the rows that jobs write, and their way to an end. */
import { expect, test } from 'vitest';
import { begin, request } from '../../jobs/test/harness.ts';
import { jobOf } from '../src/delivery.ts';
import { Outbox } from '../src/index.ts';
import { all, dead, delivered, failed, openOutbox, webhook } from './open-outbox.ts';

test('every job that shares a run gets a delivery of its own, with the end of the run', async () => {
  await using t = openOutbox();
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
  await using t = openOutbox();
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
  await using t = openOutbox();
  await begin(t.runs);
  const late = request({ webhook: all });

  await t.runs.join(late, '{}');
  await t.runs.join(late, '{}');

  expect(await t.rows()).toEqual([`${late.job}-started`]);
});

test('a row stays until its delivery is over: one that is taken and lost comes again (R29)', async () => {
  await using t = openOutbox();
  const id = await t.ended();

  const first = await t.outbox.take(10);
  const meanwhile = await t.outbox.take(10);
  await t.makeDue(id); // the lease is over

  expect(first.rows).toEqual([{ id, version: 0 }]);
  expect(meanwhile.rows).toEqual([]);
  expect(meanwhile.nextInMs).toBeGreaterThan(9000);
  expect((await t.outbox.take(10)).rows).toEqual([{ id, version: 0 }]);
  await t.outbox.settle({ id, version: 0 }, delivered);
  expect(await t.rows()).toEqual([]);
});

test('a row that is due is one worker’s', async () => {
  await using t = openOutbox();
  for (let i = 0; i < 30; i += 1) await t.ended();

  const takes = await Promise.all(Array.from({ length: 10 }, () => t.outbox.take(7)));

  const ids = takes.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(ids).toHaveLength(30);
  expect(new Set(ids).size).toBe(30);
});

test('a row that is due is one worker’s, and stays its own while the lease is renewed', async () => {
  await using t = openOutbox();
  const brief = new Outbox(t.queue, { leaseMs: 200 });
  await t.ended();
  const { rows } = await brief.take(1);
  const startedAt = performance.now();

  while (performance.now() < startedAt + 600) {
    await brief.renew(rows);
    expect((await t.outbox.take(1)).rows).toEqual([]);
  }

  await expect.poll(async () => (await t.outbox.take(1)).rows).toEqual(rows);
});

test('a lease is not renewed of a row that was settled meanwhile', async () => {
  await using t = openOutbox();
  const id = await t.ended();
  const row = await t.takeOne();
  await t.outbox.settle(row, failed);

  await t.outbox.renew([row]);

  expect((await t.outbox.take(1)).rows).toEqual([{ id, version: 1 }]);
});

test('of a delivery that is over, or that somebody else has settled, no attempt is made (R30)', async () => {
  await using t = openOutbox();
  const id = await t.ended();
  const row = await t.takeOne();

  expect(await t.outbox.read(row)).toMatchObject({ id, version: 0, tries: 0, url: webhook.url });
  expect(await t.outbox.settle(row, failed)).toBe(true);
  expect(await t.outbox.settle(row, delivered)).toBe(false);
  expect(await t.outbox.read(row)).toBeUndefined();
  const next = { id, version: 1 };
  expect(await t.outbox.read(next)).toMatchObject({ tries: 1, step: 1 });
  await t.outbox.settle(next, delivered);
  expect(await t.outbox.read({ id, version: 2 })).toBeUndefined();
  expect(await t.outbox.settle({ id, version: 2 }, failed)).toBe(false);
  expect(await t.rows()).toEqual([]);
  const [delivery] = await t.deliveries.ofJob(jobOf(id));
  expect(delivery).toMatchObject({ state: 'delivered', tries: 2, lastStatusCode: 204 });
  expect(delivery?.attempts).toMatchObject([
    { statusCode: 500, outcome: 'status', durationMs: 5 },
    { statusCode: 204, outcome: 'delivered' },
  ]);
});

test('one that is tried again is due after its pause, and so is one that is put back', async () => {
  await using t = openOutbox();
  const id = await t.ended();

  await t.settleOne({ ...failed, againInMs: 40_000 });
  const { nextInMs } = await t.outbox.take(1);
  await t.makeDue(id);
  expect(await t.outbox.putBack(await t.takeOne(), 20_000)).toBe(false);
  const { nextInMs: later } = await t.outbox.take(1);

  expect(nextInMs).toBeGreaterThan(35_000);
  expect(nextInMs).toBeLessThanOrEqual(40_000);
  expect(later).toBeLessThanOrEqual(20_000);
  const [delivery] = await t.deliveries.ofJob(jobOf(id));
  expect(delivery).toMatchObject({ tries: 1, state: 'pending' });
  expect(delivery?.nextAttemptAt).toBeGreaterThan(Date.now() + 15_000);
});

test('one that is too old to be put back is given up', async () => {
  await using t = openOutbox();
  const id = await t.ended();

  expect(await t.outbox.putBack(await t.takeOne(), 10, -1)).toBe(true);

  expect(await t.deliveries.list('dead', { offset: 0, limit: 10 })).toMatchObject([
    { id, tries: 0 },
  ]);
});

test('a job that is kept for no time at all calls back all the same', async () => {
  await using t = openOutbox({ retainMs: 0 });
  const { job } = await begin(t.runs, { webhook: { ...webhook, events: ['canceled'] } });

  await t.jobs.cancel(job);

  expect(await t.rows()).toEqual([`${job}-canceled`]);
});

test('what a delivery says does not change, and outlives its job', async () => {
  await using t = openOutbox({ retainMs: 20 });
  const id = await t.ended('{"n":1}');
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  const sendable = await t.outbox.read(await t.takeOne());

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
  await using t = openOutbox();
  const { job, attempt } = await begin(t.runs, { webhook: all });
  await t.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  const sendable = await t.outbox.read({ id: `${job}-started`, version: 0 });

  expect(sendable?.job).toMatchObject({ status: 'running', finishedAt: undefined });
  expect(sendable?.body?.toString()).toBe('');
});

test('a large result is not taken along', async () => {
  await using t = openOutbox();
  const id = await t.ended(JSON.stringify('x'.repeat(20_001)));

  const sendable = await t.outbox.read(await t.takeOne());

  expect(sendable?.body).toBeUndefined();
  await t.outbox.settle({ id, version: 0 }, dead);
  expect(await t.deliveries.redeliver(id)).toBe('ok');
});

test('what asked not to be stored is kept until its delivery is over, not longer', async () => {
  await using t = openOutbox();
  const id = await t.ended('{"secret":1}', { nostore: true, retainMs: 600_000 });
  expect(await t.field(id, 'body')).toBe('{"secret":1}');

  await t.settleOne(dead);

  expect(await t.field(id, 'body')).toBeNull();
});

test('deliveries that are over are bounded, the oldest go first', async () => {
  await using t = openOutbox({ maxDeliveries: 3 });
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
  await using t = openOutbox({ deliveryRetainMs: 1 });
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

test('the notifier rings once for all rows of a script', async () => {
  await using t = openOutbox();
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
