import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openApi } from './harness.ts';

test('GET /healthz reports the version of the server and of the wire contract', async () => {
  await using api = await openApi();
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

  const { status, body } = await call(`${api.url}/healthz`);

  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok', version: JSON.parse(manifest).version, wire: 1 });
});

const SOON = { timeout: 10_000, interval: 20 };
type Api = Awaited<ReturnType<typeof openApi>>;

const readiness = async ({ url }: Api) => (await call(`${url}/readyz`)).body;
const miss = ({ url }: Api) => post(`${url}/models/echo/run`, { text: randomUUID() });

async function openOwn() {
  const owned = new AsyncDisposableStack();
  const server = owned.use(await startOwnRedis());
  const admin = owned.adopt(new Redis(server.url), (redis) => redis.disconnect());
  return { server, admin, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

test.each([
  ['full', /^OOM /, ['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '0']],
  [
    'without enough replicas',
    /^NOREPLICAS /,
    ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
    ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  ],
  ['read-only', /^READONLY /, ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
] as const)(
  'GET /readyz is degraded with the reason while Redis is %s',
  async (_, reason, ill, well) => {
    await using redis = await openOwn();
    await using api = await openApi({ REDIS_URL: redis.server.url });
    expect(await readiness(api)).toMatchObject({ checks: { redis: 'ok' }, reasons: {} });

    await redis.admin.call(ill[0], ...ill.slice(1));

    await expect.poll(async () => (await readiness(api)).reasons.redis, SOON).toMatch(reason);
    const { status, checks } = await readiness(api);
    expect(status).toBe('degraded');
    expect(checks.redis).not.toBe('ok');
    const refused = await miss(api);
    expect([refused.status, refused.body.type]).toEqual([
      503,
      'urn:deja:problem:queue-unavailable',
    ]);
    await redis.admin.call(well[0], ...well.slice(1));
    await expect.poll(async () => (await readiness(api)).checks.redis, SOON).toBe('ok');
    await expect.poll(async () => (await miss(api)).status, SOON).toBe(202);
  },
);

test('GET /readyz tells a wrong password, and a user without a right', async () => {
  await using redis = await openOwn();
  const rules = ['on', '>pw', '~*', '&*', '+@all', '-zadd'];
  await redis.admin.call('ACL', 'SETUSER', 'poor', ...rules);
  const as = (user: Partial<URL>) => ({
    REDIS_URL: Object.assign(new URL(redis.server.url), user).href,
  });
  await using wrong = await openApi(as({ password: 'wrong' }));
  await using poor = await openApi(as({ username: 'poor', password: 'pw' }));

  expect(await readiness(wrong)).toMatchObject({
    ...{ status: 'degraded', checks: { redis: 'down' } },
    reasons: { redis: 'WRONGPASS invalid username-password pair or user is disabled.' },
  });
  expect(await readiness(poor)).toMatchObject({
    ...{ status: 'degraded', checks: { redis: 'failing' } },
    reasons: { redis: expect.stringMatching(/^NOPERM .*'zadd'/) },
  });
  for (const api of [wrong, poor]) expect((await miss(api)).status).toBe(503);
});

test('GET /readyz tells of the cache Redis, too, and answers go on', async () => {
  await using redis = await openOwn();
  await redis.admin.call('CONFIG', 'SET', 'maxmemory', '1mb');
  await using api = await openApi({ CACHE_REDIS_URL: redis.server.url });

  await expect.poll(async () => (await readiness(api)).reasons.cache_redis, SOON).toMatch(/^OOM /);
  expect((await readiness(api)).checks).toMatchObject({ redis: 'ok', cache_redis: 'failing' });
  expect((await miss(api)).status).toBe(202);
});

test.each(['/proc/deja/cache', '/dev/null', '/sys/deja'])(
  'a CACHE_DIR that cannot be used (%s) is no disk tier, and the API listens',
  async (dir) => {
    await using api = await openApi({ CACHE_DIR: dir });

    expect((await readiness(api)).checks.disk).toBe('off');
    expect((await miss(api)).status).toBe(202);
  },
);
