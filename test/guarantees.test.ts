/** G2 and G3 end to end: real processes, real Redis, real signals, a network that goes silent. */
import { randomUUID } from 'node:crypto';
import { call, createFaultProxy, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { jobOf } from './client.ts';
import { type ApiProcess, startApi, startWorker, temporaryDir } from './processes.ts';

const WAIT = { Prefer: 'wait=60' };
const TEXT = { text: 'It was a great day' };

function setUp() {
  const dir = temporaryDir();
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const env = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix, CACHE_DIR: dir.path };
  return { env, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

test('G2 Every 202 ends: the API that gave it and every worker are killed', async () => {
  using t = setUp();
  const api = await startApi(t.env);
  const worker = await startWorker(t.env);
  await worker.end('SIGKILL');
  const texts = Array.from({ length: 20 }, (_, i) => ({ text: `day ${i}` }));
  const accepted = await Promise.all(texts.map((text) => post(`${api.url}/predict`, text)));
  await api.end('SIGKILL');

  await using second = await startApi(t.env);
  await using _worker = await startWorker(t.env);
  const jobs = await Promise.all(accepted.map(({ body }) => jobOf(second.url, body.job_id)));

  expect(new Set(accepted.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['succeeded']));
});

test('G2 Every 202 ends: with no worker at all, at its deadline', async () => {
  using t = setUp();
  await using api = await startApi(t.env);

  const { body } = await post(`${api.url}/predict`, TEXT, { 'Cancel-After': '1s' });

  expect(await jobOf(api.url, body.job_id)).toMatchObject({
    status: 'expired',
    error: { type: 'urn:deja:problem:job-expired' },
  });
});

/** What a replica would serve now, without asking for a computation. */
async function look({ url }: ApiProcess) {
  const askedAt = performance.now();
  const answer = await post(`${url}/predict`, TEXT, { 'Cache-Control': 'only-if-cached' });
  return { ...answer, askedAt, unverified: answer.headers.get('x-cache-unverified') };
}

async function warm(apis: readonly ApiProcess[]): Promise<string> {
  for (const api of apis) {
    await post(`${api.url}/predict`, TEXT, WAIT);
    expect((await look(api)).status).toBe(200);
  }
  const [first] = apis;
  const { headers } = await post(`${first?.url}/predict`, TEXT);
  return String(headers.get('x-cache-key'));
}

test('G3 No stale answer after an invalidation: the replica that took it at once, the others within a second', async () => {
  using t = setUp();
  await using _worker = await startWorker(t.env);
  const one = await startApi(t.env);
  await using two = await startApi(t.env);
  const key = await warm([one, two]);

  const done = await call(`${one.url}/cache/${key}`, { method: 'DELETE' });
  const ackedAt = performance.now();

  expect(done.status).toBe(200);
  expect((await look(one)).status).toBe(504);
  for (;;) {
    const { status, askedAt } = await look(two);
    if (status === 504) break;
    expect([status, askedAt - ackedAt < 1000]).toEqual([200, true]);
  }

  await one.end('SIGKILL');
  await using again = await startApi(t.env); // from the same disk
  expect((await look(again)).status).toBe(504);
});

test('G3 No stale answer after an invalidation: a replica that cannot reach the log says so, and then stops', async () => {
  using t = setUp();
  await using proxy = await createFaultProxy(inject('redisUrl'));
  await using _worker = await startWorker(t.env);
  await using one = await startApi(t.env);
  await using cut = await startApi({ ...t.env, REDIS_URL: proxy.url, SERVE_UNVERIFIED_S: '3' });
  const key = await warm([one, cut]);

  proxy.blackhole();
  const cutAt = performance.now();
  await call(`${one.url}/cache/${key}`, { method: 'DELETE' });

  for (;;) {
    const { status, askedAt, unverified, body } = await look(cut);
    if (status !== 200) {
      expect(body).toMatchObject({ status: 503, type: 'urn:deja:problem:cache-untrusted' });
      break;
    }
    if (askedAt - cutAt > 1000) expect(unverified).toMatch(/^[0-3]$/);
    expect(askedAt - cutAt).toBeLessThan(3000);
  }

  proxy.heal();
  await expect
    .poll(async () => (await look(cut)).status, { timeout: 20_000, interval: 50 })
    .not.toBe(503);
  expect((await look(cut)).status).toBe(504);
});

test('G3 No stale answer after an invalidation: with SERVE_UNVERIFIED_S=0 nothing is served that is not verified', async () => {
  using t = setUp();
  await using proxy = await createFaultProxy(inject('redisUrl'));
  await using _worker = await startWorker(t.env);
  await using cut = await startApi({ ...t.env, REDIS_URL: proxy.url, SERVE_UNVERIFIED_S: '0' });
  await warm([cut]);

  proxy.blackhole();
  const cutAt = performance.now();

  for (;;) {
    const { status, askedAt, unverified } = await look(cut);
    if (status === 503) break;
    expect([status, unverified, askedAt - cutAt < 1000]).toEqual([200, null, true]);
  }
});
