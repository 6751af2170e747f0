/** What operators see of real runs, workers and forecasts. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { call, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { runDetail } from '../apps/api/src/operations/runs-schema.ts';
import { series, seriesList, seriesPlot } from '../apps/api/src/operations/series-schema.ts';
import { jobOf } from './client.ts';
import { startApi, startWorker } from './processes.ts';

const SLEEP = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));
const SOON = { timeout: 10_000 };

async function setUp(env: Record<string, string> = {}) {
  const REDIS_PREFIX = `t${randomUUID().slice(0, 8)}`;
  const all = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX, CACHE_DIR: 'off', ...env };
  const api = await startApi(all);
  const worker = await startWorker(all);
  return {
    read: async (path: string) => (await call(`${api.url}${path}`)).body,
    ask: (path: string, body: object, headers = {}) => post(`${api.url}${path}`, body, headers),
    url: api.url,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
    },
  };
}

/** A daily series that goes on with what was, but for noise. */
function daily(days: number) {
  const noise = (at: number) => Math.sin(at * 12.9898) * 2;
  return Array.from({ length: days }, (_, at) => ({
    ds: new Date(Date.UTC(2024, 0, 1) + at * 86_400_000).toISOString().slice(0, 10),
    y: 100 + at * 0.05 + 8 * Math.sin((2 * Math.PI * at) / 7) + noise(at),
  }));
}

test('a series tells which model answered, why, and how its forecasts fared', async () => {
  await using t = await setUp();
  const forecast = async (days: number) => {
    const body = { model_id: 'shop 1/milk', periods: 14, data: daily(days) };
    const { status, body: answer } = await t.ask('/forecast', body, { Prefer: 'wait=60' });
    expect(status).toBe(200);
    return answer;
  };
  await forecast(400);
  const reused = await forecast(410);
  const path = `/admin/series/${encodeURIComponent('shop 1/milk')}`;
  // The reused answer is replaced in the background, by a model that has seen all points.
  await expect.poll(async () => (await t.read(path)).decisions?.length, SOON).toBe(3);

  const seen = await t.read(path);
  expect(series.strict().parse(seen)).toEqual(seen);
  expect(
    seen.decisions.map(({ source, reason }: Record<string, string>) => [source, reason]),
  ).toEqual([
    ['trained', 'no_model'],
    ['reused', 'small_change'],
    ['trained', 'no_model'],
  ]);
  expect(seen.decisions[1]).toMatchObject({
    ...{ data_change: reused.model.data_change, new_points: 10, took_ms: expect.any(Number) },
    error_ratio: expect.any(Number),
  });
  expect(seen.came.ds).toEqual(
    daily(410)
      .slice(400)
      .map(({ ds }) => ds),
  );
  expect(seen.came.y[0]).toBeCloseTo(Number(daily(410)[400]?.y), 2);
  expect(seen.accuracy).toMatchObject({ points: 10 });
  expect(seen.accuracy.mean_error_share).toBeLessThan(0.1);

  const list = await t.read('/admin/series');
  expect(seriesList.strict().parse(list)).toEqual(list);
  expect(list.series).toMatchObject([
    { model_id: 'shop 1/milk', error_ratio: seen.decisions[1].error_ratio },
  ]);
  expect((await t.read('/admin/series?q=bread')).series).toEqual([]);
  expect((await t.read('/admin/series/none')).type).toBe('urn:deja:problem:series-unknown');

  const plot = await t.read(`${path}/plot?points=30&periods=7`);
  expect(seriesPlot.strict().parse(plot)).toEqual(plot);
  expect(plot.ds).toHaveLength(37);
  expect(plot.ds[29]).toBe(daily(410).at(-1)?.ds);
  expect(plot.y.slice(30)).toEqual(Array(7).fill(null));
  expect(Object.keys(plot.components)).toEqual(expect.arrayContaining(['trend', 'weekly']));
  expect(plot.changepoints).toHaveLength(25);
});

test('a run tells where it was computed and how long its steps took, a worker what it computes', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP });
  const { body } = await t.ask('/models/sleep/run', { ms: 1500 });
  const { runs } = await t.read('/admin/runs?model=sleep');
  const id = runs[0].run;

  await expect
    .poll(async () => (await t.read('/admin/workers')).workers[0]?.running[0], SOON)
    .toMatchObject({ run: id, model: 'sleep', lane: 'long' });
  expect((await t.read(`/admin/runs/${id}`)).worker).toEqual(expect.any(String));
  await jobOf(t.url, body.job_id);
  await expect.poll(async () => (await t.read(`/admin/runs/${id}`)).attempts.length, SOON).toBe(1);

  const seen = await t.read(`/admin/runs/${id}`);
  expect(runDetail.strict().parse(seen)).toEqual(seen);
  expect(seen).toMatchObject({ state: 'succeeded', tries: 1, job_count: 1 });
  const [{ steps, outcome, worker }] = seen.attempts;
  expect(outcome).toBe('answered');
  expect(steps.map(({ step }: { step: string }) => step)).toEqual(['compute', 'store', 'publish']);
  expect(steps[0].took_s).toBeGreaterThan(1.4);
  const { workers } = await t.read('/admin/workers');
  expect(workers).toMatchObject([{ worker, slots: 1, memory_bytes: expect.any(Number) }]);
  expect(workers[0].memory_bytes).toBeGreaterThan(100e6);
});

test('at steady load Retry-After is right within a factor of 2 in 8 of 10 cases', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP, WORKER_CONCURRENCY: '2' });
  await jobOf(t.url, (await t.ask('/models/sleep/run', { ms: 800 })).body.job_id);
  const told: { job: string; retryAfterS: number }[] = [];
  for (let at = 0; at < 32; at += 1) {
    // A little more than two slots can do, each of another length.
    const { body, headers } = await t.ask('/models/sleep/run', { ms: 600 + ((at * 137) % 400) });
    told.push({ job: body.job_id, retryAfterS: Number(headers.get('retry-after')) });
    await delay(280);
  }
  const factors: number[] = [];
  for (const { job, retryAfterS } of told) {
    const { created_at, finished_at } = await jobOf(t.url, job);
    const tookS = (Date.parse(finished_at) - Date.parse(created_at)) / 1000;
    if (tookS >= 2) factors.push(Math.max(tookS, retryAfterS) / Math.min(tookS, retryAfterS));
  }

  expect(factors.length).toBeGreaterThan(10);
  expect(factors.filter((factor) => factor <= 2).length / factors.length).toBeGreaterThanOrEqual(
    0.8,
  );
  await expect
    .poll(async () => (await t.read('/admin/overview')).eta_error.count, SOON)
    .toBeGreaterThan(10);
  const { eta_error } = await t.read('/admin/overview');
  expect(eta_error.p50).toBeLessThan(2);
}, 90_000);
