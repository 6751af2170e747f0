/** A cache over the invalidation logs of three shards, each of which can be out of reach alone. */
import { randomUUID } from 'node:crypto';
import { createFaultProxy } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import {
  Cache,
  createMemoryTier,
  type Entry,
  type InvalidationLog,
  LogUnavailableError,
} from '../src/index.ts';
import { createLogClient, createNotifier, shardIndexOf, shardPrefixOf } from '../src/redis.ts';

const COUNT = 3;
const FAIL_FAST = { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 300 };
const keyOf = (place: number) => `000${place}${'a'.repeat(60)}`;
const KEYS = [0, 1, 2].map(keyOf) as [string, string, string];

async function open({ serveUnverifiedMs = 0 } = {}) {
  const opened = new AsyncDisposableStack();
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const prefixes = KEYS.map((_, shard) => shardPrefixOf(namespace, shard));
  const subscriber = new Redis(inject('redisUrl'));
  const notifier = opened.use(createNotifier(subscriber, ...prefixes.map((p) => `${p}notify`)));
  const proxies = [];
  const all: InvalidationLog[] = [];
  for (const prefix of prefixes) {
    const proxy = opened.use(await createFaultProxy(inject('redisUrl')));
    const redis = new Redis(proxy.url, { ...FAIL_FAST, retryStrategy: () => 50 });
    redis.on('error', () => {});
    opened.defer(() => redis.disconnect());
    proxies.push(proxy);
    all.push(opened.use(createLogClient({ redis, notifier, prefix, serveUnverifiedMs })));
  }
  for (const log of all) await expect.poll(() => log.catchUp()).toBe(true);
  const memory = createMemoryTier();
  const ofKey = (key: string) => all[shardIndexOf(key, COUNT)] as (typeof all)[number];
  const cache = new Cache({ log: { all, ofKey }, memory, lower: [], counters: { add: () => {} } });
  const put = async (key: string, tags: readonly string[] = ['t']) => {
    const { log = '', ...token } = ofKey(key).replica.position ?? {};
    const now = Date.now();
    const times = { createdAt: now, freshUntil: now + 60_000, staleUntil: now + 60_000 };
    const header = { key, model: 'm', tenant: 'default', tags, ...times, log, token };
    const entry = {
      header: { ...header, runSeq: 1, computeMs: 1, digest: '' },
      body: Buffer.from('{}'),
    };
    await memory.put(entry as Entry);
  };
  for (const key of KEYS) await put(key);
  return { cache, all, proxies, put, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const outcomeOf = async (cache: Cache, key: string) => (await cache.lookup(key)).outcome;
const outcomes = (cache: Cache) => Promise.all(KEYS.map((key) => outcomeOf(cache, key)));

test('an entry is judged by the log of its own shard', async () => {
  await using t = await open();
  expect(await outcomes(t.cache)).toEqual(['hit', 'hit', 'hit']);

  const seq = await t.cache.invalidateKey(KEYS[1]);

  expect(seq).toEqual({ 1: t.all[1]?.replica.position?.seq });
  expect(await outcomes(t.cache)).toEqual(['hit', 'miss', 'hit']);
});

test('an invalidation by tag or of all is in every log', async () => {
  await using t = await open();
  await t.put(KEYS[0], ['other']);

  const seq = await t.cache.invalidateTag('t');
  expect(seq).toEqual(
    Object.fromEntries(t.all.map((log, shard) => [shard, log.replica.position?.seq])),
  );
  expect(await outcomes(t.cache)).toEqual(['hit', 'miss', 'miss']);

  await t.cache.invalidateAll();
  expect(await outcomes(t.cache)).toEqual(['miss', 'miss', 'miss']);
});

test('a shard that is out of reach makes no entry of another one doubtful', async () => {
  await using t = await open();
  t.proxies[2]?.blackhole();

  await expect.poll(() => outcomeOf(t.cache, KEYS[2]), { timeout: 15_000 }).toBe('untrusted');
  expect(await outcomeOf(t.cache, KEYS[1])).toBe('hit');
  expect(await outcomeOf(t.cache, KEYS[0])).toBe('hit');
  expect(t.cache.peek(KEYS[0], Date.now())).toBeDefined(); // in the same turn: nobody waits for the other
});

test('an invalidation that one log cannot record is not acknowledged; another shard takes its own', async () => {
  await using t = await open();
  t.proxies[2]?.blackhole();

  await expect(t.cache.invalidateTag('t')).rejects.toThrow(LogUnavailableError);
  await expect(t.cache.invalidateKey(KEYS[2])).rejects.toThrow(LogUnavailableError);
  await expect(t.cache.invalidateKey(KEYS[0])).resolves.toHaveProperty('0');
});

test('a replica reaches what it is told of every shard; a number alone is of the first', async () => {
  await using t = await open();
  const [first, second] = t.all.map((log) => log.replica.position?.seq ?? 0) as [number, number];

  expect(await t.cache.reaches({ 0: first, 1: second })).toBe(true);
  expect(await t.cache.reaches({ 0: first, 1: second + 1 })).toBe(false);
  expect(await t.cache.reaches(first)).toBe(true);
  expect(await t.cache.reaches(first + 1)).toBe(false);
  expect(await t.cache.reaches({ 7: 1000 })).toBe(true); // a shard that there is no more
});
