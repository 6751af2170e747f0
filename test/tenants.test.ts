/**
 * G11 A tenant is alone: two tenants, one name, one series, and every way to ask, to read and to change.
 * Real processes, real forecasts, keys that `npm run keys` made.
 */
import { type Answered, call, post } from '@deja/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSecret, startReceiver, webhookEnv } from './receiver.ts';
import { type Client, clientOf, setUp } from './tenant-stage.ts';

const days = (count: number, valueAt: (day: number) => number) =>
  Array.from({ length: count }, (_, day) => ({
    ds: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
    y: valueAt(day),
  }));
const wages = days(200, (day) => 5000 + day + 300 * Math.sin((2 * Math.PI * day) / 7));
const history = { model_id: 'payroll', data: wages };
const payroll = { ...history, periods: 7 };
const secret = newSecret();

let t: Awaited<ReturnType<typeof setUp>>;
let [a, b]: [Client, Client] = [] as never;
let first: Answered;

beforeAll(async () => {
  t = await setUp({ ...webhookEnv(secret), MAX_INVALIDATIONS_PER_MINUTE: '100000' });
  [a, b] = [await t.client('a'), await t.client('b')];
  await t.startWorker();
  first = await a.post('/forecast', payroll);
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
});

const yhatOf = ({ body }: Answered): number[] =>
  body.forecast.map(({ yhat }: { yhat: number }) => yhat);
const isHitOfA = async () =>
  expect((await a.post('/forecast', payroll)).headers.get('x-cache')).toBe('HIT');

test('a fitted model of one answers nothing of another, however much its data may differ', async () => {
  const zeros = { ...payroll, data: wages.map(({ ds }) => ({ ds, y: 0 })) };

  const reply = await b.post('/forecast', { ...zeros, options: { max_data_change: 0.5 } });

  expect(first.body.model).toMatchObject({ source: 'trained', reason: 'no_model' });
  expect(reply.body.model).toMatchObject({ source: 'trained', reason: 'no_model' });
  for (const yhat of yhatOf(reply)) expect(Math.abs(yhat)).toBeLessThan(1);
});

test('no answer tells how far a series is from that of another', async () => {
  for (const [at, options] of [{}, { max_data_change: 0 }, { max_data_change: 0.5 }].entries()) {
    const guess = wages.map((row, day) => (day === 10 ? { ...row, y: row.y + at } : row));
    const asked = { ...payroll, model_id: `payroll-${at}`, data: guess, options };
    await a.post('/forecast', { ...asked, data: wages });

    const { body } = await b.post('/forecast', asked);

    expect(body.model).toMatchObject({ source: 'trained', reason: 'no_model', data_change: 0 });
  }
});

test('what one trains with invented days changes no forecast of another', async () => {
  const sales = { model_id: 'sales', data: wages.slice(0, 150), periods: 7 };
  const invented = [...wages.slice(0, 150), ...days(170, () => 90_000).slice(150)];
  await b.post('/forecast', { ...sales, data: invented });
  await b.post('/forecast', { ...sales, data: invented.slice(0, 151) });

  const forecast = await a.post('/forecast', { ...sales, options: { max_data_change: 0.5 } });
  const alone = await a.post('/forecast', { ...sales, model_id: 'another name' });

  expect(forecast.body.model).toMatchObject({ source: 'trained', reason: 'no_model' });
  expect(yhatOf(forecast)).toEqual(yhatOf(alone));
});

test('every way to ask gets an answer of its own', async () => {
  const asks: readonly (readonly [string, object, object?])[] = [
    ['/forecast', payroll],
    ['/forecast', { ...payroll, options: { components: true, include_history: true } }],
    ['/forecast', { ...payroll, options: { max_data_change: 0 } }],
    [
      '/forecast/cross-validate',
      { ...history, horizon: '7 days', initial: '100 days', period: '40 days' },
    ],
    ['/batch', { model: 'forecast', inputs: [payroll] }],
    ['/forecast', payroll, { 'Idempotency-Key': 'monday' }],
    ['/forecast', { ...payroll, model_id: 'x' }, { 'Cache-Control': 'no-cache' }],
  ];
  for (const [path, body, headers] of asks) {
    const ofA = await a.post(path, body, headers);
    const ofB = await b.post(path, body, headers);
    const again = await b.post(path, body, headers);

    expect([path, ofA.status, ofB.status]).toEqual([path, 200, 200]);
    const keysIn = ({ body: answer, headers }: Answered): Set<string> =>
      new Set(JSON.stringify([answer, headers.get('x-cache-key')]).match(/\b[0-9a-f]{64}\b/g));
    expect([...keysIn(ofB)].filter((key) => keysIn(ofA).has(key))).toEqual([]);
    expect(keysIn(again)).toEqual(keysIn(ofB));
  }
  const lines = async (client: Client) => {
    const res = await fetch(`${t.api.url}/forecast/many`, {
      method: 'POST',
      body: `${JSON.stringify({ ...payroll, model_id: 'one of many' })}\n`,
      headers: { ...client.headers, 'Content-Type': 'application/x-ndjson' },
    });
    return JSON.parse((await res.text()).split('\n')[0] ?? '');
  };
  expect(await lines(a)).toMatchObject({ status: 200, x_cache: 'MISS' });
  expect(await lines(b)).toMatchObject({ status: 200, x_cache: 'MISS' });
  expect(await lines(b)).toMatchObject({ status: 200, x_cache: 'HIT' });
});

test('nothing that is read shows what is another’s', async () => {
  const key = String(first.headers.get('x-cache-key'));
  const own = { ...payroll, model_id: 'only of a' };
  const job = (await a.post('/forecast', own, { Prefer: 'respond-async' })).body.job_id;

  const explained = await b.post('/explain', { model: 'forecast', input: own });
  const listed = await b.get('/forecast/models/only%20of%20a');
  const reads = [
    ...[`/cache/${key}`, `/jobs/${job}`, `/jobs/${job}/result`],
    ...[`/jobs/${job}/events`, `/jobs/${job}/deliveries`],
  ];

  expect(explained.body).toMatchObject({ outcome: 'miss' });
  expect(explained.body.nearest?.cache_key).not.toBe(key);
  expect(listed.body.models).toEqual([]);
  for (const path of reads) expect([path, (await b.get(path)).status]).toEqual([path, 404]);
  expect((await b.delete(`/jobs/${job}`)).status).toBe(404);
  expect((await a.get(`/jobs/${job}`, { Prefer: 'wait=60' })).body.status).toBe('succeeded');
  expect((await a.get('/forecast/models/only%20of%20a')).body.models).toHaveLength(1);
  for (const path of ['/admin/runs', '/admin/series', '/admin/deliveries', '/admin/overview'])
    expect([path, (await b.get(path)).status]).toEqual([path, 403]);
});

test('nothing that one forgets is gone for another', async () => {
  const key = first.headers.get('x-cache-key');
  for (const path of [
    ...[`/cache/${key}`, '/cache', '/cache?tag=model_id:payroll', '/cache?tag=model:forecast'],
    ...['/cache?tag=T:a', '/cache?tag=T:a:t:model_id:payroll', '/cache/T:a', '/cache/*'],
  ])
    expect([path, (await b.delete(path)).status < 500]).toEqual([path, true]);
  for (const id of ['payroll', '*', 'T:a'])
    await b.post(`/invalidate-cache/${encodeURIComponent(id)}`, {});

  await isHitOfA();
  expect((await a.get('/forecast/models/payroll')).body.models.length).toBeGreaterThan(0);
  expect((await b.post('/forecast', payroll)).headers.get('x-cache')).toBe('MISS');
});

test('a webhook is signed with the secret of its tenant alone', async () => {
  const [ofA, ofB] = await Promise.all(
    ['a', 'b'].map((tenant) => t.keys('webhook-secret', '--tenant', tenant)),
  );
  await using receiver = await startReceiver(String(ofA));
  const webhook = { url: `${receiver.url}/hook` };
  const ask = async (client: Client, text: string) =>
    await client.post('/predict', { text, webhook }, { Prefer: 'respond-async' });

  await ask(b, 'a webhook of b');
  await expect.poll(() => receiver.forged, { timeout: 20_000 }).toBeGreaterThan(0);
  await ask(a, 'a webhook of a');
  await expect.poll(() => receiver.calls.length, { timeout: 20_000 }).toBe(1);

  expect(ofA).not.toBe(ofB);
  expect([ofA, ofB]).not.toContain(secret);
});

test('10,050 invalidations by one leave the answers and entries of another, in every tier', async () => {
  await a.post('/predict', { text: 'shared by content' });
  const hit = await b.post('/predict', { text: 'shared by content' });
  let status = new Set<number>();
  for (let sent = 0; sent < 10_050; sent += 50) {
    const batch = Array.from({ length: 50 }, (_, at) =>
      post(`${t.api.url}/invalidate-cache/made-up-${sent + at}`, {}, { ...b.headers }),
    );
    status = new Set([...status, ...(await Promise.all(batch)).map((reply) => reply.status)]);
  }

  expect(status).toEqual(new Set([200]));
  await isHitOfA();
  const shared = async ({ post }: Client) =>
    (await post('/predict', { text: 'shared by content' })).headers.get('x-cache');
  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(await shared(a)).toBe('HIT');
  const other = await t.startReplica(); // its memory is empty
  const again = clientOf(other, String(a.headers.Authorization.slice('Bearer '.length)));
  const reply = await again.post('/forecast', payroll);
  expect([reply.headers.get('x-cache'), reply.headers.get('x-cache-tier')]).toEqual([
    'HIT',
    'redis',
  ]);
});

test('20 wrong keys from one address within a minute: 429, and nobody else is refused', async () => {
  const wrong = `${'deja_sk_'}${'x'.repeat(48)}`;
  const replies = [];
  for (let at = 0; at < 22; at += 1)
    replies.push(
      await call(`${t.api.url}/models`, { headers: { Authorization: `Bearer ${wrong}` } }),
    );

  expect(replies.slice(0, 20).map(({ status }) => status)).toEqual(Array(20).fill(401));
  expect(replies.slice(20).map(({ status }) => status)).toEqual([429, 429]);
  expect(Number(replies.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
  await isHitOfA();
  expect((await call(`${t.api.url}/models`)).status).toBe(401); // no key is no failure
});
