/** Answers that are fresh, stale, too old, or a fallback for an error; entries are put by hand. */

import { defineModel } from '@deja/models';
import { type Answered, call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { echo, openApi } from './harness.ts';

const body = { text: 'a' };
const SECOND = 1000;

const modelWith = (cache: { staleMs?: number; staleIfErrorMs?: number; eagerRefresh?: number }) =>
  defineModel({
    name: 'echo',
    version: 1,
    input: z.strictObject({ text: z.string() }),
    output: z.strictObject({ text: z.string() }),
    cache: { freshMs: 60 * SECOND, ...cache },
    compute: ({ text }) => ({ text }),
  });

/** An API whose memory holds an answer that was computed `ageMs` ago and was fresh for a minute. */
async function openWith(ageMs: number, model = echo) {
  const api = await openApi({}, [model]);
  const { cache, memory, runs } = api.context;
  const { body: asked } = await post(`${api.url}/models/echo/run`, body);
  const run = await api.runOf(asked.job_id);
  const started = await runs.start(run, 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  await runs.finalise(
    run,
    'attempt',
    'failed',
    '{"code":"MODEL_FAILED","message":"not this time"}',
  );
  const createdAt = Date.now() - ageMs;
  const freshUntil = createdAt + 60 * SECOND;
  const { key, log, token, runSeq, tags } = started.attempt;
  await cache.reaches(token.seq);
  await memory.put({
    header: {
      ...{
        key,
        log,
        token,
        runSeq,
        tags,
        model: 'echo',
        tenant: 'default',
        digest: '',
        createdAt,
        freshUntil,
        computeMs: 7,
      },
      staleUntil: freshUntil + 3600 * SECOND,
    },
    body: Buffer.from('{"output":{"text":"stored"}}'),
  });
  const ask = (control?: string, more: Record<string, string> = {}) =>
    post(`${api.url}/models/echo/run`, body, {
      ...(control !== undefined && { 'Cache-Control': control }),
      ...more,
    });
  return { api, ask, key, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

function expectAnswer(answer: Answered, status: number, xCache: string, cacheStatus: RegExp) {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-cache')).toBe(xCache);
  expect(answer.headers.get('cache-status')).toMatch(cacheStatus);
}

test('fresh: HIT for each demand that it meets', async () => {
  await using t = await openWith(10 * SECOND);

  for (const control of [undefined, 'max-age=20', 'min-fresh=40', 'max-stale', 'only-if-cached']) {
    const answer = await t.ask(control);
    expectAnswer(answer, 200, 'HIT', /^deja; hit; ttl=(49|50); detail=memory$/);
    expect(answer.headers.get('age')).toBe('10');
  }
});

test('too old for this request: MISS, forwarded because of the request', async () => {
  await using t = await openWith(10 * SECOND);

  for (const control of ['max-age=5', 'max-age=0', 'min-fresh=55', 'max-age=20, max-age="5"'])
    expectAnswer(await t.ask(control), 202, 'MISS', /^deja; fwd=request; .*stored$/);
});

test('stale: a MISS unless the request says that it will do', async () => {
  await using t = await openWith(72 * SECOND);

  for (const control of ['max-stale', 'max-stale=20', 'max-stale=20, only-if-cached']) {
    const answer = await t.ask(control);
    expectAnswer(answer, 200, 'STALE', /^deja; hit; ttl=-1[23]; detail=memory$/);
    expect(answer.body).toMatchObject({ cached: true, cache_hit: 'memory' });
  }
  for (const control of [undefined, 'max-stale=5', 'max-age=600'])
    expectAnswer(await t.ask(control), 202, 'MISS', /^deja; fwd=uri-miss; .*stored$/);
});

test('only-if-cached and nothing that will do: 504, and nothing is computed', async () => {
  await using t = await openWith(72 * SECOND);

  const answer = await t.ask('only-if-cached');

  expect(answer).toMatchObject({ status: 504, body: { type: 'urn:deja:problem:not-cached' } });
  expect(answer.headers.get('x-cache')).toBeNull();
  expect(answer.headers.get('cache-status')).toBeNull();
  expect(await t.api.context.runs.pending()).toEqual([]);
});

test('no-store: joins nothing, shares nothing, and its job is kept for ten minutes', async () => {
  await using t = await openWith(10 * SECOND);
  const { jobs } = t.api.context;

  const [one, two] = [await t.ask('no-store'), await t.ask('no-store')];
  const run = await t.api.runOf(one.body.job_id);
  await t.api.finish(run, 'succeeded', { output: {} });
  const ended = await call(`${t.api.url}/jobs/${one.body.job_id}`);

  expectAnswer(one, 202, 'BYPASS', /^deja; fwd=request; stored=\?0$/);
  expect(two.body.deduplicated).toBe(false);
  expect(await t.api.runOf(two.body.job_id)).not.toBe(run);
  expect(ended.body.status).toBe('succeeded');
  const keptMs = Date.parse(ended.body.retained_until) - Date.parse(ended.body.finished_at);
  expect(keptMs).toBe(600_000);
  expect((await jobs.readResult(run))?.toString()).toBe('{"output":{}}');
});

test("stale-while-revalidate: the model's stale answer is served, and refreshed once", async () => {
  await using t = await openWith(72 * SECOND, modelWith({ staleMs: 30 * SECOND }));

  const answers = await Promise.all([t.ask(), t.ask(), t.ask()]);

  for (const answer of answers) expectAnswer(answer, 200, 'STALE', /^deja; hit; ttl=-1/);
  await expect
    .poll(() => t.api.context.figures.openRuns())
    .toMatchObject([{ key: t.key, lane: 'refresh' }]);
});

test('only-if-cached refreshes nothing', async () => {
  await using t = await openWith(72 * SECOND, modelWith({ staleMs: 30 * SECOND }));

  expectAnswer(await t.ask('only-if-cached'), 200, 'STALE', /ttl=-1/);

  expect(await t.api.context.figures.openRuns()).toEqual([]);
});

test('eager refresh: a HIT late in its life is refreshed in the background', async () => {
  await using early = await openWith(30 * SECOND, modelWith({ eagerRefresh: 0.9 }));
  await using late = await openWith(58 * SECOND, modelWith({ eagerRefresh: 0.9 }));

  expectAnswer(await early.ask(), 200, 'HIT', /hit/);
  expectAnswer(await late.ask(), 200, 'HIT', /hit/);

  await expect.poll(() => late.api.context.figures.openRuns()).toHaveLength(1);
  expect(await early.api.context.figures.openRuns()).toEqual([]);
});

test('stale-if-error: a stale answer is the fallback when a refresh fails', async () => {
  for (const [model, control] of [
    [echo, 'stale-if-error=60'],
    [modelWith({ staleIfErrorMs: 60 * SECOND }), undefined],
    [echo, 'no-cache, stale-if-error=60'],
  ] as const) {
    await using t = await openWith(72 * SECOND, model);
    const waiting = t.ask(control, { Prefer: 'wait=30' });
    await expect.poll(() => t.api.context.waiter.size).toBe(1);
    const [open] = await t.api.context.figures.openRuns();
    await t.api.finish(String(open?.run), 'failed', { code: 'MODEL_FAILED', message: 'why' });

    const answer = await waiting;

    const status = /^deja; fwd=stale; fwd-status=500; detail=stale-if-error$/;
    expectAnswer(answer, 200, 'STALE', status);
    expect(answer.body.output).toEqual({ text: 'stored' });
  }
});

test('stale-if-error has a bound, and is no fallback for a refused input', async () => {
  await using t = await openWith(172 * SECOND);
  for (const [control, code, expected] of [
    ['stale-if-error=60', 'MODEL_FAILED', 500],
    ['stale-if-error=600', 'INPUT_REFUSED', 422],
  ] as const) {
    const waiting = t.ask(control, { Prefer: 'wait=30' });
    await expect.poll(() => t.api.context.waiter.size).toBe(1);
    const [open] = await t.api.context.figures.openRuns();
    await t.api.finish(String(open?.run), 'failed', { code, message: 'why' });

    expect((await waiting).status).toBe(expected);
  }
});

test('an answer that was invalidated meanwhile is no fallback', async () => {
  await using t = await openWith(72 * SECOND);
  const waiting = t.ask('stale-if-error=60', { Prefer: 'wait=30' });
  await expect.poll(() => t.api.context.waiter.size).toBe(1);
  const [open] = await t.api.context.figures.openRuns();
  await call(`${t.api.url}/cache/${t.key}`, { method: 'DELETE' });
  await t.api.finish(String(open?.run), 'failed', { code: 'MODEL_FAILED', message: 'why' });

  expect((await waiting).status).toBe(500);
});

test('a replica that reports a newer computation serves it, although memory held an older answer', async () => {
  await using t = await openWith(10 * SECOND);
  const { body: asked } = await t.ask('no-cache');
  await t.api.finish(await t.api.runOf(asked.job_id), 'succeeded', { output: { text: 'new' } });

  const job = await call(`${t.api.url}/jobs/${asked.job_id}`);
  const next = await t.ask();

  expect(job.body.status).toBe('succeeded');
  expect(next.body.output).toEqual({ text: 'new' });
});

test('an entry is explained tier by tier', async () => {
  await using t = await openWith(10 * SECOND);

  const entry = await call(`${t.api.url}/cache/${t.key}`);
  await call(`${t.api.url}/cache/${t.key}`, { method: 'DELETE' });
  const invalidated = await call(`${t.api.url}/cache/${t.key}`);

  expect(entry.body).toMatchObject({
    state: 'fresh',
    compute_ms: 7,
    tiers: { memory: 'fresh', redis: 'absent' },
  });
  expect(invalidated.status).toBe(404);
});
