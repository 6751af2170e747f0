/** The look-up over real tiers and a real log. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { Cache, createMemoryTier, type Entry, type Tier, TierError } from '../src/index.ts';
import { createLogClient, createNotifier, openLowerTiers, shardPrefixOf } from '../src/redis.ts';

const KEY = 'a'.repeat(64);
const BODY = Buffer.from('{"n":1}');

/** One replica with tiers of its own; several share a log and a Redis where `namespace` is given. */
async function openReplica(namespace = `t${randomUUID().slice(0, 8)}`, serveUnverifiedMs = 60_000) {
  const dir = mkdtempSync(join(tmpdir(), 'deja-test-'));
  const logRedis = new Redis(inject('redisUrl'), { enableOfflineQueue: false });
  await new Promise((resolve) => logRedis.once('ready', resolve));
  const cacheRedis = new Redis(inject('redisUrl'));
  const prefix = shardPrefixOf(namespace);
  const notifier = createNotifier(new Redis(inject('redisUrl')), `${prefix}notify`);
  const log = createLogClient({ redis: logRedis, notifier, prefix, serveUnverifiedMs });
  await log.catchUp();
  const lower = openLowerTiers({
    redis: cacheRedis,
    namespace,
    maxRedisBytes: 10_000_000,
    dir,
    maxDiskBytes: 10_000_000,
    deadlineMs: 5000,
    onDiskError: (error) => {
      throw error;
    },
  });
  const [redis, disk] = lower.all;
  if (!redis || !disk) throw new Error('no disk tier');
  const counted = new Map<string, number>();
  const counters = {
    add: (field: string, by = 1) => void counted.set(field, (counted.get(field) ?? 0) + by),
  };
  const memory = createMemoryTier({ maxBytes: 1_000_000, maxEntries: 100 });
  const open = (tiers: readonly Tier[] = lower.all) =>
    new Cache({ log, memory, lower: tiers, counters });
  return {
    namespace,
    cache: open(),
    withLower: open,
    memory,
    redis,
    disk,
    logRedis,
    counted,
    /** An entry that was computed just now. */
    entry(more: Partial<Entry['header']> = {}): Entry {
      const { position } = log.replica;
      if (!position) throw new Error('the log has not been seen');
      const now = Date.now();
      const times = { createdAt: now, freshUntil: now + 60_000, staleUntil: now + 60_000 };
      const { log: birth, ...token } = position;
      const identity = { key: KEY, model: 'm', tenant: 'default', tags: ['model:m'], digest: '' };
      const header = { ...identity, ...times, computeMs: 1, runSeq: 1, log: birth, token };
      return { header: { ...header, ...more }, body: BODY };
    },
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      await disk[Symbol.asyncDispose]();
      logRedis.disconnect();
      cacheRedis.disconnect();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

test('a hit in a lower tier is copied to the others with the life it has left', async () => {
  await using t = await openReplica();
  const entry = t.entry();
  await t.disk.put(entry);

  const first = await t.cache.lookup(KEY);
  await expect.poll(async () => (await t.redis.get(KEY))?.header).toEqual(entry.header);
  const second = t.cache.lookup(KEY);

  expect(first).toMatchObject({ outcome: 'hit', tier: 'disk' });
  expect(second).toMatchObject({ outcome: 'hit', tier: 'memory', entry: { header: entry.header } });
});

test('a verified hit in memory needs no waiting', async () => {
  await using t = await openReplica();
  await t.memory.put(t.entry());

  expect(t.cache.lookup(KEY)).not.toBeInstanceOf(Promise);
});

test('G9 Equal input, equal answer: every tier answers with the same bytes', async () => {
  await using t = await openReplica();
  const entry = t.entry();
  for (const tier of [t.memory, t.redis, t.disk]) {
    await Promise.all([t.memory, t.redis, t.disk].map((each) => each.clear()));
    await tier.put(entry);

    const found = await t.cache.lookup(KEY);

    expect(found).toMatchObject({ outcome: 'hit', tier: tier.name });
    expect(found.outcome === 'hit' && found.entry.body.equals(BODY)).toBe(true);
  }
});

test('what was computed before an invalidation is a miss in every tier, and removed (R12)', async () => {
  for (const invalidate of [
    (cache: Cache) => cache.invalidateKey(KEY),
    (cache: Cache) => cache.invalidateTag('model:m'),
    (cache: Cache) => cache.invalidateAll(),
  ]) {
    await using t = await openReplica();
    const old = t.entry();
    await invalidate(t.cache);
    for (const tier of [t.memory, t.redis, t.disk]) await tier.put(old); // a slow worker's write

    expect(await t.cache.lookup(KEY)).toEqual({ outcome: 'miss', fenced: true });
    expect(t.counted.get('fenced')).toBe(3);
    for (const tier of [t.memory, t.redis, t.disk]) expect(await tier.get(KEY)).toBeUndefined();
  }
});

test('G4 No resurrection: a promotion does not bring back what was invalidated meanwhile', async () => {
  await using t = await openReplica();
  const old = t.entry();
  await t.redis.put(old);
  const paused = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const slow: Tier = {
    ...t.redis,
    get: async (key) => {
      const entry = await t.redis.get(key);
      reached.resolve();
      await paused.promise;
      return entry;
    },
  };

  const looking = t.withLower([slow]).lookup(KEY);
  await reached.promise;
  await t.cache.invalidateKey(KEY);
  paused.resolve();

  expect(await looking).toEqual({ outcome: 'miss', fenced: true });
  expect(t.memory.getSync(KEY)).toBeUndefined();
});

test('an entry written by somebody who has seen more of the log is served after catching up', async () => {
  await using t = await openReplica();
  await using other = await openReplica(t.namespace);
  await other.cache.invalidateTag('something');
  await t.redis.put(other.entry());

  expect(await t.cache.lookup(KEY)).toMatchObject({ outcome: 'hit', tier: 'redis' });
});

test('an entry from beyond the head of the log is never served', async () => {
  await using t = await openReplica();
  const { token } = t.entry().header;
  await t.redis.put(t.entry({ token: { ...token, seq: token.seq + 100, id: 'lost' } }));

  expect(await t.cache.lookup(KEY)).toEqual({ outcome: 'miss', fenced: true });
});

test('an entry of another log is a miss, and no suspicion: the log keeps its epoch', async () => {
  await using t = await openReplica();
  const { epoch } = t.entry().header.token;
  const token = { epoch: epoch + 1000, seq: 9, id: 'of another log' };
  await t.redis.put(t.entry({ log: 'another', token }));

  expect(await t.cache.lookup(KEY)).toEqual({ outcome: 'miss' });

  expect(await t.redis.get(KEY)).toBeUndefined();
  expect(t.entry().header.token.epoch).toBe(epoch);
});

test('a tier that fails is a miss, and the next one answers', async () => {
  await using t = await openReplica();
  await t.disk.put(t.entry());
  const broken: Tier = {
    ...t.redis,
    get: async () => {
      throw new TierError('redis', { cause: new Error('gone') });
    },
    put: async () => {
      throw new TierError('redis', { cause: new Error('gone') });
    },
  };

  const found = await t.withLower([broken, t.disk]).lookup(KEY);

  expect(found).toMatchObject({ outcome: 'hit', tier: 'disk' });
});

test('a replica that lost the log says since when; one that must not, serves nothing', async () => {
  await using patient = await openReplica();
  await using strict = await openReplica(undefined, 0);
  for (const t of [patient, strict]) {
    await t.memory.put(t.entry());
    t.logRedis.disconnect();
  }

  await expect
    .poll(() => patient.cache.lookup(KEY))
    .toMatchObject({ outcome: 'hit', unverifiedMs: expect.any(Number) });
  await expect.poll(() => strict.cache.lookup(KEY)).toEqual({ outcome: 'untrusted' });
});

test('a stale entry is a hit only for who accepts it', async () => {
  await using t = await openReplica();
  const now = Date.now();
  await t.redis.put(t.entry({ freshUntil: now - 1, staleUntil: now + 60_000 }));

  const plain = await t.cache.lookup(KEY);
  const modest = await t.cache.lookup(KEY, { maxStaleMs: 10_000 });
  const allowed = await t.cache.lookup(KEY, { staleWhileRevalidateMs: 10_000 });

  expect(plain).toMatchObject({ outcome: 'miss', refused: { tier: 'redis', use: 'expired' } });
  expect(modest).toMatchObject({ outcome: 'hit', use: 'stale' });
  expect(allowed).toMatchObject({ outcome: 'hit', use: 'revalidate' });
});

test('what memory holds too old for a reader may be newer further down', async () => {
  await using t = await openReplica();
  const now = Date.now();
  await t.memory.put(t.entry({ createdAt: now - 50_000 }));
  await t.redis.put(t.entry({ createdAt: now, runSeq: 2 }));

  const found = await t.cache.lookup(KEY, { maxAgeMs: 10_000 });

  expect(found).toMatchObject({ outcome: 'hit', tier: 'redis', use: 'fresh' });
  expect(t.memory.getSync(KEY)?.header.runSeq).toBe(2);
});

test('an older answer goes from memory when a newer computation is known of', async () => {
  await using t = await openReplica();
  const entry = t.entry({ runSeq: 5 });
  await t.memory.put(entry);

  t.cache.supersede(KEY, { token: entry.header.token, runSeq: 5 });
  expect(t.memory.getSync(KEY)).toBeDefined();

  t.cache.supersede(KEY, { token: entry.header.token, runSeq: 6 });
  expect(t.memory.getSync(KEY)).toBeUndefined();
});

test('an explanation tells what each tier holds', async () => {
  await using t = await openReplica();
  await t.disk.put(t.entry());
  await t.cache.invalidateTag('model:m');
  await t.redis.put(t.entry());

  expect(await t.cache.explain(KEY)).toMatchObject([
    { tier: 'memory', state: 'absent' },
    { tier: 'redis', state: 'fresh' },
    { tier: 'disk', state: 'fenced' },
  ]);
});
