import { hash } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { pauseProcess, resumeProcess } from '@deja/testing';
import type { Redis } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { type KeyVerifier, SCOPES, type Verdict } from '../src/index.ts';
import { newKeyText } from '../src/key-text.ts';
import { openKeys, rights } from './open-keys.ts';

const UNKNOWN: Verdict = { is: 'refused', why: 'unknown' };
const MALFORMED: Verdict = { is: 'refused', why: 'malformed' };
const REVOKED: Verdict = { is: 'refused', why: 'revoked' };
const EXPIRED: Verdict = { is: 'refused', why: 'expired' };
const UNAVAILABLE: Verdict = { is: 'unavailable' };
const HOUR_MS = 3_600_000;
const NEVER = { pollMs: HOUR_MS };

/** Fails if the verdict is a promise. */
function verdictNow(verifier: KeyVerifier, key: string): Verdict {
  const verdict = verifier.verify(key);
  if (verdict instanceof Promise) throw new Error('the verdict is not there at once');
  return verdict;
}

/** What is sent to Redis from now on. */
const watchCalls = (redis: Redis) => vi.spyOn(redis, 'evalsha');

test('a key that was verified before is verified at once, without Redis', async () => {
  await using keys = await openKeys();
  const { verifier, redis } = await keys.openVerifier({ ...NEVER, leaseMs: HOUR_MS });
  const { key, record } = await keys.store.create(rights({ models: ['forecast'], rpm: 600 }));

  const first = await verifier.verify(key);
  const calls = watchCalls(redis);

  expect(verdictNow(verifier, key)).toBe(first);
  expect(calls).not.toHaveBeenCalled();
  expect(first).toEqual({
    is: 'known',
    principal: {
      ...{ keyId: record.id, keyName: 'ci', tenant: 'acme', weight: 1 },
      scopes: new Set(['ask', 'read']),
      ...{ models: new Set(['forecast']), limits: { rpm: 600 } },
    },
  });
});

test('an admin key may do everything', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier();
  const { key } = await keys.store.create(rights({ tenant: undefined, scopes: ['admin'] }));

  const verdict = await verifier.verify(key);

  const principal = { tenant: 'admin', scopes: new Set(SCOPES) };
  expect(verdict).toMatchObject({ is: 'known', principal });
});

test('a key that was just made works at once, also if it was tried before', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ deaf: true, ...NEVER });
  const { key, record } = await keys.store.create(rights());
  await keys.redis.hdel(`${keys.prefix}keys`, record.id);
  expect(await verifier.verify(key)).toEqual(UNKNOWN);

  await keys.redis.hset(`${keys.prefix}keys`, record.id, JSON.stringify(record));

  expect(await verifier.verify(key)).toMatchObject({ is: 'known' });
});

test('the id of a key with another secret is unknown', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier();
  const [mine, other] = [newKeyText('sk'), await keys.store.create(rights())];

  await keys.redis.hset(`${keys.prefix}keys`, mine.id, JSON.stringify(other.record));

  expect(await verifier.verify(mine.key)).toEqual(UNKNOWN);
});

test('a key that was not verified before, and does not hold, is asked for once a request', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier();
  const { key, record } = await keys.store.create(rights());
  await keys.store.revoke(record.id);

  expect(await verifier.verify(key)).toEqual(REVOKED);
  expect(await verifier.verify(key)).toEqual(REVOKED);
  expect(await verifier.verify(newKeyText('sk').key)).toEqual(UNKNOWN);
});

test('a revoked key is refused by every process within a second, also if no message comes', async () => {
  await using keys = await openKeys();
  const all = [await keys.openVerifier(), await keys.openVerifier({ deaf: true })];
  const { key, record } = await keys.store.create(rights());
  for (const { verifier } of all) expect(await verifier.verify(key)).toMatchObject({ is: 'known' });

  await keys.store.revoke(record.id);
  const revokedAt = performance.now();

  for (const { verifier } of all) {
    await expect.poll(() => verifier.verify(key), { interval: 5, timeout: 5000 }).toEqual(REVOKED);
    expect(performance.now() - revokedAt).toBeLessThan(1000);
  }
});

test('the notification is enough where nobody polls', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ ...NEVER, leaseMs: HOUR_MS });
  const { key, record } = await keys.store.create(rights());
  await verifier.verify(key);

  await keys.store.revoke(record.id);

  await expect.poll(() => verifier.verify(key)).toEqual(REVOKED);
});

test('a key is not taken on trust when no call has confirmed it within the lease', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ deaf: true, ...NEVER, leaseMs: 0 });
  const { key, record } = await keys.store.create(rights());
  await verifier.verify(key);

  await keys.store.revoke(record.id);

  expect(await verifier.verify(key)).toEqual(REVOKED);
});

test('a confirmation counts from when it was asked for', async () => {
  await using keys = await openKeys();
  const lease = { leaseMs: 100, patienceMs: HOUR_MS };
  const { verifier, redis } = await keys.openVerifier({ deaf: true, ...NEVER, ...lease });
  const { key } = await keys.store.create(rights());
  const passes = async (ms: number) => {
    const since = performance.now();
    await vi.waitUntil(() => performance.now() - since > ms, { interval: 5 });
  };
  await verifier.verify(key);
  await passes(100); // the lease is over
  const reply = Promise.withResolvers<void>();
  const send = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  vi.spyOn(redis, 'evalsha').mockImplementationOnce(async (...args: unknown[]) => {
    const answer = await send(...args);
    await reply.promise;
    return answer;
  });

  const late = verifier.verify(key);
  await passes(100);
  reply.resolve();
  await late;

  expect(verifier.verify(key)).toBeInstanceOf(Promise);
});

test('a key that was rotated works on until it expires', async () => {
  let now = Date.now();
  await using keys = await openKeys({ now: () => now });
  const { verifier } = await keys.openVerifier({ now: () => now });
  const old = await keys.store.create(rights());
  await verifier.verify(old.key);

  const { key } = await keys.store.rotate(old.record.id);

  expect(await verifier.verify(key)).toMatchObject({ is: 'known' });
  now += 24 * HOUR_MS - 1;
  expect(await verifier.verify(old.key)).toMatchObject({ is: 'known' });
  now += 1;
  await expect.poll(() => verifier.verify(old.key)).toEqual(EXPIRED);
  expect(await verifier.verify(key)).toMatchObject({ is: 'known' });
});

test('an expired key is refused, verified before or not', async () => {
  let now = Date.now();
  await using keys = await openKeys({ now: () => now });
  const { verifier } = await keys.openVerifier({ now: () => now });
  const [known, other] = [
    await keys.store.create(rights({ expires: '1h' })),
    await keys.store.create(rights({ expires: '1h' })),
  ];
  await verifier.verify(known.key);

  now += HOUR_MS;

  expect(await verifier.verify(known.key)).toEqual(EXPIRED);
  expect(await verifier.verify(other.key)).toEqual(EXPIRED);
});

test('what is no key is refused without Redis', async () => {
  await using keys = await openKeys();
  const { verifier, redis } = await keys.openVerifier({ deaf: true, ...NEVER });
  await verifier.verify(newKeyText('sk').key);
  const { key } = newKeyText('sk');
  const calls = watchCalls(redis);

  for (const text of ['', 'secret', key.slice(1), `${key}0`, `${key.slice(0, -1)}!`])
    expect(verdictNow(verifier, text)).toEqual(MALFORMED);
  expect(calls).not.toHaveBeenCalled();
});

test('a flood of unknown keys is a trickle of calls', async () => {
  await using keys = await openKeys();
  const { verifier, redis } = await keys.openVerifier({ deaf: true, ...NEVER, paceMs: 30 });
  await verifier.verify(newKeyText('sk').key);
  const { key } = await keys.store.create(rights());
  const unknown = Array.from({ length: 5000 }, () => newKeyText('sk').key);
  const calls = watchCalls(redis);

  const flood = unknown.map((each) => verifier.verify(each));
  const known = verifier.verify(key);

  expect(new Set((await Promise.all(flood)).map(({ is }) => is))).toEqual(new Set(['refused']));
  expect(await known).toMatchObject({ is: 'known' });
  expect(calls.mock.calls.length).toBeLessThanOrEqual(7); // the first alone, then 1,000 in each
  const startedAt = performance.now();
  calls.mockClear();
  for (const each of unknown.slice(0, 20)) await verifier.verify(each); // one after the other
  expect(calls.mock.calls.length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 25);
});

test('many requests with one key share two calls', async () => {
  await using keys = await openKeys();
  const { verifier, redis } = await keys.openVerifier({ deaf: true, ...NEVER });
  await verifier.verify(newKeyText('sk').key);
  const { key } = await keys.store.create(rights());
  const calls = watchCalls(redis);

  await Promise.all(Array.from({ length: 100 }, () => verifier.verify(key)));

  expect(calls.mock.calls.length).toBeLessThanOrEqual(2); // that of the first, and that of all others
});

test('while Redis is away, known keys go on for `serveUnverifiedMs` and unknown ones are unavailable', async () => {
  const server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const patient = await keys.openVerifier();
  const strict = await keys.openVerifier({ serveUnverifiedMs: 0 });
  const [used, unused] = [await keys.store.create(rights()), await keys.store.create(rights())];
  for (const { verifier } of [patient, strict])
    expect(await verifier.verify(used.key)).toMatchObject({ is: 'known' });

  await server.stop();

  await expect.poll(() => strict.verifier.verify(used.key), { timeout: 5000 }).toEqual(UNAVAILABLE);
  expect(await patient.verifier.verify(used.key)).toMatchObject({ is: 'known' });
  for (const key of [unused.key, newKeyText('sk').key])
    expect(await patient.verifier.verify(key)).toEqual(UNAVAILABLE);
  expect(verdictNow(patient.verifier, 'no key')).toEqual(MALFORMED);
});

test('who waits while Redis hangs is told within a second, and known keys then go on at once', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier({ leaseMs: 100 });
  const { key } = await keys.store.create(rights());
  await verifier.verify(key);
  await pauseProcess(Number(server.pid));
  const startedAt = performance.now();

  const verdict = await verifier.verify(newKeyText('sk').key);

  const waitedMs = performance.now() - startedAt;
  expect(verdictNow(verifier, key)).toMatchObject({ is: 'known' });
  resumeProcess(Number(server.pid));
  expect(verdict).toEqual(UNAVAILABLE);
  expect(waitedMs).toBeLessThan(1200);
});

test('a process that stood still does not take that for an outage', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ ...NEVER, patienceMs: 50, paceMs: 0 });
  const { key } = await keys.store.create(rights());
  await verifier.verify(newKeyText('sk').key);

  const verdict = verifier.verify(key);
  const since = performance.now();
  while (performance.now() - since < 100); // the answer arrives, and nobody reads it

  expect(await verdict).toMatchObject({ is: 'known' });
});

test('an answer of Redis that no outage explains is an error', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ leaseMs: 0 });
  const { key } = await keys.store.create(rights());
  await verifier.verify(key);

  await keys.redis.set(`${keys.prefix}keys`, 'no hash');

  await expect(verifier.verify(newKeyText('sk').key)).rejects.toThrow(/WRONGTYPE/);
  await expect(verifier.verify(key)).rejects.toThrow(/WRONGTYPE/);
});

test('what was read before rights ended is no ground to go on', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier, redis } = await keys.openVerifier({ deaf: true, ...NEVER });
  const [known, other] = [await keys.store.create(rights()), await keys.store.create(rights())];
  await verifier.verify(known.key);
  await verifier.verify(other.key);
  await keys.store.revoke(known.record.id);
  const send = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  Object.assign(redis, {
    evalsha: async (...args: unknown[]) => {
      calls += 1;
      if (calls > 1) throw new Error('Connection is closed.');
      return await send(...args);
    },
  });

  await verifier.verify(newKeyText('sk').key); // learns that rights have ended, and no more

  await expect.poll(() => calls).toBeGreaterThan(1);
  expect(await verifier.verify(known.key)).toEqual(UNAVAILABLE);
});

test('keys that hold are read again when rights have ended, so that an outage finds them known', async () => {
  const server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier();
  const [kept, revoked] = [await keys.store.create(rights()), await keys.store.create(rights())];
  await verifier.verify(kept.key);
  await verifier.verify(revoked.key);
  await keys.store.revoke(revoked.record.id);
  await expect.poll(() => verifier.verify(revoked.key)).toEqual(REVOKED);
  await expect.poll(() => verifier.verify(kept.key) instanceof Promise).toBe(false);

  await server.stop();

  await expect.poll(() => verifier.verify(newKeyText('sk').key)).toEqual(UNAVAILABLE);
  expect(await verifier.verify(kept.key)).toMatchObject({ is: 'known' });
});

test('a server that has become a replica confirms nothing', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier({ serveUnverifiedMs: 0 });
  const { key } = await keys.store.create(rights());
  await verifier.verify(key);

  await keys.redis.config('SET', 'replica-serve-stale-data', 'yes');
  await keys.redis.replicaof('127.0.0.1', 1);

  await expect.poll(() => verifier.verify(key), { timeout: 5000 }).toEqual(UNAVAILABLE);
});

test("a key's last use is written at most once a minute, by all processes together", async () => {
  let now = Date.now();
  await using keys = await openKeys();
  const clock = { now: () => now, pollMs: 10 };
  const all = [await keys.openVerifier(clock), await keys.openVerifier(clock)];
  const { key, record } = await keys.store.create(rights());
  const unused = await keys.store.create(rights());
  const lastUsed = async () => (await keys.store.find(record.id))?.lastUsedAt;
  const use = async () => {
    for (const { verifier } of all) await verifier.verify(key);
  };

  await use();
  await expect.poll(lastUsed).toBeGreaterThan(now - 60_000);
  const first = await lastUsed();
  now += 120_000; // the processes would write again, and Redis knows better
  await use();
  const calls = all.map(({ redis }) => watchCalls(redis));
  await expect.poll(() => calls.every(({ mock }) => mock.calls.length > 2)).toBe(true);

  expect(await lastUsed()).toBe(first);
  const aMinuteAgo = Number(first) - 60_000;
  await keys.redis.hset(`${keys.prefix}keysused`, record.id, aMinuteAgo);
  now += 120_000;
  await use();
  await expect.poll(lastUsed).toBeGreaterThan(aMinuteAgo);
  expect((await keys.store.find(unused.record.id))?.lastUsedAt).toBeUndefined();
});

test('a process notes the use of a key once a minute, and of none that is gone', async () => {
  let now = Date.now();
  await using keys = await openKeys();
  const lease = { leaseMs: HOUR_MS, pollMs: 10 };
  const { verifier, redis } = await keys.openVerifier({ now: () => now, deaf: true, ...lease });
  const { key, record } = await keys.store.create(rights());
  const calls = watchCalls(redis);
  const notes = () => calls.mock.calls.filter((args) => args[5] === 1 && args[6] === record.id);
  const polls = async () => {
    const enough = calls.mock.calls.length + 2;
    await expect.poll(() => calls.mock.calls.length, { interval: 5 }).toBeGreaterThan(enough);
  };

  for (let i = 0; i < 5; i += 1) {
    await verifier.verify(key);
    await polls();
    now += 11_999;
  }
  expect(notes()).toHaveLength(1);
  await keys.redis.del(`${keys.prefix}keys`, `${keys.prefix}keysused`);
  now += 5;
  await verifier.verify(key);
  await polls();

  expect(notes()).toHaveLength(2);
  expect(await keys.redis.exists(`${keys.prefix}keysused`)).toBe(0);
});

test('the key whose digest a setting names works without Redis', async () => {
  await using keys = await openKeys();
  const key = 'a text of 32 characters, or more';
  const { verifier, redis } = await keys.openVerifier({
    adminKeySha256: hash('sha256', key, 'hex'),
    deaf: true,
  });
  redis.disconnect();

  const verdict = verdictNow(verifier, key);

  const principal = { keyId: 'ADMIN_KEY_SHA256', tenant: 'admin', scopes: new Set(SCOPES) };
  expect(verdict).toMatchObject({ is: 'known', principal });
  expect(verdictNow(verifier, `${key}.`)).toEqual(MALFORMED);
});

test('a key of a setting that can be guessed is none', async () => {
  await using keys = await openKeys();
  const adminKeySha256 = hash('sha256', 'hunter2', 'hex');
  const { verifier } = await keys.openVerifier({ adminKeySha256 });

  expect(verdictNow(verifier, 'hunter2')).toEqual(MALFORMED);
});

test('of many verified keys, the ones used last are kept', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier({ maxVerified: 2, leaseMs: HOUR_MS });
  const all = [];
  for (const name of ['a', 'b', 'c']) all.push((await keys.store.create(rights({ name }))).key);

  for (const key of all) await verifier.verify(key);

  const areKept = all.map((key) => !(verifier.verify(key) instanceof Promise));
  expect(areKept).toEqual([false, true, true]);
});
