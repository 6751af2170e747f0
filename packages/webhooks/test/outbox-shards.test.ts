import { randomUUID } from 'node:crypto';
import { jobStoresOf, openQueues, shardsOf } from '@deja/jobs';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { DeliveryStore, Outbox } from '../src/index.ts';

const webhook = { url: 'https://example.org/hook', events: ['completed'] as const };

async function openTwo() {
  const redis = new Redis(inject('redisUrl'));
  const queues = openQueues(redis, shardsOf(`t${randomUUID().slice(0, 8)}`, 2));
  const { runs } = jobStoresOf(queues);
  const deliveries = new DeliveryStore(queues);
  const add = async (shard: number) => {
    const key = `000${shard}${'a'.repeat(60)}`;
    const model = { model: 'm', version: 1, lane: 'long', deadlineMs: 60_000 } as const;
    const job = runs.newJobId(key);
    await deliveries.answered({ job, key, ...model, webhook }, Buffer.from('{}'));
    return `${job}-completed`;
  };
  return {
    ...{ redis, queues, deliveries, add, outbox: new Outbox(queues) },
    [Symbol.asyncDispose]: async () => void (await redis.quit()),
  };
}

test('rows of all shards are taken, no more than there is room for, and settled in their own', async () => {
  await using t = await openTwo();
  const ids = [];
  for (const shard of [0, 0, 1, 1]) ids.push(await t.add(shard));

  const first = await t.outbox.take(3);
  const more = await t.outbox.take(3);

  expect(first.rows).toHaveLength(3);
  const rows = [...first.rows, ...more.rows];
  expect(rows.map(({ id }) => id).sort()).toEqual(ids.toSorted());
  for (const row of rows) {
    expect(await t.outbox.read(row)).toMatchObject({ event: 'completed' });
    const settlement = { statusCode: 204, durationMs: 1, outcome: 'delivered' };
    expect(await t.outbox.settle(row, { state: 'delivered', ...settlement })).toBe(true);
  }
  expect(await t.deliveries.readOutbox()).toMatchObject({ depth: 0 });
  expect(await t.deliveries.list('over', { offset: 1, limit: 2 })).toHaveLength(2);
});

test('a shard that does not answer keeps no row of another one', async () => {
  await using t = await openTwo();
  const id = await t.add(1);
  await t.redis.set(`${t.queues.all[0].shard.prefix}out`, 'of another type'); // its scripts fail

  expect((await t.outbox.take(10)).rows).toEqual([{ id, version: 0 }]);
});
