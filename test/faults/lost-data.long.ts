/** Redis servers that come back empty, all or in part, in the middle of runs. */
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { keysOf } from './leftovers.ts';
import { openStage } from './stage.ts';

test('a cache Redis that is emptied in the middle of a run: its waiters get their result', async () => {
  await using cache = await startOwnRedis({
    args: ['--maxmemory', '20mb', '--maxmemory-policy', 'allkeys-lru'],
  });
  await using stage = await openStage({ env: { CACHE_REDIS_URL: cache.url } });
  await using owned = new AsyncDisposableStack();
  const redis = owned.adopt(new Redis(cache.url), (each) => each.disconnect());
  const load = stage.load(6, (id) => ({ id, ms: 100, chars: 200_000 }));

  for (let round = 0; round < 10; round += 1) {
    await stage.moreEnd(6);
    await redis.flushall();
  }
  await load.stop();

  await stage.expectPromisesKept();
});

test('an input that has vanished: its run ends, with a failure', async () => {
  await using stage = await openStage({ workers: 0 });
  const { redis, names } = stage;
  const asking = stage.ask({ id: 1 });
  await expect.poll(() => keysOf(redis, `${names.prefix}i:*`), { timeout: 10_000 }).toHaveLength(1);

  await redis.del(await keysOf(redis, `${names.prefix}i:*`));
  await stage.addWorker();
  await asking;

  await stage.expectPromisesKept({ endings: ['failed'] });
});

test('a queue Redis that is emptied: what was open is told to be lost, and all goes on', async () => {
  await using stage = await openStage();
  const { redis, history } = stage;
  const load = stage.load(6, (id) => ({ id, ms: 700 }));

  for (let round = 0; round < 3; round += 1) {
    await stage.moreEnd(6);
    stage.fault('FLUSHALL');
    await redis.flushall();
  }
  await load.stop();

  await stage.expectPromisesKept({ mayLose: true, endsWithinMs: 15_000 });
  expect(history.all('lost').length).toBeGreaterThan(0);
});
