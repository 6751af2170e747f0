import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { createRunQueues, newRunId } from '../src/index.ts';
import { KEY, openStore } from './harness.ts';

test('what joins a run that was just handed over sends nothing; the reconciler always does', async () => {
  await using store = openStore();
  await using queues = createRunQueues(store.redis, store.shard);
  const pending = { run: newRunId(), key: KEY, lane: 'long' } as const;
  const waiting = async () => await queues.all[1]?.getWaitingCount();
  await queues.ensure(pending);
  await queues.all[1]?.obliterate();

  await queues.ensure(pending);
  expect(await waiting()).toBe(0);
  await queues.ensure({ ...pending, lane: 'short' }); // another lane is another delivery
  expect(await queues.all[0]?.getWaitingCount()).toBe(1);

  await queues.add(pending);
  expect(await waiting()).toBe(1);
});

test('what could not be handed over is tried again by the next who joins', async () => {
  await using store = openStore();
  await using owned = new AsyncDisposableStack();
  const redis = owned.adopt(
    new Redis(inject('redisUrl'), { lazyConnect: true, enableOfflineQueue: false }),
    (each) => each.disconnect(),
  );
  const queues = owned.use(createRunQueues(redis, store.shard));
  const pending = { run: newRunId(), key: KEY, lane: 'long' } as const;

  await expect(queues.ensure(pending)).rejects.toThrow();
  if (redis.status !== 'ready') await once(redis, 'ready');
  await queues.ensure(pending);

  expect(await queues.all[1]?.getWaitingCount()).toBe(1);
});
