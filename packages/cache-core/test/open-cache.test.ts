import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOwnRedis } from '@deja/local-redis';
import { createFaultProxy } from '@deja/testing';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { type OpenCacheOptions, openCache } from '../src/index.ts';
import { newNamespace } from './open-replica.ts';

const root = mkdtempSync(join(tmpdir(), 'deja-open-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newDir = () => mkdtempSync(join(root, 'cache-'));
const withRedis = () => ({ redis: inject('redisUrl'), namespace: newNamespace() });
const PATIENTLY = { timeout: 10_000 };

/** A computation that counts how often it runs. */
function counting() {
  let runs = 0;
  return {
    get runs() {
      return runs;
    },
    compute: async () => {
      runs += 1;
      return { run: runs };
    },
  };
}

const kinds: [string, () => OpenCacheOptions][] = [
  ['memory', () => ({})],
  ['memory and disk', () => ({ dir: newDir() })],
  ['memory and Redis', withRedis],
  ['memory, Redis and disk', () => ({ ...withRedis(), dir: newDir() })],
];

test.each(kinds)('a value is computed once, and again after an invalidation: %s', async (_, of) => {
  await using cache = await openCache(of());
  const { compute } = counting();
  const ask = () => cache.getOrCompute('answer', compute, { tags: ['answers'] });

  expect([await ask(), await ask()]).toEqual([{ run: 1 }, { run: 1 }]);
  await cache.invalidateTag('answers');
  expect([await ask(), await ask()]).toEqual([{ run: 2 }, { run: 2 }]);
  await cache.invalidateKey('answer');
  expect(await ask()).toEqual({ run: 3 });
  await cache.invalidateAll();
  expect(await ask()).toEqual({ run: 4 });
  await cache.invalidateTag('others');
  expect(await ask()).toEqual({ run: 4 });
});

test('of many who ask at once one computes, and all get its value', async () => {
  await using cache = await openCache();
  const { compute } = counting();

  const asked = Array.from({ length: 100 }, () => cache.getOrCompute('k', compute));

  expect(new Set((await Promise.all(asked)).map(({ run }) => run))).toEqual(new Set([1]));
});

test('an error is everybody’s who waits, and is not kept', async () => {
  await using cache = await openCache();
  const failing = async () => {
    throw new Error('not this time');
  };

  const asked = [1, 2].map(() => cache.getOrCompute('k', failing));
  for (const result of await Promise.allSettled(asked))
    expect(result).toMatchObject({ status: 'rejected', reason: { message: 'not this time' } });

  expect(await cache.getOrCompute('k', () => 1)).toBe(1);
});

test('who asks after an invalidation does not join a computation from before it', async () => {
  await using cache = await openCache();
  const slow = Promise.withResolvers<string>();
  const before = cache.getOrCompute('k', () => slow.promise);
  await cache.lookup('k'); // it has begun

  await cache.invalidateKey('k');
  const after = cache.getOrCompute('k', () => 'new');
  expect(await after).toBe('new');
  slow.resolve('old');

  expect(await before).toBe('old');
  expect(await cache.getOrCompute('k', () => 'newest')).toBe('new');
});

test('a stale value is answered at once, and computed again in the background', async () => {
  await using cache = await openCache();
  const { compute } = counting();
  const options = { ttlMs: 0, staleMs: 60_000 };

  expect(await cache.getOrCompute('k', compute, options)).toEqual({ run: 1 });
  expect(await cache.getOrCompute('k', compute, options)).toEqual({ run: 1 });

  await expect
    .poll(() => cache.getOrCompute('k', compute, options), PATIENTLY)
    .not.toEqual({ run: 1 });
});

test('values and invalidations outlive the process, on disk', async () => {
  const dir = newDir();
  {
    await using cache = await openCache({ dir });
    await cache.getOrCompute('kept', () => 'old', { tags: ['a'] });
    await cache.getOrCompute('forgotten', () => 'old', { tags: ['b'] });
    await cache.invalidateTag('b');
  }
  await using cache = await openCache({ dir });

  expect(await cache.getOrCompute('kept', () => 'new')).toBe('old');
  expect(await cache.getOrCompute('forgotten', () => 'new')).toBe('new');
});

test('caches of one namespace share values and invalidations, over the caller’s own client', async () => {
  const options = withRedis();
  const client = new Redis(options.redis);
  await using here = await openCache(options);
  await using there = await openCache({ ...options, redis: client });
  await here.getOrCompute('k', () => 'old');
  await expect.poll(async () => (await there.lookup('k')).outcome, PATIENTLY).toBe('hit');

  await here.invalidateKey('k');

  await expect.poll(async () => (await there.lookup('k')).outcome, PATIENTLY).toBe('miss');
  await there[Symbol.asyncDispose]();
  expect(await client.ping()).toBe('PONG');
  client.disconnect();
});

test('with Redis away values are computed, and an invalidation is refused', async () => {
  await using cache = await openCache({ redis: 'redis://127.0.0.1:1' });

  expect(await cache.getOrCompute('k', () => 1)).toBe(1);
  await expect(cache.invalidateAll()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
});

test('after a failover behind one name, the cache goes on with the new primary', async () => {
  await using first = await startOwnRedis();
  const { password, port } = new URL(first.url);
  const args = ['--replicaof', '127.0.0.1', port];
  await using second = await startOwnRedis({ args, password });
  const [old, next] = [new Redis(first.url), new Redis(second.url)];
  await expect.poll(() => next.info('replication'), PATIENTLY).toContain('link_status:up');
  const name = await createFaultProxy(first.url);
  await using cache = await openCache({ redis: name.url, namespace: newNamespace() });
  await cache.getOrCompute('k', async () => 1, { tags: ['t'] });

  await next.replicaof('NO', 'ONE');
  await old.replicaof('127.0.0.1', new URL(second.url).port);
  name.moveTo(second.url);

  const invalidate = () => cache.invalidateTag('t').then(() => true, String);
  await expect.poll(invalidate, PATIENTLY).toBe(true);
  expect(await cache.getOrCompute('k', async () => 2)).toBe(2);
  for (const redis of [old, next]) redis.disconnect();
  await name.close();
});
