import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { createRunQueues, LaneDeliveries, newRunId } from '../src/index.ts';
import { KEY, openStore } from './harness.ts';

async function setUp() {
  const resources = new AsyncDisposableStack();
  const { shard, redis } = resources.use(openStore());
  const queues = resources.use(createRunQueues(redis, shard));
  const log = { debug() {}, warn() {} };
  const connection = resources.adopt(
    new Redis(inject('redisUrl'), { maxRetriesPerRequest: null }),
    (open) => open.disconnect(),
  );
  const take = () =>
    resources.use(new LaneDeliveries({ lane: 'long', redis: connection, shard, log }));
  const add = async () => {
    const run = newRunId();
    await queues.add({ run, key: KEY, lane: 'long' });
    return run;
  };
  return {
    redis,
    shard,
    connection,
    take,
    add,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

test('a run is handed to one worker, the oldest first', async () => {
  await using t = await setUp();
  const [one, other] = [t.take(), t.take()];
  const runs = [await t.add(), await t.add()];
  expect(await one.heads(2)).toEqual(runs);

  const taken = [await one.next(), await other.next(), await one.next()];

  expect(taken.map((delivery) => delivery?.run)).toEqual([...runs, undefined]);
  expect(await one.heads(2)).toEqual([]);
});

test('the end of a delivery brings the next one, if that is wanted', async () => {
  await using t = await setUp();
  const deliveries = t.take();
  const runs = [await t.add(), await t.add(), await t.add()];
  const first = await deliveries.next();

  const second = await first?.complete({ wantsNext: true });
  expect(second?.run).toBe(runs[1]);
  expect(await second?.complete({ wantsNext: false })).toBeUndefined();

  const third = await deliveries.next();
  expect(third?.run).toBe(runs[2]);
  expect(await third?.complete({ wantsNext: true })).toBeUndefined();
});

test('a run that is given back goes to another worker at once', async () => {
  await using t = await setUp();
  const [one, other] = [t.take(), t.take()];
  const run = await t.add();

  await (await one.next())?.giveBack();

  expect((await other.next())?.run).toBe(run);
});

test('a delivery that its worker holds stays locked', async () => {
  await using t = await setUp();
  const deliveries = t.take();
  const run = await t.add();
  await deliveries.next();
  const lock = `${t.shard.queuePrefix}:runs-long:${KEY}-${run}:lock`;
  await t.redis.pexpire(lock, 7000);

  await expect.poll(() => t.redis.pttl(lock), { timeout: 7000 }).toBeGreaterThan(10_000);
}, 15_000);

test('asking for deliveries takes one connection, and blocks none', async () => {
  await using t = await setUp();
  const before = Number(/connected_clients:(\d+)/.exec(await t.redis.info('clients'))?.[1]);
  const many = Array.from({ length: 8 }, () => t.take());

  expect(await Promise.all(many.map((deliveries) => deliveries.next()))).toHaveLength(8);
  await delay(0);

  const info = await t.redis.info('clients');
  expect(Number(/connected_clients:(\d+)/.exec(info)?.[1]) - before).toBeLessThanOrEqual(1);
});
