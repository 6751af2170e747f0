/** Deliveries as clients and operators see them, against a real Redis. */
import { newJobId, QueueFullError } from '@deja/jobs';
import { expect, test } from 'vitest';
import { begin, KEY, request } from '../../jobs/test/harness.ts';
import { jobOf } from '../src/delivery.ts';
import { all, dead, delivered, failed, keyOf, openOutbox, webhook } from './open-outbox.ts';

test('a delivery that is over can be made again, under its id, and not while it is pending', async () => {
  await using t = openOutbox();
  const id = await t.ended();
  expect(await t.deliveries.redeliver(id)).toBe('pending');
  await t.settleOne(delivered);
  expect(await t.field(id, 'body')).toBeNull();

  expect(await t.deliveries.redeliver(id)).toBe('ok');

  const row = await t.takeOne();
  expect(row).toEqual({ id, version: 2 });
  expect(await t.outbox.read(row)).toMatchObject({ tries: 1, step: 0 });
  expect((await t.outbox.read(row))?.body?.toString()).toBe('{"n":1}');
  expect(await t.ttlMs(id)).toBe(-1);
  expect(await t.deliveries.list('over', { offset: 0, limit: 10 })).toEqual([]);
  expect(await t.deliveries.redeliver(`${id}x`)).toBe('unknown');
});

test('one that died is made again with what it said, also when its job is gone', async () => {
  await using t = openOutbox({ retainMs: 20 });
  const id = await t.ended();
  await t.settleOne(dead);
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  expect(await t.deliveries.redeliver(id)).toBe('ok');

  expect((await t.outbox.read(await t.takeOne()))?.body?.toString()).toBe('{"n":1}');
});

test('what was delivered is not kept besides its job: when that is gone it cannot be made again', async () => {
  await using t = openOutbox({ retainMs: 20 });
  const id = await t.ended();
  await t.settleOne(delivered);
  await expect.poll(() => t.jobs.read(jobOf(id))).toEqual({ outcome: 'expired' });

  expect(await t.deliveries.redeliver(id)).toBe('expired');
});

test('when too many are pending no more are taken, and what is under way is told all the same', async () => {
  await using t = openOutbox({ maxDeliveries: 1 });
  const open2 = await begin(t.runs, { webhook, key: keyOf() });
  await t.ended();

  await expect(t.runs.join(request({ webhook }), '{}')).rejects.toThrow(QueueFullError);
  await expect(t.runs.join(request(), '{}')).resolves.toMatchObject({ outcome: 'created' });
  const answered = {
    job: newJobId(t.shard),
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

test('a dead receiver takes a quarter of the deliveries, and leaves the rest to others', async () => {
  await using t = openOutbox({ maxDeliveries: 8 });
  const to = (host: string) => ({ ...webhook, url: `https://${host}/hook` });
  const join = (host: string) =>
    t.runs.join(request({ webhook: to(host), key: keyOf() }), '{}').then(
      ({ outcome }) => outcome,
      (error) => String(error),
    );
  for (let i = 0; i < 2; i += 1) {
    const { job } = await begin(t.runs, { webhook: to('dead.example'), key: keyOf() });
    await t.jobs.cancel(job);
  }
  const id = (await t.rows())[0] ?? '';

  expect(await join('dead.example')).toMatch(
    /QueueFullError: .*2 deliveries to dead\.example are pending.*MAX_DELIVERIES/,
  );
  for (const host of ['dead.example:8443', 'alive.example'])
    expect(await join(host)).toBe('created');
  const question = { key: KEY, model: 'm', version: 1, lane: 'long', deadlineMs: 1000 } as const;
  const answered = (host: string) =>
    t.deliveries.answered(
      { ...question, job: newJobId(t.shard), webhook: to(host) },
      Buffer.from('{}'),
    );
  await expect(answered('dead.example')).rejects.toThrow(QueueFullError);
  await answered('alive.example');

  await t.makeDue(id);
  await t.settleOne(dead); // given up: there is room again
  expect(await join('dead.example')).toBe('created');
  await t.deliveries.redeliver(id); // and taken by it, if it is made again
  expect(await join('dead.example')).toMatch(/QueueFullError/);
});

test('what a host has pending is not counted any more once nothing is pending', async () => {
  await using t = openOutbox({ maxDeliveries: 4 });
  await t.ended();
  const id = (await t.rows())[0] ?? '';
  await expect(t.runs.join(request({ webhook, key: keyOf() }), '{}')).rejects.toThrow(
    QueueFullError,
  );

  await t.redis.del(`${t.shard.prefix}h:${id}`); // Redis lost the row
  await t.outbox.take(1);

  const { outcome } = await t.runs.join(request({ webhook, key: keyOf() }), '{}');
  expect(outcome).toBe('created');
});

test('a question that was answered at once gets a finished job and its delivery, once', async () => {
  await using t = openOutbox();
  const question = {
    ...{
      job: newJobId(t.shard),
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
  await using t = openOutbox();
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
