/** Two tenants at one API: what is reached by a name is each one's own (G11). */
import { createForecastModel, defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createListener } from '../src/app.ts';
import { openApi } from './harness.ts';
import { bearer, memoryKeys, principal } from './memory-keys.ts';

const shared = defineModel({
  name: 'shared',
  version: 1,
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  compute: ({ text }) => ({ text }),
});
const forecast = createForecastModel();
const data = Array.from({ length: 20 }, (_, day) => ({
  ds: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
  y: day % 7,
}));
const series = { model_id: 'sales', data, periods: 3 };

let api: Awaited<ReturnType<typeof openApi>>;
const [a, b, admin] = ['key-a', 'key-b', 'key-admin'].map(bearer) as [
  ...[{ Authorization: string }, { Authorization: string }, { Authorization: string }],
];

beforeAll(async () => {
  const keys = memoryKeys();
  for (const tenant of ['a', 'b', 'c'])
    keys.set(`key-${tenant}`, {
      is: 'known',
      principal: principal(['ask', 'read', 'invalidate'], { tenant }),
    });
  const env = {
    AUTH: 'required',
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  };
  api = await openApi(env, [shared, forecast], createListener, keys);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const run = () => `${api.url}/models/shared/run`;

test('another tenant’s job is 404 on every route of jobs, and is not changed', async () => {
  const { body } = await post(run(), { text: 'a job' }, a);
  const job = `${api.url}/jobs/${body.job_id}`;
  const routes = [
    ...[
      ['GET', job],
      ['GET', `${job}/result`],
      ['GET', `${job}/events`],
    ],
    ...[
      ['GET', `${job}/deliveries`],
      ['POST', `${job}/deliveries/${body.job_id}-completed/redeliver`],
      ['DELETE', job],
    ],
  ] as const;

  for (const [method = '', url = ''] of routes) {
    const other = await call(url, { method, headers: b });
    expect([method, url, other.status]).toEqual([method, url, 404]);
  }
  expect((await call(job, { headers: a })).body.status).toBe('queued');
  expect((await call(job, { headers: admin })).body.status).toBe('queued');
  expect((await call(job, { method: 'DELETE', headers: a })).status).toBe(200);
});

test('the job of an answer that was there already is its tenant’s own, too', async () => {
  const first = await post(run(), { text: 'stored' }, b);
  await api.finish(await api.runOf(first.body.job_id), 'succeeded', { text: 'stored' });
  const webhook = { url: 'https://hooks.example/x' };

  const hit = await post(run(), { text: 'stored', webhook }, a);

  expect(hit.headers.get('x-cache')).toBe('HIT');
  const url = `${api.url}/jobs/${hit.body.job_id}`;
  expect((await call(url, { headers: a })).status).toBe(200);
  expect((await call(url, { headers: b })).status).toBe(404);
});

test('one Idempotency-Key names a job of each tenant', async () => {
  const key = { 'Idempotency-Key': 'k1' };

  const one = await post(run(), { text: 'of a' }, { ...a, ...key });
  const again = await post(run(), { text: 'of a' }, { ...a, ...key });
  const other = await post(run(), { text: 'of b' }, { ...b, ...key });

  expect(again.body.job_id).toBe(one.body.job_id);
  expect(other.status).toBe(202);
  expect(other.body.job_id).not.toBe(one.body.job_id);
});

test('a forecast’s key is each tenant’s own, by every way to ask; a shared model’s is not', async () => {
  const keysOf = async (headers: object) => {
    const { headers: one } = await post(`${api.url}/forecast`, series, { ...headers });
    const known = await post(`${api.url}/forecast`, series, { ...headers });
    const batch = await post(
      `${api.url}/batch`,
      { model: 'forecast', inputs: [series] },
      { ...headers },
    );
    const told = await post(
      `${api.url}/explain`,
      { model: 'forecast', input: series },
      { ...headers },
    );
    return new Set([
      ...[one.get('x-cache-key'), known.headers.get('x-cache-key')],
      ...[batch.body.items[0].body.cache_key, told.body.cache_key],
    ]);
  };

  const [ofA, ofB] = [await keysOf(a), await keysOf(b)];

  expect(ofA.size).toBe(1);
  expect(ofB.size).toBe(1);
  expect([...ofA]).not.toEqual([...ofB]);
  const keyOf = async (headers: object) =>
    (await post(run(), { text: 'x' }, { ...headers })).headers.get('x-cache-key');
  expect(await keyOf(a)).toBe(await keyOf(b));
});

test('an invalidation is its tenant’s own, an admin’s is everybody’s', async () => {
  const { cache } = api.context;
  const spies = [
    vi.spyOn(cache, 'invalidateTag'),
    vi.spyOn(cache, 'invalidateAll'),
    vi.spyOn(cache, 'invalidateKey'),
  ];
  const requests = [
    ['POST', '/invalidate-cache/sales'],
    ['DELETE', '/cache?tag=model:forecast'],
    ['DELETE', '/cache'],
    ['DELETE', `/cache/${'0'.repeat(64)}`],
  ] as const;

  for (const headers of [a, admin])
    for (const [method, path] of requests)
      expect((await call(api.url + path, { method, headers })).status).toBe(200);

  const [tags, all, ofKey] = spies.map((spy) => spy.mock.calls.map((args) => args.at(-1)));
  expect(tags).toEqual(['a', 'a', undefined, undefined]);
  expect(all).toEqual(['a', undefined]);
  expect(ofKey).toEqual(['a', undefined]);
});

test('an entry of another tenant’s own is unknown', async () => {
  const { cache, memory, runs } = api.context;
  const { body, headers } = await post(`${api.url}/forecast`, { ...series, periods: 4 }, a);
  const started = await runs.start(await api.runOf(body.job_id), 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  const { log, token, runSeq } = started.attempt;
  await cache.reaches(token.seq);
  const key = String(headers.get('x-cache-key'));
  const times = { createdAt: Date.now(), freshUntil: Date.now() + 60_000, computeMs: 1 };
  const made = { log, token, runSeq, tags: [], digest: '', tenant: 'a', ...times };
  await memory.put({
    header: { ...made, key, model: 'forecast', staleUntil: times.freshUntil },
    body: Buffer.from('{"forecast":[]}'),
  });
  const statusFor = async (who: { Authorization: string }) =>
    (await call(`${api.url}/cache/${key}`, { headers: who })).status;

  expect([await statusFor(a), await statusFor(b), await statusFor(admin)]).toEqual([200, 404, 200]);
  const again = { ...series, periods: 4 };
  for (const cached of ['HIT', 'HIT'])
    expect((await post(`${api.url}/forecast`, again, a)).headers.get('x-cache')).toBe(cached);
  expect((await post(`${api.url}/forecast`, again, b)).headers.get('x-cache')).toBe('MISS');
});

test('a miss is told against no question of another tenant', async () => {
  const c = bearer('key-c');
  const ask = (text: string, headers: object) => post(run(), { text }, { ...headers });
  await ask('what a asked first', a);
  const second = await ask('what a asked then', a);
  const explained = async (headers: object) =>
    (
      await post(
        `${api.url}/explain`,
        { model: 'shared', input: { text: 'what a asked then' } },
        { ...headers },
      )
    ).body;

  expect(second.headers.get('x-cache-reason')).toBe('input_changed');
  expect(await explained(a)).toMatchObject({ reason: 'input_changed', nearest: {} });
  expect(await explained(c)).toMatchObject({ reason: 'never_seen' });
  expect((await explained(c)).nearest).toBeUndefined();
  expect((await ask('what a asked then', c)).headers.get('x-cache-reason')).toBe('never_seen');
});
