/** Invalidations of tenants over real tiers and a real log. */
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import type { Entry } from '../src/index.ts';
import { createLogClient, createNotifier } from '../src/redis.ts';
import { KEY, logPrefixOf, newNamespace, openReplica } from './open-replica.ts';

const tiersOf = ({ memory, redis, disk }: Awaited<ReturnType<typeof openReplica>>) => [
  memory,
  redis,
  disk,
];

async function putEverywhere(replica: Awaited<ReturnType<typeof openReplica>>, entry: Entry) {
  for (const tier of tiersOf(replica)) await tier.put(entry);
}

/** A log client that keeps nothing on a disk. */
function openLog(namespace: string) {
  const prefix = logPrefixOf(namespace);
  const [redis, subscriber] = [new Redis(inject('redisUrl')), new Redis(inject('redisUrl'))];
  const notifier = createNotifier(subscriber, `${prefix}notify`);
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 0 });
  return {
    invalidate: (scope: string, tenant: string) => log.invalidate(scope, tenant),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

const heldIn = (replica: Awaited<ReturnType<typeof openReplica>>) =>
  Promise.all(tiersOf(replica).map(async (tier) => (await tier.get(KEY)) !== undefined));

test("a tenant's invalidation is a miss for that tenant, and clears no tier (R34)", async () => {
  for (const by of ['key', 'tag', 'all'] as const) {
    await using replica = await openReplica();
    const { cache } = replica;
    await putEverywhere(replica, replica.entry());

    if (by === 'key') await cache.invalidateKey(KEY, 'a');
    if (by === 'tag') await cache.invalidateTag('model:m', 'a');
    if (by === 'all') await cache.invalidateAll('a');

    expect(await cache.lookup(KEY, {}, 'a')).toEqual({ outcome: 'miss', fenced: true });
    expect(await cache.find(KEY, 'a')).toBeUndefined();
    expect((await cache.explain(KEY, 'a')).map(({ state }) => state)).toEqual(
      Array(3).fill('fenced'),
    );
    expect([by, await heldIn(replica)]).toEqual([by, [true, true, true]]);
    expect(cache.peek(KEY, Date.now(), 'a')).toBeUndefined();
    expect(cache.peek(KEY, Date.now(), 'b')).toBeDefined();
    expect(await cache.lookup(KEY, {}, 'b')).toMatchObject({ outcome: 'hit', tier: 'memory' });
    expect(await cache.lookup(KEY)).toMatchObject({ outcome: 'hit', tier: 'memory' });
  }
});

test('what the tenant computes afterwards answers all, and the older entry does not come back', async () => {
  await using replica = await openReplica();
  const { cache, memory, redis, disk } = replica;
  const older = replica.entry();
  await putEverywhere(replica, older);
  await cache.invalidateKey(KEY, 'a');
  const newer = replica.entry({ runSeq: 2 });
  await redis.put(newer); // by a worker: memory and disk have the older one

  const first = await cache.lookup(KEY, {}, 'b');
  const own = await cache.lookup(KEY, {}, 'a');
  await new Promise(setImmediate); // promotion to the lower tiers

  expect(first).toMatchObject({ entry: { header: { runSeq: 1 } } });
  expect(own).toMatchObject({ outcome: 'hit', tier: 'redis', entry: { header: { runSeq: 2 } } });
  for (const tier of [memory, redis, disk]) {
    expect(await tier.put(older)).toBe('older'); // R27
    expect((await tier.get(KEY))?.header.runSeq).toBe(2);
  }
  expect(cache.peek(KEY, Date.now(), 'b')?.header.runSeq).toBe(2);
});

test('the name of a tenant cannot be taken for a part of a scope', async () => {
  await using replica = await openReplica();

  await expect(replica.cache.invalidateAll('a:t:x')).rejects.toThrow(RangeError);
});

test('G11 A tenant is alone: 10,050 invalidations by one leave the entries of others alone', {
  timeout: 120_000,
}, async () => {
  const namespace = newNamespace();
  await using replica = await openReplica({ namespace });
  const { cache, log, logRedis } = replica;
  const key = (n: number) => n.toString(16).padStart(64, '0');
  const anHourOn = Date.now() + 3_600_000;
  const hour = { freshUntil: anHourOn, staleUntil: anHourOn };
  await using flood = openLog(namespace);
  const entries = [replica.entry(hour)];
  await putEverywhere(replica, replica.entry(hour));
  await cache.invalidateTag('mine', 'b');

  for (let n = 0; n < 10_050; n += 50) {
    const many = Array.from({ length: 50 }, (_, more) => `t:model_id:${n + more}`);
    await Promise.all(many.map((scope) => flood.invalidate(scope, 'a')));
    await log.catchUp();
    const entry = replica.entry({ key: key(n + 1), ...hour }); // others compute meanwhile
    entries.push(entry);
    await replica.memory.put(entry);
  }

  expect(await logRedis.xlen(`${logPrefixOf(namespace)}log`)).toBeLessThanOrEqual(1010);
  await using late = await openReplica({ namespace }); // it knows what the log still holds
  for (const { header } of entries) {
    expect(cache.peek(header.key, Date.now(), 'b')?.header.key).toBe(header.key);
    expect(late.log.replica.judge(header, 'b')).toBe('servable');
    expect(late.log.replica.judge(header, 'a')).toBe(log.replica.judge(header, 'a'));
  }
  expect(await cache.lookup(KEY, {}, 'b')).toMatchObject({ outcome: 'hit' });
  expect(await cache.lookup(KEY, {}, 'a')).toMatchObject({ outcome: 'miss' });
  expect(late.log.replica.judge(replica.entry().header, 'a')).toBe('servable');
  expect(replica.store.load()?.snapshot).toEqual(log.replica.snapshot());
});
