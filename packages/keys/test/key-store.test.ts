import { randomUUID } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { expect, test, vi } from 'vitest';
import {
  KeyEndedError,
  KeyNotFoundError,
  LastAdminKeyError,
  TooManyKeysError,
} from '../src/index.ts';
import { digestOf } from '../src/key-text.ts';
import { openKeys, rights } from './open-keys.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('no key is in Redis, only its digest', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { verifier } = await keys.openVerifier();
  const first = await keys.store.create(rights());
  await verifier.verify(first.key);
  const { key, record } = await keys.store.rotate(first.record.id);
  await keys.store.revoke(record.id);

  const stored: string[] = [];
  for (const name of await keys.redis.keys('*'))
    stored.push(name, JSON.stringify(await keys.redis.hgetall(name)));

  const text = stored.join('\n');
  expect(text).toContain(digestOf(key));
  for (const each of [first.key, key]) {
    expect(text).not.toContain(each);
    expect(text).not.toContain(each.slice(18, 50)); // the secret within it
  }
});

test('a key is shown once, when it is made', async () => {
  await using keys = await openKeys({ now: () => 1_000_000 });

  const { key, record } = await keys.store.create(
    rights({ models: ['forecast'], expires: '90d', rpm: 600, weight: 2 }),
  );

  expect(record).toEqual({
    ...{ id: key.slice(8, 18), digest: digestOf(key), tenant: 'acme', name: 'ci' },
    ...{ scopes: ['ask', 'read'], models: ['forecast'], limits: { rpm: 600 }, weight: 2 },
    ...{ createdAt: 1_000_000, expiresAt: 1_000_000 + 90 * DAY_MS },
  });
  expect(await keys.store.find(record.id)).toEqual({ record, lastUsedAt: undefined });
  expect(JSON.stringify(await keys.store.list())).not.toContain(key.slice(18));
});

test('an admin key says so in its text', async () => {
  await using keys = await openKeys();

  const admin = rights({ tenant: undefined, scopes: ['admin'] });

  expect((await keys.store.create(admin)).key).toMatch(/^deja_ad_/);
  expect(admin.tenant).toBe('admin');
});

test('a key whose id is taken is made again', async () => {
  await using keys = await openKeys();
  const send = keys.redis.evalsha.bind(keys.redis) as (...args: unknown[]) => Promise<unknown>;
  const taken: string[] = [];
  vi.spyOn(keys.redis, 'evalsha').mockImplementationOnce(async (...args: unknown[]) => {
    taken.push(String(args[6]));
    await keys.redis.hset(`${keys.prefix}keys`, String(args[6]), 'of another key');
    return await send(...args);
  });

  const { record } = await keys.store.create(rights());

  expect(taken).not.toContain(record.id);
  expect(await keys.store.find(record.id)).toMatchObject({ record });
  expect(await keys.redis.hget(`${keys.prefix}keys`, String(taken[0]))).toBe('of another key');
});

test('the newest key is listed first', async () => {
  let now = 1000;
  await using keys = await openKeys({ now: () => ++now });
  for (const name of ['a', 'b', 'c']) await keys.store.create(rights({ name }));

  const names = (await keys.store.list()).map(({ record }) => record.name);

  expect(names).toEqual(['c', 'b', 'a']);
});

test('a key that nobody has can be neither revoked nor rotated', async () => {
  await using keys = await openKeys();

  await expect(keys.store.revoke('nobody')).rejects.toThrow(KeyNotFoundError);
  await expect(keys.store.rotate('nobody')).rejects.toThrow(KeyNotFoundError);
  expect(await keys.store.find('nobody')).toBeUndefined();
});

test('a key that was revoked stays revoked, whatever is done with it meanwhile', async () => {
  let now = 1000;
  await using keys = await openKeys({ now: () => ++now });
  const ends = [];
  for (let i = 0; i < 20; i += 1) {
    const { record } = await keys.store.create(rights());
    const all = [keys.store.revoke(record.id), keys.store.rotate(record.id)];
    ends.push(Promise.allSettled(all).then(() => keys.store.find(record.id)));
  }

  for (const found of await Promise.all(ends)) {
    const { id, revokedAt } = found?.record ?? {};
    expect(revokedAt).toBeGreaterThan(0);
    expect((await keys.store.revoke(String(id))).revokedAt).toBe(revokedAt);
    await expect(keys.store.rotate(String(id))).rejects.toThrow(KeyEndedError);
  }
});

test('a key can be revoked while Redis is full', async () => {
  await using server = await startOwnRedis();
  await using keys = await openKeys({ url: server.url });
  const { record } = await keys.store.create(rights());
  await keys.redis.config('SET', 'maxmemory', '1');

  await expect(keys.store.create(rights())).rejects.toThrow(/OOM/);
  expect((await keys.store.revoke(record.id)).revokedAt).toBeGreaterThan(0);
});

test('a rotated key has a successor with the same rights, and works for another 24 h', async () => {
  let now = 1_000_000;
  await using keys = await openKeys({ now: () => now });
  const old = await keys.store.create(rights({ expires: '90d', models: ['forecast'], rpm: 5 }));
  now += DAY_MS;

  const { key, record, replaced } = await keys.store.rotate(old.record.id);

  const { id, digest, createdAt, expiresAt, ...same } = record;
  expect(same).toEqual({
    ...{ tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], models: ['forecast'] },
    ...{ limits: { rpm: 5 }, weight: 1 },
  });
  expect([id, digest]).toEqual([key.slice(8, 18), digestOf(key)]);
  expect([createdAt, expiresAt]).toEqual([now, now + 90 * DAY_MS]);
  expect(replaced).toEqual({ ...old.record, expiresAt: now + DAY_MS, replacedBy: id });
  expect((await keys.store.find(old.record.id))?.record).toEqual(replaced);
});

test('a key that ends sooner than in 24 h does not live longer for being rotated', async () => {
  await using keys = await openKeys();
  const { record } = await keys.store.create(rights({ expires: '1h' }));

  const { replaced } = await keys.store.rotate(record.id);

  expect(replaced.expiresAt).toBe(record.expiresAt);
});

test('a key is rotated once, and no longer when it has ended', async () => {
  let now = 1_000_000;
  await using keys = await openKeys({ now: () => now });
  const { record } = await keys.store.create(rights({ expires: '1h' }));
  const next = await keys.store.rotate(record.id);

  await expect(keys.store.rotate(record.id)).rejects.toThrow(
    `the key ${record.id} was replaced by ${next.record.id}: rotate that`,
  );
  now += HOUR_MS;
  await expect(keys.store.rotate(next.record.id)).rejects.toThrow(/is expired: make a new one/);
});

test('there are at most `maxKeys` keys, and those that have ended make room for new ones', async () => {
  await using keys = await openKeys({ maxKeys: 3 });
  const [a, b] = [await keys.store.create(rights()), await keys.store.create(rights())];
  const expired = JSON.stringify({ ...b.record, expiresAt: Date.now() });
  await keys.redis.hset(`${keys.prefix}keys`, b.record.id, expired);
  const c = await keys.store.create(rights());

  const d = await keys.store.create(rights()); // b has ended

  await expect(keys.store.create(rights())).rejects.toThrow(TooManyKeysError);
  await expect(keys.store.rotate(a.record.id)).rejects.toThrow(TooManyKeysError);
  const ids = (await keys.store.list()).map(({ record }) => record.id);
  expect(ids.sort()).toEqual([a, c, d].map(({ record }) => record.id).sort());
  await keys.store.revoke(a.record.id);
  await keys.store.create(rights());
  expect(await keys.store.find(a.record.id)).toBeUndefined();
});

test('a record that this version cannot read is no key', async () => {
  await using keys = await openKeys();
  const id = randomUUID();
  await keys.redis.hset(`${keys.prefix}keys`, id, '{"digest":1}', `${id}2`, 'no JSON');

  expect(await keys.store.list()).toEqual([]);
  await expect(keys.store.revoke(id)).rejects.toThrow(KeyNotFoundError);
});

test('of two admin keys that revoke each other, one is kept, if that is asked for', async () => {
  await using keys = await openKeys();
  const admin = rights({ tenant: undefined, scopes: ['admin'] });
  const keep = { keepsAdmin: true };
  const pairs = Array.from({ length: 5 }, async () => {
    await using apart = await openKeys();
    const [one, other] = await Promise.all([apart.store.create(admin), apart.store.create(admin)]);
    const ended = await Promise.allSettled(
      [one, other].map(({ record }) => apart.store.revoke(record.id, keep)),
    );
    return ended.map(({ status }) => status).sort();
  });

  expect(await Promise.all(pairs)).toEqual(Array(5).fill(['fulfilled', 'rejected']));
  const { record } = await keys.store.create(admin);
  const data = await keys.store.create(rights());
  const { record: next } = await keys.store.rotate(record.id);
  await keys.store.revoke(data.record.id, keep);
  await expect(keys.store.revoke(next.id, keep)).rejects.toThrow(LastAdminKeyError); // the old one has a day
  await keys.store.revoke(record.id, keep);
  await expect(keys.store.revoke(next.id, keep)).rejects.toThrow(LastAdminKeyError);
  expect((await keys.store.find(next.id))?.record.revokedAt).toBeUndefined();
  await keys.store.revoke(next.id);
  await keys.store.revoke(next.id, keep);
});
