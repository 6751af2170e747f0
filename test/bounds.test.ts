/**
 * G10: every bound has a default, a setting, and an answer that says what was exceeded. Real API
 * processes with small bounds. docs/guarantees.md lists the bounds that are tested elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { type Answered, call, post } from '@deja/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { series } from './client.ts';
import { type ApiProcess, startApi, startWorker, temporaryDir } from './processes.ts';
import { newSecret, webhookEnv } from './receiver.ts';

const WAIT = { Prefer: 'wait=60' };

const common = () => ({
  REDIS_URL: inject('redisUrl'),
  REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
  CACHE_DIR: 'off',
});

function expectProblem({ status, body }: Answered, name: string, detail: string) {
  expect(body).toMatchObject({ type: `urn:deja:problem:${name}`, status });
  expect(body.detail).toContain(detail);
}

describe('G10 Everything is bounded: of what is asked,', () => {
  const small = {
    ...{ MAX_BODY_MB: '1', MAX_TEXT_CHARS: '100', MAX_POINTS: '50', MAX_PERIODS: '20' },
    ...{ MAX_SAMPLE_STEPS: '1000', MAX_REGRESSORS: '1', MAX_FOURIER_ORDER: '5' },
    ...{ MAX_HOLIDAY_DAYS: '2', MAX_CUTOFFS: '2', MAX_DATA_CHANGE: '0.2', MAX_MODEL_AGE_S: '100' },
  };
  const forecast = (more: object) => ({ model_id: 'm', data: series(40), periods: 5, ...more });
  const options = (more: object) => forecast({ options: more });
  const holiday = (ds: string) => ({ holiday: 'h', ds });
  const holidays = ['2020-01-01', '2020-01-02', '2020-01-03'].map(holiday);
  const regressors = [{ name: 'a' }, { name: 'b' }];
  const inputs = Array(1001).fill({ text: 'a' });
  const cutoffs = { horizon: '1 days', period: '1 days', initial: '10 days' };
  let api: ApiProcess;
  beforeAll(async () => {
    api = await startApi({ ...common(), ...small });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  test('the body', async () => {
    const answer = await post(`${api.url}/predict`, { text: 'x'.repeat(1_100_000) });

    expect(answer.status).toBe(413);
    expectProblem(answer, 'body-too-large', 'at most 1048576 bytes');
  });

  test.each([
    ['text', '/predict', { text: 'x'.repeat(101) }, '/text', '100'],
    ['points', '/forecast', forecast({ data: series(51) }), '/data', '50'],
    ['periods', '/forecast', forecast({ periods: 21 }), '/periods', '20'],
    [
      'samples',
      '/forecast',
      options({ uncertainty_samples: 201 }),
      '/options/uncertainty_samples',
      '1000',
    ],
    ['regressors', '/forecast', options({ regressors }), '/options/regressors', '1'],
    [
      'seasonal terms',
      '/forecast',
      options({ weekly_seasonality: 6 }),
      '/options/weekly_seasonality',
      '5',
    ],
    ['holidays', '/forecast', options({ holidays }), '/options/holidays', '2'],
    [
      'change of data',
      '/forecast',
      options({ max_data_change: 0.3 }),
      '/options/max_data_change',
      '0.2',
    ],
    [
      'age of a model',
      '/forecast',
      options({ max_model_age_s: 101 }),
      '/options/max_model_age_s',
      '100',
    ],
    [
      'cutoffs',
      '/forecast/cross-validate',
      { ...forecast({}), periods: undefined, ...cutoffs },
      '/period',
      '2',
    ],
    ['questions of a batch', '/batch', { model: 'sentiment', inputs }, '/inputs', '1000'],
  ])('the %s', async (_what, path, body, pointer, bound) => {
    const answer = await post(api.url + path, body);

    expect(answer.status).toBe(422);
    expectProblem(answer, 'input-refused', bound);
    expect(answer.body.errors).toMatchObject([{ path: pointer }]);
  });
});

describe('G10 Everything is bounded: of what is under way,', () => {
  const small = { QUEUE_MAX: '2', MAX_JOBS_PER_RUN: '2', MAX_WAITERS: '0', MAX_DELIVERIES: '1' };
  let api: ApiProcess;
  beforeAll(async () => {
    api = await startApi({ ...common(), ...webhookEnv(newSecret()), ...small });
  });
  afterAll(() => api[Symbol.asyncDispose]());
  const ask = (text: string, more = {}) => post(`${api.url}/predict`, { text, ...more });

  function expectFull(answer: Answered) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expectProblem(answer, 'queue-full', 'full');
  }

  test('the jobs of a run', async () => {
    const joined = await Promise.all([ask('a'), ask('a')]);

    expect(joined.map(({ status }) => status)).toEqual([202, 202]);
    expectFull(await ask('a'));
  });

  test('the requests that wait: beyond that they are answered at once', async () => {
    const startedAt = performance.now();
    const { status } = await post(`${api.url}/predict`, { text: 'b' }, WAIT);

    expect(status).toBe(202);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  test('the open runs', async () => {
    await Promise.all(['a', 'b'].map((text) => ask(text)));

    expectFull(await ask('c'));
  });

  test('the deliveries that are pending', async () => {
    const webhook = { url: 'http://127.0.0.1:9/' };
    const { body } = await ask('b', { webhook });
    await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });

    expectFull(await ask('b', { webhook }));
  });
});

test('G10 Everything is bounded: the entries in memory', async () => {
  using dir = temporaryDir();
  const env = { ...common(), CACHE_DIR: dir.path, CACHE_MAX_SIZE: '2' };
  await using api = await startApi(env);
  await using _worker = await startWorker(env);
  const ask = (text: string) => post(`${api.url}/predict`, { text }, WAIT);
  const texts = ['good', 'bad', 'fine', 'poor'];

  for (const text of texts) {
    await ask(text);
    expect((await ask(text)).headers.get('x-cache')).toBe('HIT');
  }

  const { body } = await call(`${api.url}/cache/stats`);
  expect(body).toMatchObject({ size: 2, max_size: 2, evictions: 2 });
});
