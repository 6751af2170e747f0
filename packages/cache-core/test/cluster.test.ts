/** Tiers, log and `openCache` on a Cluster of three primaries. */
import { randomUUID } from 'node:crypto';
import { type LocalCluster, startCluster } from '@deja/local-redis/topologies';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openCache } from '../src/index.ts';
import { createRedisTier, shardPrefixOf } from '../src/redis.ts';
import { describeTier } from '../src/testing/index.ts';
import { entryWith, randomKey } from '../src/testing/tier-stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let servers: LocalCluster;
let redis: Cluster;

beforeAll(async () => {
  servers = await startCluster({ replicas: 0 });
  const [{ port, url }] = servers.nodes as [LocalCluster['nodes'][0]];
  const { password } = new URL(url);
  redis = new Cluster([{ host: '127.0.0.1', port }], { redisOptions: { password } });
});
afterAll(async () => {
  redis.disconnect();
  await servers[Symbol.asyncDispose]();
});

const newNamespace = () => `t${randomUUID().slice(0, 8)}`;

describeTier(
  'redis of its own, a Cluster',
  async ({ now }) => {
    const tier = createRedisTier(redis, { keyPrefix: `${newNamespace()}:`, now });
    return { tier, [Symbol.asyncDispose]: () => tier.clear() };
  },
  { bounded: false, corruptible: false },
);

describeTier(
  'redis shared with the queue, a Cluster',
  async ({ now, maxBytes }) => {
    const keyPrefix = shardPrefixOf(newNamespace());
    const tier = createRedisTier(redis, { keyPrefix, now, maxBytes });
    return { tier, [Symbol.asyncDispose]: () => tier.clear() };
  },
  { bounded: true, corruptible: false },
);

test('entries lie on all primaries; they are emptied, and counted, on each', async () => {
  const tier = createRedisTier(redis, { keyPrefix: `${newNamespace()}:` });
  const sizes = () => Promise.all(servers.nodes.map((node) => node.redis.dbsize()));
  const before = await sizes();

  for (let n = 0; n < 30; n += 1) await tier.put(entryWith({ key: randomKey() }));

  const grown = (await sizes()).map((size, at) => size - (before[at] ?? 0));
  expect(grown.every((size) => size > 0)).toBe(true);
  expect((await tier.usage()).size).toBe((await sizes()).reduce((sum, each) => sum + each));
  await tier.clear();
  expect(await sizes()).toEqual(before);
});

test('caches of one namespace share values and invalidations', async () => {
  const options = { redis, namespace: newNamespace() };
  await using one = await openCache(options);
  await using other = await openCache(options);
  let runs = 0;
  const ask = (cache: typeof one) =>
    cache.getOrCompute('answer', async () => ++runs, { tags: ['answers'] });

  expect([await ask(one), await ask(other)]).toEqual([1, 1]);
  await one.invalidateTag('answers');

  await expect.poll(() => ask(other)).toBe(2);
  expect(await ask(one)).toBe(2);
});
