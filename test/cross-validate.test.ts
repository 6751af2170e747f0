/** Cross-validation through a real API and a real worker. */
import { randomUUID } from 'node:crypto';
import { call, post } from '@deja/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { type ApiProcess, type AppProcess, startApi, startWorker } from './processes.ts';

let api: ApiProcess;
let worker: AppProcess;

beforeAll(async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const env = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix, CACHE_DIR: 'off' };
  [api, worker] = await Promise.all([startApi(env), startWorker(env)]);
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const path = '/forecast/cross-validate';
const wait = { Prefer: 'wait=60' };
const body = (more: object = {}) => ({
  model_id: 'sales',
  data: series(120),
  initial: '60 days',
  period: '20 days',
  horizon: '20 days',
  ...more,
});

test('each cutoff is a run, and the answer is made of theirs', async () => {
  const answer = await post(api.url + path, body(), wait);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('preference-applied')).toBe('wait=60');
  expect(answer.headers.get('x-cache')).toBe('MISS');
  expect(answer.body).toMatchObject({ cached: false, model_id: 'sales', warnings: [] });
  expect(answer.body.cutoffs).toEqual(['2020-03-20', '2020-04-09']);
  expect(answer.body.forecasts).toHaveLength(40);
  expect(answer.body.performance.at(-1).horizon).toBe('20 days');
  // The series has no noise: Prophet finds it again but for the year that it cannot know.
  expect(answer.body.performance[0].mae).toBeLessThan(0.5);
  for (const { cache_key } of answer.body.runs)
    expect((await call(`${api.url}/cache/${cache_key}`)).body.tags).toContain('model_id:sales');
});

test('asked again it comes from the cache, with other windows of the metrics, too', async () => {
  const first = await post(api.url + path, body({ model_id: 'again' }), wait);
  const again = await post(api.url + path, body({ model_id: 'again' }));
  const other = await post(api.url + path, body({ model_id: 'again', rolling_window: 1 }));

  expect(again.status).toBe(200);
  expect(again.headers.get('x-cache')).toBe('HIT');
  expect(again.body).toEqual({ ...first.body, cached: true });
  expect(other.body.cached).toBe(true);
  expect(other.body.performance).toHaveLength(1);
});

test('without waiting it names the jobs, and comes together when they have ended', async () => {
  const asked = body({ model_id: 'patient' });
  const pending = await post(api.url + path, asked);
  expect(pending.status).toBe(202);
  expect(Number(pending.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(pending.body).toMatchObject({ status: 'running', total: 2, done: 0 });

  for (const { job_id } of pending.body.runs) await jobOf(api.url, job_id);

  expect((await post(api.url + path, asked)).status).toBe(200);
});

test('what a forecast of the cut series that takes no other model has computed is not computed again', async () => {
  const data = series(120);
  const options = { max_data_change: 0 };
  const plain = { model_id: 'plain', data: data.slice(0, 80), periods: 20, options };
  const { body: forecast } = await post(`${api.url}/forecast`, plain, wait);

  const { body: answer } = await post(api.url + path, body({ model_id: 'plain' }), wait);

  expect(answer.runs[0].cache_key).toBe(forecast.cache_key);
});

test('bad windows are refused at their place', async () => {
  for (const [more, pointer] of [
    [{ horizon: 'a while' }, '/horizon'],
    [{ horizon: '300 days' }, '/horizon'],
    [{ initial: '110 days' }, '/initial'],
    [{ period: '1 s' }, '/period'],
    [{ cutoffs: ['2020-01-01'] }, '/cutoffs/0'],
    [{ periods: 3 }, '/periods'],
    [{ data: 1 }, '/data'],
  ] as const) {
    const refused = await post(api.url + path, body(more));
    expect([refused.status, refused.body.errors?.[0].path]).toEqual([422, pointer]);
  }
  const noStore = await post(api.url + path, body(), { 'Cache-Control': 'no-store' });
  expect(noStore.status).toBe(400);
});
