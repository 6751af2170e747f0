/** What the API does about artefacts: where runs go, and the list of a series' models. */
import { randomUUID } from 'node:crypto';
import { artefactKeyFor, type Entry } from '@deja/cache-core';
import { startOwnRedis } from '@deja/local-redis';
import { defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

const slow = defineModel({
  name: 'slow',
  version: 1,
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  artefacts: ({ text }) => [`latest ${text}`, `exact ${text}`],
  compute: ({ text }) => ({ text }),
});
const keyOf = (name: string, model = 'slow') =>
  artefactKeyFor({ model, version: 1, engine: undefined, name });

async function setUp() {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const api = await openApi({ REDIS_PREFIX: prefix }, [slow]);
  const redis = new Redis(inject('redisUrl'));
  const { lower, runs } = api.context;
  return {
    ...api,
    redis,
    /** Keeps an artefact under a key, as a worker would. */
    async keep(key: string, tags: readonly string[] = ['model:slow']) {
      const run = `run-${randomUUID()}`;
      const identity = { key: 'f'.repeat(64), model: 'slow', version: 1, engine: undefined, tags };
      const joined = { job: `0-${run}`, run, ...identity, lane: 'long', deadlineMs: 1000 } as const;
      await runs.join({ ...joined, nostore: true }, '{}');
      const started = await runs.start(run, 'attempt');
      if (started.outcome !== 'go') throw new Error('not started');
      const { log, token, runSeq } = started.attempt;
      const createdAt = Date.now();
      const times = { createdAt, freshUntil: createdAt + 60_000, staleUntil: createdAt + 60_000 };
      const made = { tenant: 'default', log, token, runSeq, computeMs: 1, digest: '' };
      const header = { key, model: 'slow', tags, ...times, ...made };
      const entry: Entry = { header, body: Buffer.from('artefact') };
      for (const tier of lower.all) await tier.put(entry);
    },
    /** The lane of the run that a question opens. */
    async laneOf(text: string, headers: Record<string, string> = {}) {
      const { body } = await post(`${api.url}/models/slow/run`, { text }, headers);
      const run = await api.runOf(body.job_id);
      return await redis.hget(`${prefix}:f2:{d0}:r:${run}`, 'lane');
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await api[Symbol.asyncDispose]();
    },
  };
}

test('a run that an artefact may serve goes to the short lane', async () => {
  await using t = await setUp();
  await t.keep(keyOf('exact a'));
  await t.keep(keyOf('latest b'));

  expect(await t.laneOf('a')).toBe('short');
  expect(await t.laneOf('b')).toBe('short');
  expect(await t.laneOf('c')).toBe('long');
});

test('one that must not use it does not', async () => {
  await using t = await setUp();
  await t.keep(keyOf('exact a'));

  expect(await t.laneOf('a', { 'Cache-Control': 'no-cache' })).toBe('long');
  expect(await t.laneOf('a', { 'Cache-Control': 'no-store' })).toBe('long');
});

test('an artefact that was invalidated is none', async () => {
  await using t = await setUp();
  await t.keep(keyOf('exact a'));

  await call(`${t.url}/cache?tag=model:slow`, { method: 'DELETE' });

  expect(await t.laneOf('a')).toBe('long');
});

test('an answer that just missed a provisional one reports for how long that is fresh', async () => {
  await using t = await setUp();
  const { body } = await post(`${t.url}/models/slow/run`, { text: 'a' });
  const run = await t.runOf(body.job_id);
  await t.context.runs.start(run, 'attempt');
  await t.context.runs.finalise(run, 'attempt', 'succeeded', '{"output":{}}', { freshMs: 5000 });

  const hit = await post(`${t.url}/models/slow/run`, { text: 'a' });

  expect(hit.headers.get('cache-status')).toMatch(/^deja; hit; ttl=[34]; detail=redis$/);
});

test('the models of a series are listed while they could be used', async () => {
  await using t = await setUp();
  const facts = {
    ...{ trained_at: new Date().toISOString(), training_time_ms: 1, points: 9, freq: 'D', rmse: 1 },
    ...{ from: '2020-01-01T00:00:00.000Z', through: '2020-01-09T00:00:00.000Z', options: {} },
  };
  const [one, two] = [keyOf('1', 'forecast'), keyOf('2', 'forecast')];
  for (const key of [one, two]) {
    await t.keep(key, ['model:forecast', 'model_id:shop/1']);
    const group = 'forecast/model_id:shop/1';
    await t.context.artefacts.add({ group, key, facts, keepMs: 60_000 });
  }
  await t.context.artefacts.used(one);
  const list = () => call(`${t.url}/forecast/models/shop%2F1`);

  const { status, body } = await list();
  expect(status).toBe(200);
  expect(body.model_id).toBe('shop/1');
  expect(body.models.map((model: { key: string }) => model.key).sort()).toEqual([one, two].sort());
  expect(body.models.find((model: { key: string }) => model.key === one)).toMatchObject({
    ...{ ...facts, tier: 'redis', bytes: 8, uses: 1, last_used_at: expect.any(String) },
  });

  await call(`${t.url}/cache/${one}`, { method: 'DELETE' });
  expect((await list()).body.models).toMatchObject([{ key: two, uses: 0 }]);
  await post(`${t.url}/invalidate-cache/shop%2F1`, {});
  expect((await list()).body.models).toEqual([]);
});

test('a series that nobody asked about has no models', async () => {
  await using t = await setUp();

  expect((await call(`${t.url}/forecast/models/nobody`)).body).toEqual({
    model_id: 'nobody',
    models: [],
  });
});

test('while the cache Redis is away there is no list, and forecasts go on', async () => {
  const cacheRedis = await startOwnRedis();
  await using api = await openApi({ CACHE_REDIS_URL: cacheRedis.url }, [slow]);
  await cacheRedis.stop();

  const { status, body, headers } = await call(`${api.url}/forecast/models/sales`);

  expect([status, body.type]).toEqual([503, 'urn:deja:problem:list-unavailable']);
  expect(headers.get('retry-after')).toBe('1');
  expect((await post(`${api.url}/models/slow/run`, { text: 'a' })).status).toBe(202);
});
