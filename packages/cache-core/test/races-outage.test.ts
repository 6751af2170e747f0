/** Races with servers that go and come back, and with restarts: 7, 24 and R5, R8 of races.md. */
import { cpSync, rmSync } from 'node:fs';
import { startOwnRedis } from '@deja/local-redis';
import { createFaultProxy } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { LogUnavailableError, type Lookup } from '../src/index.ts';
import { KEY, newNamespace, openReplica, temporaryDir } from './open-replica.ts';

const PATIENTLY = { timeout: 10_000 };

const outcomeOf = async (found: Lookup | Promise<Lookup>) => (await found).outcome;

/** A queue Redis that loses nothing but what it is made to lose, always on one port. */
async function openQueue() {
  const dir = temporaryDir();
  const options = { dir: `${dir.path}/data`, appendOnly: true, args: ['--appendfsync', 'always'] };
  let server = await startOwnRedis(options);
  const { url } = server;
  const port = Number(new URL(url).port);
  return {
    url,
    stop: () => server.stop(),
    start: async () => {
      server = await startOwnRedis({ ...options, port });
    },
    /** While it is stopped. */
    keepCopy: () => cpSync(options.dir, `${dir.path}/copy`, { recursive: true }),
    rollBack: () => {
      rmSync(options.dir, { recursive: true });
      cpSync(`${dir.path}/copy`, options.dir, { recursive: true });
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      dir[Symbol.dispose]();
    },
  };
}

// Race 7. Guards: R2, R3, R11. Whoever remembers a record that the log has lost makes it start anew.
test('a log that came back in an older state does not bring back what it had forgotten', async () => {
  await using queue = await openQueue();
  const namespace = newNamespace();
  await using took = await openReplica({ namespace, logUrl: queue.url });
  await using other = await openReplica({ namespace, logUrl: queue.url });
  const old = took.entry();
  for (const { memory, disk } of [took, other]) {
    await memory.put(old);
    await disk.put(old);
  }
  await queue.stop();
  queue.keepCopy();
  await queue.start();
  await expect.poll(() => took.log.catchUp(), PATIENTLY).toBe(true);
  await took.cache.invalidateKey(KEY);
  await expect.poll(() => outcomeOf(other.cache.lookup(KEY)), PATIENTLY).toBe('miss');

  await queue.stop();
  queue.rollBack();
  await queue.start();

  for (const { cache, memory, disk, log } of [took, other]) {
    await expect.poll(() => log.catchUp(), PATIENTLY).toBe(true);
    await memory.put(old); // a promotion that was under way
    await disk.put(old);
    expect(await outcomeOf(cache.lookup(KEY))).toBe('miss');
  }
  // One that remembers nothing, and hears of the invalidation by no log: the new epoch is its guard.
  await using young = await openReplica({ namespace, logUrl: queue.url });
  await young.disk.put(old);
  expect(await outcomeOf(young.cache.lookup(KEY))).toBe('miss');
});

// Race 24, G3 and G7. Guards: R13 and the judgement at every read.
test('what a cut-off replica still serves is judged anew when the log is back', async () => {
  await using queue = await openQueue();
  const namespace = newNamespace();
  const proxy = await createFaultProxy(queue.url);
  await using here = await openReplica({ namespace, logUrl: queue.url });
  await using cut = await openReplica({ namespace, logUrl: proxy.url, doubtMs: 50 });
  await cut.disk.put(cut.entry()); // on disk alone
  proxy.blackhole();
  await here.cache.invalidateKey(KEY);

  await expect
    .poll(() => cut.cache.lookup(KEY), PATIENTLY)
    .toMatchObject({ outcome: 'hit', unverifiedMs: expect.any(Number) });
  proxy.heal();

  await expect.poll(() => outcomeOf(cut.cache.lookup(KEY)), PATIENTLY).toBe('miss');
  expect(await cut.disk.get(KEY)).toBeUndefined();
  await proxy.close();
});

// Race 24, G7. Guard: a tier that fails is a miss; the log alone decides whether to trust.
test('with the cache Redis away hits come from disk, and it is used again when it is back', async () => {
  await using server = await startOwnRedis();
  const proxy = await createFaultProxy(server.url);
  await using t = await openReplica({ cacheUrl: proxy.url });
  await t.disk.put(t.entry());
  proxy.blackhole();

  const startedAt = performance.now();
  expect(await t.cache.lookup(KEY)).toMatchObject({ outcome: 'hit', tier: 'disk' });
  expect(performance.now() - startedAt).toBeLessThan(2000); // 250 ms of it are Redis'

  proxy.reset();
  proxy.heal();
  await t.disk.clear();
  await t.memory.clear();
  await expect.poll(() => t.redis.put(t.entry()).catch(() => 'failed'), PATIENTLY).toBe('stored');
  await expect.poll(() => outcomeOf(t.cache.lookup(KEY)), PATIENTLY).toBe('hit');
  await proxy.close();
});

// Race 24, G7: an invalidation that cannot be recorded is refused, in time, and clears nothing.
test('with the log away an invalidation fails soon, and hits go on, marked', async () => {
  const proxy = await createFaultProxy(inject('redisUrl'));
  await using t = await openReplica({ logUrl: proxy.url });
  await t.memory.put(t.entry());
  proxy.blackhole();

  const startedAt = performance.now();
  await expect(t.cache.invalidateKey(KEY)).rejects.toThrow(LogUnavailableError);
  expect(performance.now() - startedAt).toBeLessThan(2000); // 1 s is the command's timeout

  expect(await outcomeOf(t.cache.lookup(KEY))).toBe('hit');
  await proxy.close();
});

// Race 24, G7. Guard: only a head that was confirmed tells that the log has lost records.
test('a replica that is cut off does not ask the log about an entry again and again', async () => {
  const proxy = await createFaultProxy(inject('redisUrl'));
  await using t = await openReplica({ logUrl: proxy.url, leaseMs: 1 });
  const { log, token } = t.entry().header;
  proxy.blackhole();
  expect(await t.log.catchUp()).toBe(false);

  const startedAt = performance.now();
  await t.log.suspect({ log, ...token, seq: token.seq + 1, id: 'from elsewhere' });

  expect(performance.now() - startedAt).toBeLessThan(900); // an answer is waited for for 1 s
  await proxy.close();
});

// Guard: R8. Without it the replica that took an invalidation serves the old entry after a restart.
test('a replica that was restarted without the log remembers what it acknowledged', async () => {
  using dir = temporaryDir();
  await using queue = await openQueue();
  const namespace = newNamespace();
  const settings = { namespace, logUrl: queue.url, dir: dir.path };
  {
    const quiet = { pollMs: 3_600_000, notifierUrl: 'redis://127.0.0.1:1' };
    await using before = await openReplica({ ...settings, ...quiet });
    const old = before.entry();
    const kept = before.entry({ key: 'b'.repeat(64) });
    await before.cache.invalidateKey(KEY);
    await before.disk.put(old);
    await before.disk.put(kept);
  }
  await queue.stop();

  await using after = await openReplica({ ...settings, cold: true });

  expect(await outcomeOf(after.cache.lookup(KEY))).toBe('miss');
  expect(await after.cache.lookup('b'.repeat(64))).toMatchObject({
    outcome: 'hit',
    unverifiedMs: expect.any(Number),
  });
});

// Guard: R5, over a restart: the bound of a cut-off replica counts from the question as well.
test('the confirmation that is kept is from when the question was sent', async () => {
  const proxy = await createFaultProxy(inject('redisUrl'));
  proxy.delay(150);
  await using t = await openReplica({ logUrl: proxy.url, cold: true, pollMs: 3_600_000 });
  await new Promise((resolve) => t.logRedis.once('ready', resolve));
  const askedBy = Date.now();

  await t.log.catchUp();

  expect(Date.now() - askedBy).toBeGreaterThanOrEqual(250);
  expect(t.store.load()?.confirmedAt).toBeLessThanOrEqual(askedBy + 50);
  await proxy.close();
});

// Guard: the same; an entry is not served for longer by being restarted.
test('a restart does not lengthen the time that a cut-off replica serves for', async () => {
  using dir = temporaryDir();
  await using queue = await openQueue();
  const namespace = newNamespace();
  const settings = { namespace, logUrl: queue.url, dir: dir.path, serveUnverifiedMs: 600 };
  {
    await using before = await openReplica(settings);
    await before.disk.put(before.entry());
  }
  await queue.stop();
  const stoppedAt = performance.now();

  await using after = await openReplica({ ...settings, cold: true });

  for (;;) {
    const askedMs = performance.now() - stoppedAt;
    const outcome = await outcomeOf(after.cache.lookup(KEY));
    if (outcome === 'untrusted') break;
    expect(askedMs).toBeLessThanOrEqual(620); // two clocks
  }
});
