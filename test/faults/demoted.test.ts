/**
 * A failover behind one name in which the old primary lives on as a replica and keeps its connections,
 * as after a planned failover of a managed Redis.
 */
import { randomUUID } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { call, createFaultProxy, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startApi, startWorker, temporaryDir } from '../processes.ts';

const PATIENTLY = { timeout: 40_000, interval: 100 };

test('API and worker find the new primary by themselves: misses, waits, invalidations, /readyz', async () => {
  await using owned = new AsyncDisposableStack();
  const first = owned.use(await startOwnRedis());
  const { password, port } = new URL(first.url);
  const args = ['--replicaof', '127.0.0.1', port];
  const second = owned.use(await startOwnRedis({ args, password }));
  const [old, next] = [first, second].map(({ url }) =>
    owned.adopt(new Redis(url), (redis) => redis.disconnect()),
  ) as [Redis, Redis];
  await expect.poll(() => next.info('replication'), PATIENTLY).toContain('master_link_status:up');
  const name = owned.use(await createFaultProxy(first.url));
  const dir = temporaryDir();
  owned.defer(() => dir[Symbol.dispose]());
  const env = { REDIS_URL: name.url, CACHE_DIR: dir.path };
  const api = owned.use(await startApi(env));
  owned.use(await startWorker(env));
  const ask = async (text: string) => {
    const { status, headers } = await post(`${api.url}/predict`, { text }, { Prefer: 'wait=10' });
    return `${status} ${headers.get('x-cache')}`;
  };
  expect(await ask('asked before')).toBe('200 MISS');
  expect(await ask('asked before')).toBe('200 HIT');

  await next.replicaof('NO', 'ONE');
  await old.replicaof('127.0.0.1', new URL(second.url).port);
  name.moveTo(second.url);

  await expect.poll(() => ask(randomUUID()), PATIENTLY).toBe('200 MISS');
  await expect
    .poll(async () => (await call(`${api.url}/readyz`)).body, PATIENTLY)
    .toMatchObject({ status: 'ok', reasons: {} });
  expect((await call(`${api.url}/cache`, { method: 'DELETE' })).status).toBe(200);
  expect(await ask('asked before')).toBe('200 MISS');
  // Whoever had a connection to the old primary has one to the new primary instead.
  const listeners = async (redis: Redis) => (await redis.pubsub('CHANNELS')) as string[];
  expect(await listeners(next)).toEqual(
    expect.arrayContaining([expect.stringContaining('notify')]),
  );
  await expect.poll(() => listeners(old), PATIENTLY).toEqual([]);
});
