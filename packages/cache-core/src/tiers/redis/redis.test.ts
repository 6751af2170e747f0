import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { describeTier } from '../../testing/describe-tier.ts';
import { entryWith, randomKey } from '../../testing/tier-stage.ts';
import type { Tier } from '../../tier.ts';
import { createRedisTier } from './redis.ts';

const redis = new Redis(inject('redisUrl'), { enableOfflineQueue: true });
afterAll(() => redis.disconnect());

const ownPrefix = () => `test-${randomBytes(6).toString('hex')}:`;
const sharedPrefix = () => `test-${randomBytes(6).toString('hex')}:{d0}:`;

/** Flips a bit of the body. */
// SETBIT counts bits from the highest of each byte.
const corruptIn = (prefix: string) => async (key: string) => {
  const at = (await redis.strlen(`${prefix}c:${key}`)) - 35;
  const bit = at * 8;
  await redis.setbit(
    `${prefix}c:${key}`,
    bit,
    (await redis.getbit(`${prefix}c:${key}`, bit)) ? 0 : 1,
  );
};

const underTest = (tier: Tier, prefix: string) => ({
  tier,
  corrupt: corruptIn(prefix),
  [Symbol.asyncDispose]: () => tier.clear(),
});

describeTier(
  'redis of its own',
  async ({ now }) => {
    const keyPrefix = ownPrefix();
    return underTest(createRedisTier(redis, { keyPrefix, now }), keyPrefix);
  },
  { bounded: false, corruptible: true },
);

describeTier(
  'redis shared with the queue',
  async ({ now, maxBytes }) => {
    const keyPrefix = sharedPrefix();
    return underTest(createRedisTier(redis, { keyPrefix, now, maxBytes }), keyPrefix);
  },
  { bounded: true, corruptible: true },
);

/** The books say exactly what is there. */
async function audit(prefix: string, tier: Tier): Promise<void> {
  const { size, bytes } = await tier.usage();
  const sizes = await redis.hgetall(`${prefix}cache:sizes`);
  const keys = Object.keys(sizes).sort();
  const sorted = async (name: string) =>
    (await redis.zrange(`${prefix}cache:${name}`, '0', '-1')).sort();

  expect(keys.length).toBe(size);
  expect(Object.values(sizes).reduce((sum, each) => sum + Number(each), 0)).toBe(bytes);
  expect(await sorted('lru')).toEqual(keys);
  expect(await sorted('exp')).toEqual(keys);
  const stored = await redis.keys(`${prefix}c:*`);
  expect(stored.map((key) => key.slice(-64)).sort()).toEqual(keys);
}

describe('on a shared server', () => {
  test('the books stay exact over anything that happens at once', async () => {
    const keyPrefix = sharedPrefix();
    const tier = createRedisTier(redis, { keyPrefix, maxBytes: 100_000 });
    const keys = Array.from({ length: 60 }, randomKey);
    const pick = () => keys[Math.floor(Math.random() * keys.length)] as string;

    for (let round = 0; round < 10; round += 1) {
      const calls = Array.from({ length: 100 }, async (_, i) => {
        const key = pick();
        if (i % 10 === 0) return await tier.remove(key);
        if (i % 3 === 0) return await tier.get(key);
        const life = i % 7 === 0 ? 5 : 60_000;
        const staleUntil = Date.now() + life;
        const body = randomBytes(Math.floor(Math.random() * 6000));
        return await tier.put(entryWith({ key, runSeq: round * 100 + i, staleUntil, body }));
      });
      await Promise.all(calls);
      expect(Number(await redis.get(`${keyPrefix}cache:bytes`))).toBeLessThanOrEqual(100_000);
    }

    await sleep(10); // Redis' own expiry
    await audit(keyPrefix, tier);
    await tier.clear();
    expect(await redis.keys(`${keyPrefix}*`)).toEqual([]);
  });

  test('what Redis has expired is swept by the puts that follow', async () => {
    const keyPrefix = sharedPrefix();
    const tier = createRedisTier(redis, { keyPrefix, maxBytes: 1_000_000 });
    const staleUntil = Date.now() + 40;
    for (let i = 0; i < 15; i += 1) await tier.put(entryWith({ staleUntil }));

    await sleep(60); // Redis' own expiry
    await tier.put(entryWith({}));

    expect(await redis.hlen(`${keyPrefix}cache:sizes`)).toBe(1);
    await audit(keyPrefix, tier);
    expect(await tier.usage()).toMatchObject({ size: 1, evictions: 0 });
    await tier.clear();
  });

  test('what has expired goes before anything that is of use', async () => {
    const keyPrefix = sharedPrefix();
    const bounds = { maxBytes: 200_000, maxEntryBytes: 100_000 };
    const tier = createRedisTier(redis, { keyPrefix, ...bounds });
    const live = entryWith({ body: randomBytes(10_000) });
    await tier.put(live);
    const staleUntil = Date.now() + 150;
    await Promise.all(Array.from({ length: 120 }, () => tier.put(entryWith({ staleUntil }))));

    await sleep(170); // Redis' own expiry
    await tier.put(entryWith({ body: randomBytes(80_000) })); // more than a put's sweep makes room for

    expect(await tier.get(live.header.key)).toBeDefined();
    expect((await tier.usage()).evictions).toBe(0);
    await tier.clear();
  });

  test('a use does not bring back an entry that is gone', async () => {
    const keyPrefix = sharedPrefix();
    const tier = createRedisTier(redis, { keyPrefix, maxBytes: 200_000 });
    const entry = entryWith({});
    await tier.put(entry);

    const found = tier.get(entry.header.key);
    await Promise.all([found, found.then(() => tier.remove(entry.header.key))]);

    await audit(keyPrefix, tier);
    expect(await redis.exists(`${keyPrefix}cache:lru`)).toBe(0);
  });

  test('when it is full a put is a TierError that changes nothing, and what frees memory works', async () => {
    await using server = await startOwnRedis({ args: ['--maxmemory-policy', 'noeviction'] });
    const full = new Redis(server.url);
    const keyPrefix = sharedPrefix();
    const tier = createRedisTier(full, { keyPrefix, maxBytes: 1_000_000 });
    const entries = [entryWith({}), entryWith({}), entryWith({})] as const;
    for (const entry of entries) await tier.put(entry);
    const before = await tier.usage();
    await full.config('SET', 'maxmemory', '1mb');

    await expect(tier.put(entryWith({}))).rejects.toMatchObject({ code: 'TIER_UNAVAILABLE' });
    expect(await tier.usage()).toEqual({ ...before, errors: 1 });
    expect(await tier.get(entries[0].header.key)).toBeDefined();
    await tier.remove(entries[0].header.key);
    expect((await tier.usage()).size).toBe(2);
    await tier.clear();
    expect(await full.dbsize()).toBe(0);
    full.disconnect();
  });

  test('a prefix without a hash tag is refused', () => {
    expect(() => createRedisTier(redis, { keyPrefix: 'x:', maxBytes: 1 })).toThrow(TypeError);
  });
});

describe('on any server', () => {
  test('Redis itself ends an entry at staleUntil', async () => {
    const keyPrefix = ownPrefix();
    const tier = createRedisTier(redis, { keyPrefix });
    const entry = entryWith({ staleUntil: Date.now() + 40 });
    await tier.put(entry);
    expect(await redis.pttl(`${keyPrefix}c:${entry.header.key}`)).toBeLessThanOrEqual(40);

    await sleep(60); // Redis' own expiry

    expect(await redis.exists(`${keyPrefix}c:${entry.header.key}`)).toBe(0);
  });

  test('clear leaves everything else alone', async () => {
    const other = entryWith({});
    const neighbour = createRedisTier(redis, { keyPrefix: `${ownPrefix()}` });
    const tier = createRedisTier(redis, { keyPrefix: 'test-[a]*?:' });
    await neighbour.put(other);
    await tier.put(other);

    await tier.clear();

    expect(await tier.get(other.header.key)).toBeUndefined();
    expect(await neighbour.get(other.header.key)).toBeDefined();
    await neighbour.clear();
  });

  test('a damaged order does not keep a good entry out', async () => {
    const keyPrefix = ownPrefix();
    const tier = createRedisTier(redis, { keyPrefix });
    const entry = entryWith({});
    await redis.set(`${keyPrefix}c:${entry.header.key}`, 'zzz');

    expect(await tier.put(entry)).toBe('stored');
    await tier.clear();
  });

  test('a server that is out of reach is a TierError, counted, with the cause kept', async () => {
    const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false });
    const tier = createRedisTier(away, { keyPrefix: sharedPrefix(), maxBytes: 1_000_000 });
    const failure = expect.objectContaining({
      code: 'TIER_UNAVAILABLE',
      tier: 'redis',
      cause: expect.any(Error),
    });

    await expect(tier.get(randomKey())).rejects.toEqual(failure);
    await expect(tier.put(entryWith({}))).rejects.toEqual(failure);
    await expect(tier.remove(randomKey())).rejects.toEqual(failure);
    await expect(tier.clear()).rejects.toEqual(failure);
    await expect(tier.usage()).rejects.toEqual(failure);
    away.disconnect();
  });

  test('what the server refuses is a TierError too', async () => {
    const keyPrefix = ownPrefix();
    const tier = createRedisTier(redis, { keyPrefix });
    const key = randomKey();
    await redis.lpush(`${keyPrefix}c:${key}`, 'not an entry');

    await expect(tier.get(key)).rejects.toMatchObject({ code: 'TIER_UNAVAILABLE' });
    expect((await tier.usage()).errors).toBe(1);
    await tier.clear();
  });

  test('figures of a server of its own are the server’s', async () => {
    const tier = createRedisTier(redis, { keyPrefix: ownPrefix() });
    await tier.put(entryWith({}));

    const usage = await tier.usage();

    expect(usage.size).toBeGreaterThanOrEqual(1);
    expect(usage.bytes).toBeGreaterThan(100_000);
    expect(usage).toMatchObject({ maxBytes: 0, errors: 0 });
    await tier.clear();
  });
});
