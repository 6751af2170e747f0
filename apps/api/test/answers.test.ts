/** What good requests get. The runs are ended by hand here; test/ has them computed. */

import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

test('a MISS is 202 with a job, and equal requests share its run', async () => {
  await using api = await openApi();

  const first = await post(`${api.url}${run}`, { text: 'a' });
  const second = await post(`${api.url}${run}`, { text: 'a' });

  expect(first.status).toBe(202);
  expect(first.headers.get('location')).toBe(first.body.urls.self);
  expect(first.headers.get('retry-after')).toBe('1');
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect(first.headers.get('cache-status')).toBe('deja; fwd=uri-miss; stored');
  expect(first.body).toMatchObject({ status: 'queued', cached: false, deduplicated: false });
  expect(second.body).toMatchObject({ deduplicated: true, cache_key: first.body.cache_key });
  expect(second.body.job_id).not.toBe(first.body.job_id);
  expect(second.headers.get('cache-status')).toBe('deja; fwd=uri-miss; collapsed; stored');
  expect(await api.runOf(second.body.job_id)).toBe(await api.runOf(first.body.job_id));
});

test('the key depends on the input and not on its spelling', async () => {
  await using api = await openApi();
  const keyOf = async (body: string) =>
    (await post(`${api.url}${run}`, body)).headers.get('x-cache-key');

  const key = await keyOf('{"text":"é"}');

  expect(await keyOf('  { "text" : "\\u00e9" } ')).toBe(key);
  expect(await keyOf('{"text":"e\\u0301"}')).toBe(key);
  expect(await keyOf('{"text":"e"}')).not.toBe(key);
});

test('Prefer: wait holds the request until the run has ended', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });

  const waiting = post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'respond-async, wait=30' });
  await expect.poll(() => api.context.waiter.size).toBe(1);
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });
  const answer = await waiting;

  expect(answer.status).toBe(200);
  expect(answer.headers.get('preference-applied')).toBe('wait=30');
  expect(answer.headers.get('x-cache')).toBe('MISS');
  expect(answer.body).toEqual({
    cached: false,
    cache_hit: 'none',
    cache_key: body.cache_key,
    output: { text: 'a' },
  });
});

test('Prefer: wait is clamped, and 202 comes when the time is up', async () => {
  await using api = await openApi({ MAX_WAIT: '1' });

  const answer = await post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'wait=9999' });

  expect(answer.status).toBe(202);
  expect(answer.headers.get('preference-applied')).toBe('wait=1');
});

test('beyond the most waiters a request is answered 202 at once', async () => {
  await using api = await openApi({ MAX_WAITERS: '0' });

  const answer = await post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'wait=60' });

  expect(answer.status).toBe(202);
});

test('a job is polled, and its result is the answer', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  const queued = await call(`${api.url}${body.urls.self}`);
  const pending = await call(`${api.url}${body.urls.result}`);

  const polling = call(`${api.url}${body.urls.self}`, { headers: { Prefer: 'wait=30' } });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });
  const ended = await polling;
  const result = await call(`${api.url}${body.urls.result}`);

  expect(queued.body).toMatchObject({ status: 'queued', model: { name: 'echo', version: 1 } });
  expect(queued.body).not.toHaveProperty('result');
  expect(pending.status).toBe(202);
  expect(ended.body).toMatchObject({ status: 'succeeded', result: { output: { text: 'a' } } });
  expect(result).toMatchObject({ status: 200, body: { cached: false, output: { text: 'a' } } });
});

test('a run that failed is a problem, by each way of asking', async () => {
  await using api = await openApi();
  const cases = [
    ['INPUT_REFUSED', 422, 'input-refused'],
    ['MODEL_FAILED', 500, 'model-failed'],
    ['MODEL_TIMED_OUT', 504, 'model-timed-out'],
    ['MODEL_OUT_OF_MEMORY', 500, 'model-out-of-memory'],
    ['RUN_POISONED', 500, 'run-poisoned'],
  ] as const;
  for (const [code, status, name] of cases) {
    const { body } = await post(`${api.url}${run}`, { text: code });
    const waiting = post(`${api.url}${run}`, { text: code }, { Prefer: 'wait=30' });
    await expect.poll(() => api.context.waiter.size).toBe(1);
    const failure = { code, message: 'why', issues: [{ path: '/text', message: 'why' }] };
    await api.finish(await api.runOf(body.job_id), 'failed', failure);

    const problem = { type: `urn:deja:problem:${name}`, status, detail: 'why' };
    expect(await waiting).toMatchObject({ status, body: problem });
    expect(await call(`${api.url}${body.urls.result}`)).toMatchObject({ status, body: problem });
    expect((await call(`${api.url}${body.urls.self}`)).body).toMatchObject({
      status: 'failed',
      error: { ...problem, errors: failure.issues },
    });
  }
});

test('G5 Only successes are cached: after a failure the next request computes again', async () => {
  await using api = await openApi();
  const first = await post(`${api.url}${run}`, { text: 'a' });
  const failed = await api.runOf(first.body.job_id);
  await api.finish(failed, 'failed', { code: 'MODEL_FAILED', message: 'why' });

  const second = await post(`${api.url}${run}`, { text: 'a' });

  expect(second.status).toBe(202);
  expect(await api.runOf(second.body.job_id)).not.toBe(failed);
});

test('a job whose deadline has passed is expired, 504', async () => {
  await using api = await openApi({ JOB_DEADLINE_S: '1' });
  const { body } = await post(`${api.url}${run}`, { text: 'a' });

  const ended = await call(`${api.url}${body.urls.self}`, { headers: { Prefer: 'wait=30' } });

  expect(ended.body).toMatchObject({ status: 'expired', error: { status: 504 } });
  expect((await call(`${api.url}${body.urls.result}`)).status).toBe(504);
});

test('a request just after the end of its run is a HIT', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });

  const hit = await post(`${api.url}${run}`, { text: 'a' });

  expect(hit.status).toBe(200);
  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(hit.headers.get('x-cache-tier')).toBe('redis');
  expect(hit.headers.get('age')).toBe('0');
  expect(hit.body).toMatchObject({ cached: true, cache_hit: 'redis', output: { text: 'a' } });
});

test('no-cache computes again, and joins only a run that has not started', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });
  const headers = { 'Cache-Control': 'no-cache' };

  const one = await post(`${api.url}${run}`, { text: 'a' }, headers);
  const two = await post(`${api.url}${run}`, { text: 'a' }, headers);

  expect(one.status).toBe(202);
  expect(one.headers.get('x-cache')).toBe('BYPASS');
  expect(one.headers.get('cache-status')).toBe('deja; fwd=request; stored');
  expect(two.body.deduplicated).toBe(true);
});

test('a full queue is 503 with Retry-After, and joins are still admitted', async () => {
  await using api = await openApi({ QUEUE_MAX: '1' });
  await post(`${api.url}${run}`, { text: 'a' });

  const full = await post(`${api.url}${run}`, { text: 'b' });
  const join = await post(`${api.url}${run}`, { text: 'a' });

  expect(full).toMatchObject({ status: 503, body: { type: 'urn:deja:problem:queue-full' } });
  expect(full.headers.get('retry-after')).toBe('1');
  expect(join.status).toBe(202);
});

test('X-Cache-Min-Seq asks for a replica that knows of that invalidation', async () => {
  await using api = await openApi();
  const { body } = await call(`${api.url}/cache?tag=text:a`, { method: 'DELETE' });

  const known = await post(`${api.url}${run}`, { text: 'a' }, { 'X-Cache-Min-Seq': `${body.seq}` });
  const beyond = { 'X-Cache-Min-Seq': `${body.seq + 1000}` };

  expect(body).toMatchObject({ message: 'Cache invalidated for text:a', scope: 'tag:text:a' });
  expect(known.status).toBe(202);
  expect((await post(`${api.url}${run}`, { text: 'a' }, beyond)).status).toBe(503);
});

test("a client's request id comes back, one that is not well formed is replaced", async () => {
  await using api = await openApi();
  const idOf = async (given: string) =>
    (await call(`${api.url}/healthz`, { headers: { 'X-Request-Id': given } })).headers.get(
      'x-request-id',
    );

  expect(await idOf('abc-123')).toBe('abc-123');
  expect(await idOf('two words')).not.toBe('two words');
});

test('a job is canceled alone; its run stops when nobody wants it any more', async () => {
  await using api = await openApi();
  const { body: one } = await post(`${api.url}${run}`, { text: 'a' });
  const { body: two } = await post(`${api.url}${run}`, { text: 'a' });
  const cancel = (id: string) => call(`${api.url}/jobs/${id}`, { method: 'DELETE' });

  const canceled = await cancel(one.job_id);
  const again = await cancel(one.job_id);
  const other = await call(`${api.url}/jobs/${two.job_id}`);
  const open = await api.context.figures.openRuns();
  await cancel(two.job_id);

  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(again).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(other.body.status).toBe('queued');
  expect(open).toHaveLength(1);
  expect(await api.context.figures.openRuns()).toEqual([]);
  expect((await call(`${api.url}/jobs/${one.job_id}/result`)).status).toBe(409);
});

test('a job that has ended otherwise cannot be canceled: 409', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });

  const answer = await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });

  expect(answer).toMatchObject({ status: 409, body: { type: 'urn:deja:problem:job-ended' } });
});

test('a job that joins while another is canceled gets a run that goes on', async () => {
  await using api = await openApi();
  const { body: first } = await post(`${api.url}${run}`, { text: 'a' });
  await call(`${api.url}/jobs/${first.job_id}`, { method: 'DELETE' });

  const { body: second } = await post(`${api.url}${run}`, { text: 'a' });

  expect(second.deduplicated).toBe(false);
  expect(await api.context.figures.openRuns()).toHaveLength(1);
});

test('a job reports its place in the queue, and when it will be ready once that can be estimated', async () => {
  await using api = await openApi();
  const { body: first } = await post(`${api.url}${run}`, { text: 'first' });
  const { body: second } = await post(`${api.url}${run}`, { text: 'second' });
  const before = await call(`${api.url}/jobs/${second.job_id}`);

  const id = await api.runOf(first.job_id);
  await api.context.runs.start(id, 'attempt');
  const moved = await call(`${api.url}/jobs/${second.job_id}`);
  await api.context.runs.finalise(id, 'attempt', 'succeeded', '{}');
  const after = await call(`${api.url}/jobs/${second.job_id}`);

  expect(before.body.queue_position).toBe(1);
  expect(before.body).not.toHaveProperty('estimated_ready_at');
  expect(moved.body.queue_position).toBe(0);
  expect(after.body).toHaveProperty('estimated_ready_at');
  expect(after.headers.get('retry-after')).toBe('1');
});

test('metrics report the queue and the times of runs', async () => {
  await using api = await openApi();
  const { body: first } = await post(`${api.url}${run}`, { text: 'first' });
  await post(`${api.url}${run}`, { text: 'second' });
  await api.finish(await api.runOf(first.job_id), 'succeeded', {});

  const metrics = await (await fetch(`${api.url}/metrics`)).text();

  expect(metrics).toContain('deja_queue_depth{lane="long"} 1\n');
  expect(metrics).toContain('deja_open_runs 1\n');
  expect(metrics).toContain('deja_run_seconds_count{model="echo"} 1\n');
  expect(metrics).toContain('deja_queue_seconds_count{model="echo"} 1\n');
  expect(metrics).toMatch(/deja_http_requests_total\{.*status="202".*\} 2/);
});
