import { createHash } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { expect, test, vi } from 'vitest';
import { SESSION_MS, SessionStore, type Verdict } from '../src/index.ts';
import { openKeys, rights } from './open-keys.ts';

const KNOWN = { is: 'known' };
const UNKNOWN: Verdict = { is: 'refused', why: 'unknown' };
const MALFORMED: Verdict = { is: 'refused', why: 'malformed' };
const REVOKED: Verdict = { is: 'refused', why: 'revoked' };
const EXPIRED: Verdict = { is: 'refused', why: 'expired' };
const HOUR_MS = 3_600_000;
const NEVER = { pollMs: HOUR_MS, leaseMs: HOUR_MS };

const admin = (more: object = {}) => rights({ tenant: undefined, scopes: ['admin'], ...more });
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

test('a session has the rights of its key, at once when it was verified before', async () => {
  await using keys = await openKeys();
  const { verifier, redis } = await keys.openVerifier(NEVER);
  const { key, record } = await keys.store.create(admin());
  const token = await keys.sessions.open(record.id);

  const first = await verifier.verifySession(token);
  const calls = vi.spyOn(redis, 'evalsha');

  expect(first).toEqual(await verifier.verify(key));
  calls.mockClear();
  expect(verifier.verifySession(token)).toEqual(first);
  expect(calls).not.toHaveBeenCalled();
  await expect.poll(async () => (await keys.store.find(record.id))?.lastUsedAt).toBeGreaterThan(0);
});

test('no token is in Redis, only its digest', async () => {
  await using keys = await openKeys();
  const { record } = await keys.store.create(admin());
  const token = await keys.sessions.open(record.id);

  const names = await keys.redis.keys(`${keys.prefix}session*`);

  expect(names.sort()).toEqual(
    [`${keys.prefix}session:${digest(token)}`, `${keys.prefix}sessions:${record.id}`].sort(),
  );
  expect(await keys.redis.get(`${keys.prefix}session:${digest(token)}`)).toBe(record.id);
  expect(token).toMatch(/^[\w-]{43}$/);
});

test('a key is no token, and a token is no key', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier();
  const { key, record } = await keys.store.create(admin());
  const token = await keys.sessions.open(record.id);
  await verifier.verify(key);
  await verifier.verifySession(token);

  expect(await verifier.verifySession(key)).toEqual(MALFORMED);
  expect(await verifier.verify(token)).toEqual(MALFORMED);
  expect(await verifier.verifySession('a'.repeat(43))).toEqual(UNKNOWN);
});

test('a session ends after 12 h', async () => {
  await using keys = await openKeys();
  let now = Date.now();
  const { verifier } = await keys.openVerifier({ now: () => now });
  const { record } = await keys.store.create(admin());
  const token = await keys.sessions.open(record.id);

  for (const name of await keys.redis.keys(`${keys.prefix}session*`)) {
    const leftMs = await keys.redis.pttl(name);
    expect(leftMs).toBeGreaterThan(SESSION_MS - 60_000);
    expect(leftMs).toBeLessThanOrEqual(12 * HOUR_MS);
  }
  expect(await verifier.verifySession(token)).toMatchObject(KNOWN);
  now += SESSION_MS;
  expect(await verifier.verifySession(token)).toEqual(EXPIRED);
});

test('a session ends with its key: revoked, expired or rotated, within a second', async () => {
  await using keys = await openKeys();
  let now = Date.now();
  const all = [await keys.openVerifier(), await keys.openVerifier({ deaf: true })];
  const later = await keys.openVerifier({ now: () => now });
  const [revoked, rotated, expires] = [
    await keys.store.create(admin()),
    await keys.store.create(admin()),
    await keys.store.create(admin({ expires: '1h' })),
  ].map(({ record }) => record.id);
  const opened = async (id = '') => {
    const token = await keys.sessions.open(id);
    for (const { verifier } of [...all, later])
      expect(await verifier.verifySession(token)).toMatchObject(KNOWN);
    return token;
  };
  const [ofRevoked, ofRotated, ofExpires] = [
    await opened(revoked),
    await opened(rotated),
    await opened(expires),
  ];

  await keys.store.revoke(String(revoked));
  await keys.store.rotate(String(rotated));
  const endedAt = performance.now();

  for (const { verifier } of all)
    for (const token of [ofRevoked, ofRotated]) {
      const verdict = () => verifier.verifySession(token);
      await expect.poll(verdict, { interval: 5, timeout: 5000 }).toEqual(REVOKED);
      expect(performance.now() - endedAt).toBeLessThan(1000);
    }
  now = Date.now() + HOUR_MS;
  expect(await later.verifier.verifySession(ofExpires)).toEqual(EXPIRED);
});

test('a session that was ended stays ended', async () => {
  await using keys = await openKeys();
  const all = [await keys.openVerifier(NEVER), await keys.openVerifier({ deaf: true })];
  const { record } = await keys.store.create(admin());
  const [token, other] = [await keys.sessions.open(record.id), await keys.sessions.open(record.id)];
  for (const { verifier } of all) expect(await verifier.verifySession(token)).toMatchObject(KNOWN);

  await keys.sessions.end(token);

  for (const { verifier } of all) {
    await expect.poll(() => verifier.verifySession(token), { interval: 5 }).toEqual(UNKNOWN);
    expect(await verifier.verifySession(other)).toMatchObject(KNOWN);
  }
  const version = () => keys.redis.hget(`${keys.prefix}meta`, 'keysversion');
  const before = await version();
  await keys.sessions.end(token); // nobody is told again
  expect(await version()).toBe(before);
});

test('a key has at most 10 sessions: a new one ends the oldest', async () => {
  await using keys = await openKeys();
  const { verifier } = await keys.openVerifier(NEVER);
  const [{ record }, another] = [
    await keys.store.create(admin()),
    await keys.store.create(admin()),
  ];
  const ofAnother = await keys.sessions.open(another.record.id);
  const tokens: string[] = [];
  for (let i = 0; i < 10; i += 1) tokens.push(await keys.sessions.open(record.id));
  const [oldest = '', second = ''] = tokens;
  for (const token of tokens) expect(await verifier.verifySession(token)).toMatchObject(KNOWN);

  tokens.push(await keys.sessions.open(record.id));

  await expect.poll(() => verifier.verifySession(oldest)).toEqual(UNKNOWN);
  for (const token of [second, tokens.at(-1) ?? '', ofAnother])
    expect(await verifier.verifySession(token)).toMatchObject(KNOWN);
  expect(await keys.redis.llen(`${keys.prefix}sessions:${record.id}`)).toBe(10);
});

test('a session of the key that a setting names ends with the setting', async () => {
  await using keys = await openKeys();
  const key = 'a first key that nobody can guess';
  const adminKeySha256 = digest(key);
  const { verifier } = await keys.openVerifier({ adminKeySha256 });
  const { verifier: other } = await keys.openVerifier({ adminKeySha256: digest('another') });
  const { redis, prefix } = keys;
  const sessions = new SessionStore({ redis, prefix, adminKeySha256 });

  const token = await sessions.open('ADMIN_KEY_SHA256');

  expect(await verifier.verifySession(token)).toEqual(await verifier.verify(key));
  expect(await other.verifySession(token)).toEqual(UNKNOWN);
});

test('while Redis is away, a session goes on as its key does', async () => {
  const server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier();
  const { record } = await keys.store.create(admin());
  const [used, unused] = [await keys.sessions.open(record.id), await keys.sessions.open(record.id)];
  expect(await verifier.verifySession(used)).toMatchObject(KNOWN);

  await server.stop();

  await expect.poll(() => verifier.verifySession(unused)).toEqual({ is: 'unavailable' });
  expect(await verifier.verifySession(used)).toMatchObject(KNOWN);
});

test('somebody can log in and out while Redis is full', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier();
  const { record } = await keys.store.create(admin());
  await keys.redis.config('SET', 'maxmemory', '1');

  const token = await keys.sessions.open(record.id);

  expect(await verifier.verifySession(token)).toMatchObject(KNOWN);
  await keys.sessions.end(token);
  await expect.poll(() => verifier.verifySession(token)).toEqual(UNKNOWN);
});
