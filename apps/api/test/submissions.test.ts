/** Deadlines of a job's own, idempotent submissions, batches. */
import { call, post } from '@deja/testing';
import { describe, expect, test } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

test('Cancel-After is the deadline of this job alone', async () => {
  await using api = await openApi();
  const { body: hasty } = await post(`${api.url}${run}`, { text: 'a' }, { 'Cancel-After': '1s' });
  const { body: patient } = await post(`${api.url}${run}`, { text: 'a' });

  const ended = await call(`${api.url}/jobs/${hasty.job_id}`, { headers: { Prefer: 'wait=30' } });
  const other = await call(`${api.url}/jobs/${patient.job_id}`);

  expect(ended.body.status).toBe('expired');
  expect(Date.parse(ended.body.deadline_at) - Date.parse(ended.body.created_at)).toBe(1000);
  expect(other.body.status).toBe('queued');
});

test('an equal Idempotency-Key gives the same job, quoted or not, however often it is sent', async () => {
  await using api = await openApi();
  const send = (key: string) => post(`${api.url}${run}`, { text: 'a' }, { 'Idempotency-Key': key });

  const answers = await Promise.all([send('"k1"'), send('k1'), send('"k1"'), send('k1')]);
  const other = await send('k2');

  expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(other.body.job_id).not.toBe(answers[0]?.body.job_id);
});

test('it gives that job also after its end, and its result to who waits', async () => {
  await using api = await openApi();
  const headers = { 'Idempotency-Key': 'k' };
  const { body } = await post(`${api.url}${run}`, { text: 'a' }, headers);
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });

  const again = await post(`${api.url}${run}`, { text: 'a' }, headers);
  const waiting = await post(`${api.url}${run}`, { text: 'a' }, { ...headers, Prefer: 'wait=5' });

  expect(again.body).toMatchObject({ job_id: body.job_id, status: 'succeeded' });
  expect(waiting).toMatchObject({ status: 200, body: { output: { text: 'a' } } });
});

test('an Idempotency-Key that was used for another question is 422', async () => {
  await using api = await openApi();
  const headers = { 'Idempotency-Key': 'k' };
  await post(`${api.url}${run}`, { text: 'a' }, headers);

  const other = await post(`${api.url}${run}`, { text: 'b' }, headers);
  const spelt = await post(`${api.url}${run}`, ' { "text" : "a" } ', headers);

  expect(other).toMatchObject({
    status: 422,
    body: { type: 'urn:deja:problem:idempotency-conflict' },
  });
  expect(spelt.status).toBe(202);
});

test('a key that made no job is free for another question', async () => {
  await using api = await openApi({ QUEUE_MAX: '1' });
  const ask = (text: string, headers = {}) =>
    post(`${api.url}${run}`, { text }, { 'Idempotency-Key': 'k', ...headers });

  const notStored = await ask('a', { 'Cache-Control': 'only-if-cached' });
  const { body: first } = await post(`${api.url}${run}`, { text: 'first' });
  const full = await ask('b');
  await api.finish(await api.runOf(first.job_id), 'succeeded', { output: { text: 'first' } });
  const hit = await ask('first');
  const made = await ask('c');
  const other = await ask('a');

  expect(notStored.status).toBe(504);
  expect(full.status).toBe(503);
  expect(hit.status).toBe(200);
  expect(made.status).toBe(202);
  expect(other.body).toMatchObject({ type: 'urn:deja:problem:idempotency-conflict' });
});

test('it is replayed before admission: a full queue does not refuse what it has taken', async () => {
  await using api = await openApi({ QUEUE_MAX: '1' });
  const headers = { 'Idempotency-Key': 'k' };
  const { body } = await post(`${api.url}${run}`, { text: 'a' }, headers);
  await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });
  await post(`${api.url}${run}`, { text: 'b' });

  const replayed = await post(`${api.url}${run}`, { text: 'a' }, headers);

  expect(replayed).toMatchObject({
    status: 409,
    body: { type: 'urn:deja:problem:job-canceled' },
  });
});

test('a batch answers each item as it would have been alone', async () => {
  await using api = await openApi();
  const { body: first } = await post(`${api.url}${run}`, { text: 'known' });
  await api.finish(await api.runOf(first.job_id), 'succeeded', { output: { text: 'known' } });
  const inputs = [{ text: 'a' }, { text: '' }, { text: 'a' }, { text: 'known' }, 7];

  const { status, body } = await post(`${api.url}/batch`, { model: 'echo', inputs });

  expect(status).toBe(200);
  const statuses = body.items.map((item: { status: number }) => item.status);
  expect(statuses).toEqual([202, 422, 202, 200, 422]);
  const [one, refused, two, hit] = body.items.map((item: { body: unknown }) => item.body);
  expect(two.cache_key).toBe(one.cache_key);
  expect(two.job_id).not.toBe(one.job_id);
  expect(await api.runOf(two.job_id)).toBe(await api.runOf(one.job_id));
  expect(refused).toMatchObject({ status: 422, errors: [{ path: '/text' }] });
  expect(hit).toMatchObject({ cached: true, output: { text: 'known' } });
});

test('a batch of a thousand is taken, one more is refused', async () => {
  await using api = await openApi();
  const inputs = Array.from({ length: 1000 }, (_, i) => ({ text: `t${i % 50}` }));

  const full = await post(`${api.url}/batch`, { model: 'echo', inputs });
  const over = await post(`${api.url}/batch`, { model: 'echo', inputs: [...inputs, 1] });

  const statuses = full.body.items.map((item: { status: number }) => item.status);
  expect(new Set(statuses)).toEqual(new Set([202]));
  expect(await api.context.figures.openRuns()).toHaveLength(50);
  expect(over).toMatchObject({ status: 422, body: { errors: [{ path: '/inputs' }] } });
});

test('a batch for an unknown model, or with unknown members, is refused whole', async () => {
  await using api = await openApi();

  const unknown = await post(`${api.url}/batch`, { model: 'nobody', inputs: [1] });
  const more = await post(`${api.url}/batch`, { model: 'echo', inputs: [1], 'e/x~': 1 });

  expect(unknown).toMatchObject({ status: 422, body: { errors: [{ path: '/model' }] } });
  expect(more).toMatchObject({ status: 422, body: { errors: [{ path: '/e~1x~0' }] } });
});

test('an unknown member is refused at its JSON Pointer before anything is computed', async () => {
  await using api = await openApi();
  const inputs = [{ text: 'a' }, { text: 'b', 'c/d': 1 }];

  const whole = await post(`${api.url}/batch`, { model: 'echo', inputs, 'inputs~': [] });
  expect(whole).toMatchObject({ status: 422, body: { errors: [{ path: '/inputs~0' }] } });
  expect(await api.context.figures.openRuns()).toEqual([]);

  const { body } = await post(`${api.url}/batch`, { model: 'echo', inputs });
  expect(body.items[1]).toMatchObject({ status: 422, body: { errors: [{ path: '/c~1d' }] } });
  expect(await api.context.figures.openRuns()).toHaveLength(1);
});

test('a batch says little of what it refuses, however long it is', async () => {
  await using api = await openApi();
  const members = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`.repeat(999), 1]));

  const { body } = await post(`${api.url}/batch`, { model: 'echo', inputs: [members] });

  const [{ body: problem }] = body.items;
  expect(problem.errors).toHaveLength(20);
  expect(JSON.stringify(problem).length).toBeLessThan(10_000);
  expect(problem.detail.length).toBeLessThan(1100);
});

describe('what a submission tells agrees with its job', () => {
  const key = { 'Idempotency-Key': 'k' };
  const ask = (api: { url: string }, headers: Record<string, string> = {}) =>
    post(`${api.url}${run}`, { text: 'a' }, headers);

  test.each(['canceled', 'expired', 'failed'] as const)(
    'an Idempotency-Key that is replayed after its job has %s answers as the result does',
    async (end) => {
      await using api = await openApi();
      const { body } = await ask(api, { ...key, 'Cancel-After': '1s' });
      if (end === 'canceled') await call(`${api.url}${body.urls.self}`, { method: 'DELETE' });
      if (end === 'failed')
        await api.finish(await api.runOf(body.job_id), 'failed', {
          ...{ code: 'MODEL_FAILED', message: 'why' },
        });
      const statusNow = async () => (await call(`${api.url}${body.urls.self}`)).body.status;
      await expect.poll(statusNow, { timeout: 5000 }).toBe(end);

      const result = await call(`${api.url}${body.urls.result}`);
      const replayed = await ask(api, key);
      const waiting = await ask(api, { ...key, Prefer: 'wait=5' });

      expect(result.status).toBeGreaterThan(400);
      for (const { status, body, headers } of [replayed, waiting]) {
        expect({ status, body }).toEqual({ status: result.status, body: result.body });
        expect(headers.has('retry-after')).toBe(false);
      }
    },
  );

  test('one that is replayed after its job has succeeded answers with the result, and names the job', async () => {
    await using api = await openApi();
    const { body } = await ask(api, key);
    await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });

    const result = await call(`${api.url}${body.urls.result}`);
    const replayed = await ask(api, key);

    expect(replayed.status).toBe(200);
    expect(replayed.body).toMatchObject(result.body);
    expect(replayed.headers.get('location')).toBe(body.urls.self);
  });

  test.each([
    [{ 'Cancel-After': '30s' }, {}],
    [{ 'Cancel-After': '2h' }, {}],
    [{ 'Cache-Control': 'no-store' }, {}],
    [{ 'Cache-Control': 'no-store' }, { JOB_RETENTION_S: '60' }],
    [{ 'Idempotency-Key': 'k', 'Cancel-After': '5m' }, { JOB_DEADLINE_S: '100' }],
    [{}, { JOB_DEADLINE_S: '100', JOB_RETENTION_S: '200' }],
  ])('retained_until, with %j and %j', async (headers, env) => {
    await using api = await openApi({ ...env });
    const submitted = [await ask(api, { ...headers }), await ask(api, { ...headers })];

    for (const { status, body } of submitted) {
      const job = await call(`${api.url}${body.urls.self}`);
      expect([status, body.retained_until]).toEqual([202, job.body.retained_until]);
    }
  });

  test('a batch answers only if this replica knows X-Cache-Min-Seq', async () => {
    await using api = await openApi();
    const batch = (seq: string) =>
      post(
        `${api.url}/batch`,
        { model: 'echo', inputs: [{ text: 'a' }] },
        { 'X-Cache-Min-Seq': seq },
      );

    expect((await batch('1000000')).status).toBe(503);
    expect((await batch('0')).status).toBe(200);
  });
});
