/** What a model is, and what it is doing now. */
import { defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { echo, openApi } from './harness.ts';

const run = '/models/echo/run';

test('a model describes its schemas, and how it is cached and computed', async () => {
  await using api = await openApi({ CACHE_TTL: '60' });

  const { body } = await call(`${api.url}/models/echo`);

  expect(body).toMatchObject({
    ...{ name: 'echo', version: 1, lane: 'long', scope: 'shared' },
    ...{ timeout_ms: 120_000, per_slot: 1 },
    cache: { fresh_ms: 60_000, stale_ms: 0, stale_if_error_ms: 0 },
    input: { required: ['text'], additionalProperties: false },
    output: { properties: { text: { type: 'string' } } },
    urls: { run },
  });
  expect((await call(`${api.url}/models`)).body.models).toEqual([body]);
});

test('and what it is doing now: its runs, their usual time, hits and misses, workers', async () => {
  await using api = await openApi();
  const live = async () => (await call(`${api.url}/models/echo`)).body.live;
  const { runs, workers } = api.context;
  expect(await live()).toMatchObject({ queued: 0, running: 0, hits: 0, misses: 0, workers: 0 });
  expect(await live()).not.toHaveProperty('usual_ms');

  await workers.announce('same', { slots: 2, models: [echo], about: undefined });
  await workers.announce('other', {
    slots: 2,
    models: [{ ...echo, engine: 'e@2' }],
    about: undefined,
  });
  const jobs = [];
  for (const text of ['a', 'b']) jobs.push((await post(api.url + run, { text })).body.job_id);
  const first = await api.runOf(jobs[0]);
  await runs.start(first, 'attempt');

  expect(await live()).toMatchObject({
    ...{ queued: 1, running: 1, misses: 2 },
    ...{ workers: 1, workers_of_other_versions: 1 },
  });
  await runs.finalise(first, 'attempt', 'succeeded', '{}');
  expect(await live()).toMatchObject({ queued: 1, running: 0, usual_ms: expect.any(Number) });
  await workers.leave('same');
  expect(await live()).toMatchObject({ workers: 0 });
});

test('a schema that JSON Schema can not express is described as far as it goes', async () => {
  const odd = defineModel({
    name: 'odd',
    version: 1,
    input: z.strictObject({ when: z.date(), n: z.int() }),
    output: z.any(),
    compute: () => 1,
  });
  await using api = await openApi({}, [odd]);

  const { status, body } = await call(`${api.url}/models/odd`);

  expect(status).toBe(200);
  expect(body.input).toMatchObject({ properties: { when: {}, n: { type: 'integer' } } });
});
