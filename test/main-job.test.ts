/** The main job, end to end: real processes, a real Redis, real forecasts. */
import { randomUUID } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { modelPath, startApi, startWorker, temporaryDir } from './processes.ts';

function setUp() {
  const dir = temporaryDir();
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const env = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix, CACHE_DIR: dir.path };
  return { env, prefix, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

/** How many attempts were started: what was really computed. */
async function attempts(prefix: string): Promise<number> {
  const redis = new Redis(inject('redisUrl'));
  const runs = await redis.hget(`${prefix}:f2:{d0}:meta`, 'lastrunseq');
  await redis.quit();
  return Number(runs ?? 0);
}

const forecast = { model_id: 'sales', data: series(200), periods: 7 };

test('a forecast is computed once, polled, and then a HIT', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using _worker = await startWorker(t.env);

  const miss = await post(`${api.url}/forecast`, forecast);
  const job = await jobOf(api.url, miss.body.job_id);
  const hit = await post(`${api.url}/forecast`, forecast);
  const again = await post(`${api.url}/forecast`, forecast);

  expect(miss.status).toBe(202);
  expect(miss.headers.get('location')).toBe(`/jobs/${miss.body.job_id}`);
  expect(miss.headers.get('x-cache')).toBe('MISS');
  expect(job).toMatchObject({ status: 'succeeded', result: { model_id: 'sales' } });
  expect(job.result.forecast).toHaveLength(7);
  expect(job.result.forecast[0].ds).toBe('2020-07-19');
  expect(hit.status).toBe(200);
  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(hit.headers.get('cache-status')).toMatch(/^deja; hit; ttl=\d+; detail=\w+$/);
  expect(hit.body).toMatchObject({ cached: true, ...job.result });
  expect(again.headers.get('x-cache-tier')).toBe('memory');
  expect(again.body.forecast).toEqual(hit.body.forecast);
});

test('G1 One run per key: 100 equal requests to two API processes train once', async () => {
  using t = setUp();
  await using _worker = await startWorker(t.env);
  await using one = await startApi(t.env);
  await using two = await startApi(t.env);

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      post(`${(i % 2 ? one : two).url}/forecast`, forecast, { Prefer: 'wait=60' }),
    ),
  );

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.forecast))).size).toBe(1);
  expect(await attempts(t.prefix)).toBe(1);
});

test('a HIT outlives a restart of everything', async () => {
  using t = setUp();
  using kept = temporaryDir();
  const before = await startOwnRedis({ dir: kept.path, appendOnly: true });
  const env = { ...t.env, REDIS_URL: before.url };
  {
    await using api = await startApi(env);
    await using worker = await startWorker(env);
    await post(`${api.url}/forecast`, forecast, { Prefer: 'wait=60' });
    expect(await api.end('SIGTERM')).toBe(0);
    expect(await worker.end('SIGTERM')).toBe(0);
  }
  await before.stop();

  await using after = await startOwnRedis({ dir: kept.path, appendOnly: true });
  await using api = await startApi({ ...t.env, REDIS_URL: after.url });

  expect((await post(`${api.url}/forecast`, forecast)).headers.get('x-cache')).toBe('HIT');
});

test('a cache Redis that lost everything: a new API process answers from disk', async () => {
  using t = setUp();
  await using cacheRedis = await startOwnRedis();
  const env = { ...t.env, CACHE_REDIS_URL: cacheRedis.url };
  await using worker = await startWorker(env);
  const first = await startApi(env);
  await post(`${first.url}/forecast`, forecast, { Prefer: 'wait=60' });
  await first.end('SIGTERM');
  await worker.end('SIGTERM');
  const redis = new Redis(cacheRedis.url);
  await redis.flushall();
  await redis.quit();

  await using second = await startApi(env);
  const answer = await post(`${second.url}/forecast`, forecast);

  expect(answer.headers.get('x-cache')).toBe('HIT');
  expect(answer.headers.get('x-cache-tier')).toBe('disk');
});

test('G3 No stale answer after an invalidation: the next request is a MISS, in every tier and every replica', async () => {
  using t = setUp();
  await using _worker = await startWorker(t.env);
  await using one = await startApi(t.env);
  await using two = await startApi(t.env);
  const ask = (api: { url: string }) =>
    post(`${api.url}/forecast`, forecast, { Prefer: 'wait=60' });

  for (const [method, path] of [
    ['POST', '/invalidate-cache/sales'],
    ['DELETE', '/cache'],
    ['DELETE', '/cache?tag=model:forecast'],
  ] as const) {
    await ask(one);
    expect((await ask(one)).headers.get('x-cache')).toBe('HIT');
    expect((await ask(two)).headers.get('x-cache')).toBe('HIT');

    const done = await call(`${one.url}${path}`, { method });

    expect(done.status).toBe(200);
    const fresh = await ask(one);
    const headers = { 'X-Cache-Min-Seq': String(done.body.seq) };
    const other = await post(`${two.url}/forecast`, forecast, headers);
    expect(fresh.headers.get('x-cache')).toBe('MISS');
    expect(other.body.generated_at).toBe(fresh.body.generated_at);
  }
  expect(await attempts(t.prefix)).toBe(4);
});

test('the readiness of an API tells the workers that are alive', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  const before = await call(`${api.url}/readyz`);
  await using worker = await startWorker(t.env);
  const during = await call(`${api.url}/readyz`);
  await worker.end('SIGTERM');
  const after = await call(`${api.url}/readyz`);

  expect(before.body).toMatchObject({ status: 'degraded', checks: { workers: 0 } });
  expect(during.body).toMatchObject({ status: 'ok', checks: { workers: 1 } });
  expect(after.body).toMatchObject({ status: 'degraded', checks: { workers: 0 } });
});

test('the API loads no engine', async () => {
  using t = setUp();
  const preload = new URL('./no-engine.mjs', import.meta.url).href;
  await using api = await startApi({ ...t.env, NODE_OPTIONS: `--import=${preload}` });

  const answer = await post(`${api.url}/forecast`, forecast);

  expect(answer.status).toBe(202);
  await expect(startWorker({ ...t.env, NODE_OPTIONS: `--import=${preload}` })).rejects.toThrow();
});

test('G9 Equal input, equal answer: the key depends on what is asked and not on how it is written', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  const keyOf = async (body: unknown) =>
    (await post(`${api.url}/forecast`, body)).headers.get('x-cache-key');
  const { model_id, data, periods } = forecast;

  const key = await keyOf(forecast);

  expect(await keyOf({ periods, data, model_id })).toBe(key);
  expect(await keyOf(JSON.stringify(forecast, null, 3))).toBe(key);
  expect(await keyOf({ ...forecast, data: data.toReversed() })).toBe(key);
  expect(await keyOf({ ...forecast, freq: 'D' })).toBe(key);
  expect(await keyOf({ ...forecast, periods: 8 })).not.toBe(key);
  expect(await keyOf({ ...forecast, model_id: 'other' })).not.toBe(key);
  expect(await keyOf({ ...forecast, data: data.slice(1) })).not.toBe(key);
});

test('a stale answer is served at once and replaced behind the scenes', async () => {
  using t = setUp();
  const env = { ...t.env, DEJA_MODELS: modelPath('ticks.ts'), CACHE_TTL_JITTER: '0' };
  await using _worker = await startWorker(env);
  await using one = await startApi(env);
  await using two = await startApi(env);
  const ask = async (api: { url: string }, headers = {}) =>
    await post(`${api.url}/models/ticks/run`, {}, headers);
  const { body: first } = await ask(one, { Prefer: 'wait=60' });
  await ask(two);

  await expect
    .poll(async () => (await ask(one)).headers.get('x-cache'), { interval: 20, timeout: 10_000 })
    .toBe('STALE');
  const answers = await Promise.all([ask(one), ask(two)]);
  await expect
    .poll(async () => (await ask(two)).body.output.at, { timeout: 10_000 })
    .toBeGreaterThan(first.output.at);

  for (const { status } of answers) expect(status).toBe(200);
});

test('after no-cache every replica serves the new answer', async () => {
  using t = setUp();
  await using _worker = await startWorker(t.env);
  await using one = await startApi(t.env);
  await using two = await startApi(t.env);
  const ask = (api: { url: string }, headers = {}) =>
    post(`${api.url}/forecast`, forecast, headers);
  for (const api of [one, two]) {
    await ask(api, { Prefer: 'wait=60' });
    await ask(api);
  }

  const headers = { Prefer: 'wait=60', 'Cache-Control': 'no-cache' };
  const { body: renewed } = await ask(one, headers);

  expect((await ask(one)).body.generated_at).toBe(renewed.generated_at);
  await expect.poll(async () => (await ask(two)).body.generated_at).toBe(renewed.generated_at);
});
