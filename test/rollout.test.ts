/** Two versions of a model at a time, as during a roll-out: real APIs and workers of both. */
import { randomUUID } from 'node:crypto';
import { call, post } from '@deja/testing';
import { describe, expect, inject, test } from 'vitest';
import { jobOf } from './client.ts';
import { type ApiProcess, modelPath, startApi, startWorker } from './processes.ts';

const WAIT = { Prefer: 'wait=60' };
const ask = ({ url }: ApiProcess, n: number, headers: Readonly<Record<string, string>> = WAIT) =>
  post(`${url}/models/versioned/run`, { n }, headers);

describe.each([
  ['version', { MODEL_VERSION: '1' }, { MODEL_VERSION: '2' }],
  ['engine', { MODEL_ENGINE: 'e@1' }, { MODEL_ENGINE: 'e@2' }],
])('of two that differ in their %s', (what, older, newer) => {
  const common = () => ({
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: 'off',
    DEJA_MODELS: modelPath('versioned.ts'),
  });

  test('each is answered by its own, and nothing of one from the other’s cache', async () => {
    const env = common();
    await using oldApi = await startApi({ ...env, ...older });
    await using _oldWorker = await startWorker({ ...env, ...older });
    const before = await ask(oldApi, 0);
    await using newApi = await startApi({ ...env, ...newer });
    await using _newWorker = await startWorker({ ...env, ...newer });

    const numbers = Array.from({ length: 5 }, (_, n) => n);
    const olds = numbers.map((n) => ask(oldApi, n));
    const news = numbers.map((n) => ask(newApi, n));
    const saidByOld = (await Promise.all(olds)).map(({ body }) => body);
    const saidByNew = (await Promise.all(news)).map(({ body }) => body);

    const { output } = before.body;
    expect(saidByOld.map((body) => body.output)).toEqual(numbers.map(() => output));
    const next = what === 'version' ? { ...output, version: 2 } : { ...output, engine: 'e@2' };
    expect(saidByNew.map((body) => body.output)).toEqual(numbers.map(() => next));
    expect([saidByOld[0].cached, saidByNew[0].cached]).toEqual([true, false]);
    const keys = [...saidByOld, ...saidByNew].map((body) => body.cache_key);
    expect(new Set(keys).size).toBe(10);
    expect((await call(`${newApi.url}/models/versioned`)).body).toMatchObject({
      ...next,
      live: { workers: 1, workers_of_other_versions: 1, misses: 10 },
    });
  });

  test('a run waits for a worker that has what was asked for', async () => {
    const env = common();
    await using api = await startApi({ ...env, ...older });
    await using _newWorker = await startWorker({ ...env, ...newer });

    const { body } = await ask(api, 1, {});
    await expect
      .poll(async () => (await call(`${api.url}/models/versioned`)).body.live)
      .toMatchObject({ queued: 1, running: 0, workers: 0, workers_of_other_versions: 1 });
    await using _oldWorker = await startWorker({ ...env, ...older });

    const job = await jobOf(api.url, body.job_id);
    expect(job.status).toBe('succeeded');
    expect(job.result.output).toEqual({ version: 1, engine: 'e@1' });
  });
});
