/** Fitted models are used again: real processes, a real Redis, real forecasts. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { call, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { startApi, startWorker, temporaryDir } from './processes.ts';

const SLEEP = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));
/** Workers hand over their counts once a second. */
const SOON = { timeout: 10_000 };

async function setUp(env: Record<string, string> = {}) {
  const dir = temporaryDir();
  const REDIS_PREFIX = `t${randomUUID().slice(0, 8)}`;
  const all = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX, CACHE_DIR: dir.path, ...env };
  const api = await startApi(all);
  const worker = await startWorker(all);
  const forecast = async (body: object, headers: Record<string, string> = {}) => {
    const asked = { model_id: 'sales', periods: 30, ...body };
    const reply = await post(`${api.url}/forecast`, asked, { Prefer: 'wait=60', ...headers });
    if (reply.status !== 200) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  return {
    url: api.url,
    forecast,
    /** How often answers of each kind were given, by the metric. */
    async count(outcome: string) {
      const text = await (await fetch(`${api.url}/metrics`)).text();
      const line = `deja_model_outcomes_total{model="forecast",outcome="${outcome}"} `;
      return Number(
        text
          .split('\n')
          .find((row) => row.startsWith(line))
          ?.slice(line.length) ?? 0,
      );
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** Repeatable noise of mean 0 and deviation 1. */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
}

/** A daily series with a trend, a week and noise; from day `from` on it lies `by` higher. */
function daily(days: number, { from = days, by = 0 } = {}) {
  const noise = normal(7);
  return Array.from({ length: days }, (_, i) => ({
    ds: new Date(Date.UTC(2015, 0, 1) + i * 86_400_000).toISOString().slice(0, 10),
    y: 100 + i * 0.01 + 5 * Math.sin((2 * Math.PI * i) / 7) + noise() + (i < from ? 0 : by),
  }));
}

test('30 days, then 90 days of the same 3,000 points: one training', async () => {
  await using t = await setUp();
  const data = daily(3000);
  const short = await t.forecast({ data });
  const startedAt = performance.now();

  const long = await t.forecast({ data, periods: 90 });

  // About 60 ms on an idle machine; the bound is for a loaded one.
  expect(performance.now() - startedAt).toBeLessThan(1500);
  expect(short.model).toMatchObject({ source: 'trained', cache_hit: 'none', points: 3000 });
  expect(long.model).toMatchObject({
    ...{ source: 'cached', reason: 'same_series', cache_hit: 'redis', data_change: 0 },
    ...{ training_time_ms: 0, trained_at: short.model.trained_at, trained_through: '2023-03-19' },
  });
  expect(long.forecast).toHaveLength(90);
  expect(long.forecast.slice(0, 30).map((row: { yhat: number }) => row.yhat)).toEqual(
    short.forecast.map((row: { yhat: number }) => row.yhat),
  );
  expect(long.warnings).toMatchObject([{ code: 'series_behind' }]);
  await expect.poll(() => t.count('cached'), SOON).toBe(1);
  expect(await t.count('trained')).toBe(1);
});

test('1 % of new points: reused, with a warning, and trained in the background once', async () => {
  await using t = await setUp();
  const all = daily(404);
  await t.forecast({ data: all.slice(0, 400) });

  const reused = await t.forecast({ data: all });

  expect(reused.model).toMatchObject({ source: 'reused', data_change: 0.01, points: 400 });
  expect(reused.warnings).toMatchObject([{ code: 'model_reused' }, { code: 'series_behind' }]);
  const entry = await call(`${t.url}/cache/${reused.cache_key}`);
  expect(entry.body.ttl).toBeLessThanOrEqual(600);
  await expect
    .poll(async () => (await t.forecast({ data: all })).model, { timeout: 30_000 })
    .toMatchObject({ source: 'trained', points: 404 });
  await expect.poll(() => t.count('trained'), SOON).toBe(2);
  const replaced = await call(`${t.url}/cache/${reused.cache_key}`);
  expect(replaced.body.ttl).toBeGreaterThan(600);
});

test('more new points, a level shift, an old model, an explicit refresh: trained', async () => {
  await using t = await setUp();
  const data = daily(400);
  const shifted = daily(420, { from: 400, by: 8 });
  await t.forecast({ data });
  const modelOf = async (body: object, headers = {}) => (await t.forecast(body, headers)).model;

  expect(await modelOf({ data: daily(480) })).toMatchObject({ reason: 'data_changed' });
  await t.forecast({ data, periods: 31 }, { 'Cache-Control': 'no-cache' }); // the latest again
  expect(await modelOf({ data: shifted })).toMatchObject({ reason: 'model_degraded' });
  const strict = { max_model_age_s: 0 };
  expect(await modelOf({ data, options: strict })).toMatchObject({ reason: 'model_too_old' });
  expect(await modelOf({ data }, { 'Cache-Control': 'no-cache' })).toMatchObject({
    reason: 'no_model',
  });
  await expect.poll(() => t.count('trained'), SOON).toBe(6);
});

test('G4 No resurrection: a model from before an invalidation answers nothing after it', async () => {
  await using t = await setUp();
  const data = daily(200);
  const before = await t.forecast({ data });
  const { body: listed } = await call(`${t.url}/forecast/models/sales`);
  expect(listed.models).toMatchObject([{ points: 200, through: '2015-07-19T00:00:00.000Z' }]);

  await post(`${t.url}/invalidate-cache/sales`, {});

  const after = await t.forecast({ data, periods: 60 });
  expect(after.model).toMatchObject({ source: 'trained', reason: 'no_model' });
  expect(after.model.trained_at).not.toBe(before.model.trained_at);
  await expect
    .poll(async () => (await call(`${t.url}/forecast/models/sales`)).body.models)
    .toMatchObject([{ trained_at: after.model.trained_at, uses: 0 }]);
  // An answer that a model gave goes with that model.
  const derived = await t.forecast({ data, periods: 61 });
  expect(derived.model.source).toBe('cached');
  const { body } = await call(`${t.url}/forecast/models/sales`);
  await call(`${t.url}/cache/${body.models[0].key}`, { method: 'DELETE' });
  expect((await t.forecast({ data, periods: 61 })).model.source).toBe('trained');
});

test('what a kept model serves does not wait behind long work', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP, WORKER_CONCURRENCY: '1' });
  const data = daily(200);
  await t.forecast({ data });
  const busy = await post(`${t.url}/models/sleep/run`, { ms: 60_000 }, {});
  await expect
    .poll(async () => (await call(`${t.url}/jobs/${busy.body.job_id}`)).body.status)
    .toBe('running');

  expect((await t.forecast({ data, periods: 60 })).model.source).toBe('cached');

  await call(`${t.url}/jobs/${busy.body.job_id}`, { method: 'DELETE' });
});
