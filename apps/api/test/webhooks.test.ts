/** Submissions with a webhook, and what can be seen of its deliveries. Nothing is sent here. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { openQueues } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Outbox } from '@deja/webhooks';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { HOSTILE_URLS } from '../../../packages/webhooks/test/hostile-urls.ts';
import { openApi } from './harness.ts';

const run = '/models/echo/run';
const url = 'https://example.org/hook?token=t';
const webhook = { url };
const env = { WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}` };
const a = { output: { text: 'a' } };

async function openWith(more: Readonly<Record<string, string>> = {}) {
  const api = await openApi({ ...env, ...more });
  const { config, shards, deliveries, cache, memory, runs } = api.context;
  const redis = new Redis(config.redisUrl);
  const outbox = new Outbox(openQueues(redis, shards, config.jobLimits));
  return {
    ...api,
    outbox,
    ask: (body: object, headers?: Record<string, string>) => post(api.url + run, body, headers),
    /** An entry in the cache, as a worker would have written it. */
    async store(text: string) {
      const { body } = await post(api.url + run, { text });
      const started = await runs.start(await api.runOf(body.job_id), 'attempt');
      if (started.outcome !== 'go') throw new Error(started.outcome);
      const { key, log, token, runSeq, tags } = started.attempt;
      const createdAt = Date.now();
      const freshUntil = createdAt + 60_000;
      const times = { createdAt, freshUntil, staleUntil: freshUntil, computeMs: 1 };
      const members = Buffer.from(JSON.stringify({ output: { text } }));
      await cache.reaches(token.seq);
      await memory.put({
        header: {
          key,
          model: 'echo',
          tenant: 'default',
          tags,
          log,
          token,
          runSeq,
          ...times,
          digest: '',
        },
        body: members,
      });
      await runs.finalise(started.attempt.run, 'attempt', 'failed', '{}');
    },
    pending: () => deliveries.list('pending', { offset: 0, limit: 10 }),
    /** Ends the delivery that is due as a worker would. */
    async settle(state: 'delivered' | 'dead' | 'pending', statusCode: number) {
      const { rows } = await outbox.take(1);
      if (!rows[0]) throw new Error('nothing is due');
      const outcome = state === 'delivered' ? 'delivered' : 'status';
      const times = { durationMs: 3, againInMs: 60_000 };
      await outbox.settle(rows[0], { state, statusCode, outcome, ...times });
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await api[Symbol.asyncDispose]();
    },
  };
}

test('a webhook is no part of the question: the key is the same, the run is shared', async () => {
  await using api = await openWith();

  const plain = await api.ask({ text: 'a' });
  const called = await api.ask({ text: 'a', webhook });

  expect(called.status).toBe(202);
  expect(called.body).toMatchObject({ deduplicated: true, cache_key: plain.body.cache_key });
});

test('a webhook that is malformed, or that would go where none may, is refused with its place', async () => {
  await using api = await openWith();

  for (const [asked, type, path] of [
    ['https://example.org', 'input-refused', '/webhook'],
    [[], 'input-refused', '/webhook'],
    [{}, 'input-refused', '/webhook/url'],
    [{ url, other: 1 }, 'input-refused', '/webhook/other'],
    [{ url, 'a/b~c': 1 }, 'input-refused', '/webhook/a~1b~0c'],
    [{ url, events: [] }, 'input-refused', '/webhook/events'],
    [{ url, events: ['job.ended'] }, 'input-refused', '/webhook/events/0'],
    [{ url: 'http://example.org/' }, 'webhook-refused', '/webhook/url'],
    [{ url: 'https://127.0.0.1/' }, 'webhook-refused', '/webhook/url'],
    [{ url: 'https://a:b@example.org/' }, 'webhook-refused', '/webhook/url'],
    [{ url: 'nonsense' }, 'webhook-refused', '/webhook/url'],
  ] as const) {
    const { status, body } = await api.ask({ text: 'a', webhook: asked });
    expect({ status, type: body.type, path: body.errors[0].path }).toEqual({
      ...{ status: 422, path },
      type: `urn:deja:problem:${type}`,
    });
  }
  expect(await api.context.figures.openRuns()).toEqual([]);
});

test.each(HOSTILE_URLS)(
  'a URL is refused for its %s, with a problem, and nothing is recorded',
  async (reason, urls) => {
    await using api = await openWith({ WEBHOOK_ALLOW_HTTP: 'true' });

    for (const template of urls) {
      const asked = { url: template.replace('PORT', '9000') };
      const { status, headers, body } = await api.ask({ text: 'a', webhook: asked });
      expect({ asked, status, detail: body.detail }).toEqual({
        asked,
        status: 422,
        detail: reason,
      });
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(body).toMatchObject({
        type: 'urn:deja:problem:webhook-refused',
        errors: [{ path: '/webhook/url' }],
      });
    }
    expect(await api.context.figures.openRuns()).toEqual([]);
    expect(await api.pending()).toEqual([]);
  },
);

test('the operator may allow hosts of his own network, and http', async () => {
  const allowed = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' };
  await using api = await openWith(allowed);

  const { status } = await api.ask({ text: 'a', webhook: { url: 'http://127.0.0.1:9000/' } });

  expect(status).toBe(202);
});

test('a body that was seen before without a webhook is another one with it', async () => {
  await using api = await openWith();
  await api.store('a');

  for (let i = 0; i < 2; i += 1) await api.ask({ text: 'a', webhook });

  expect(await api.pending()).toHaveLength(2);
});

test('a job tells how far its webhook has come, its URL without the query', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a', webhook });
  const seen = async () => (await call(`${api.url}/jobs/${body.job_id}`)).body.webhook;
  const shown = 'https://example.org/hook';
  expect(await seen()).toEqual({ url: shown, status: 'waiting', attempts: 0 });

  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  expect(await seen()).toMatchObject({ url: shown, status: 'pending', attempts: 0 });

  await api.settle('pending', 503);
  const retried = await seen();
  expect(retried).toMatchObject({ status: 'pending', attempts: 1, last_status_code: 503 });
  expect(Date.parse(retried.next_attempt_at)).toBeGreaterThan(Date.now() + 30_000);
});

test('a job whose end its webhook does not want says so', async () => {
  await using api = await openWith();
  const only = { url, events: ['job.completed'] };
  const { body } = await api.ask({ text: 'a', webhook: only });

  await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });

  const job = await call(`${api.url}/jobs/${body.job_id}`);
  expect(job.body).toMatchObject({ status: 'canceled', webhook: { status: 'none', attempts: 0 } });
});

test('the deliveries of a job are listed with their attempts', async () => {
  await using api = await openWith();
  const events = ['job.started', 'job.completed'];
  const { body } = await api.ask({ text: 'a', webhook: { url, events } });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  await api.settle('delivered', 204);

  const listed = await call(`${api.url}/jobs/${body.job_id}/deliveries`);

  expect(listed.status).toBe(200);
  expect(listed.body.deliveries).toMatchObject([
    {
      delivery_id: `${body.job_id}-started`,
      job_id: body.job_id,
      type: 'job.started',
      url: 'https://example.org/hook',
    },
    { delivery_id: `${body.job_id}-completed`, type: 'job.completed' },
  ]);
  const over = listed.body.deliveries.find((each: { status: string }) => each.status !== 'pending');
  expect(over).toMatchObject({ status: 'delivered', attempts: 1, last_status_code: 204 });
  expect(over.log).toMatchObject([{ outcome: 'delivered', status_code: 204, duration_ms: 3 }]);
  expect(JSON.stringify(listed.body)).not.toContain('token');
});

test('a job without a webhook has no deliveries, and no job none to list', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a' });

  expect((await call(`${api.url}/jobs/${body.job_id}/deliveries`)).body).toEqual({
    deliveries: [],
  });
  expect((await call(`${api.url}/jobs/0-none/deliveries`)).status).toBe(404);
});

test('a dead delivery is found by the operator, and made again under its id', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a', webhook });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  const id = `${body.job_id}-completed`;
  const path = `${api.url}/jobs/${body.job_id}/deliveries/${id}/redeliver`;
  const redeliver = () => call(path, { method: 'POST' });
  const early = await redeliver();
  await api.settle('dead', 500);
  const dead = await call(`${api.url}/admin/deliveries`);

  const again = await redeliver();

  expect(early).toMatchObject({ status: 409, body: { type: 'urn:deja:problem:delivery-pending' } });
  expect(dead.body.deliveries).toMatchObject([{ delivery_id: id, status: 'dead', attempts: 1 }]);
  expect(again).toMatchObject({ status: 202, body: { delivery_id: id, status: 'pending' } });
  expect((await api.pending()).map((delivery) => delivery.id)).toEqual([id]);
  expect((await call(`${api.url}/admin/deliveries?status=dead`)).body.deliveries).toEqual([]);
  const other = path.replace(id, `${body.job_id}-failed`);
  expect((await call(other, { method: 'POST' })).status).toBe(404);
});

test('what was delivered can be made again for as long as its job is kept', async () => {
  await using api = await openWith({ JOB_RETENTION_S: '1' });
  const { body } = await api.ask({ text: 'a', webhook });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  const path = `${api.url}/jobs/${body.job_id}/deliveries/${body.job_id}-completed/redeliver`;
  await api.settle('delivered', 200);
  expect((await call(path, { method: 'POST' })).status).toBe(202);
  await api.settle('delivered', 200);
  await expect
    .poll(async () => (await call(`${api.url}/jobs/${body.job_id}`)).status, { timeout: 5000 })
    .toBe(410);

  const late = await call(path, { method: 'POST' });
  const listed = await call(`${api.url}/jobs/${body.job_id}/deliveries`);

  expect(late).toMatchObject({ status: 410, body: { type: 'urn:deja:problem:delivery-gone' } });
  expect(listed.body.deliveries).toMatchObject([{ status: 'delivered', attempts: 2 }]);
});

test('the list of all deliveries is for operators', async () => {
  await using open = await openWith({ HOST: '0.0.0.0', AUTH: 'off' });
  await using own = await openWith();
  await using guarded = await openWith({ ADMIN_PASSWORD: 'let me in' });
  const path = '/admin/deliveries';
  const authorization = `Basic ${Buffer.from('admin:let me in').toString('base64')}`;

  expect((await call(open.url + path)).status).toBe(404);
  expect(await statusFor(`${own.url}${path}`, 'evil.example')).toBe(421);
  expect(await statusFor(`${own.url}${path}`, 'localhost:8000')).toBe(200);
  expect((await fetch(guarded.url + path)).status).toBe(401);
  const allowed = await call(guarded.url + path, { headers: { authorization } });
  expect(allowed).toMatchObject({ status: 200, body: { deliveries: [] } });
});

/** `fetch` writes its own Host. */
async function statusFor(address: string, host: string): Promise<number | undefined> {
  const req = request(address, { headers: { host } }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  res.resume();
  return res.statusCode;
}

test('its query takes a state, a limit and an offset', async () => {
  await using api = await openWith();
  for (const text of ['a', 'b', 'c']) {
    const { body } = await api.ask({ text, webhook });
    await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });
  }
  const list = (query: string) => call(`${api.url}/admin/deliveries?${query}`);

  expect((await list('status=pending')).body.deliveries).toHaveLength(3);
  expect((await list('status=pending&limit=2&offset=2')).body.deliveries).toHaveLength(1);
  expect((await list('status=over')).body.deliveries).toEqual([]);
  for (const query of ['status=all', 'limit=x', 'limit=1001', 'offset=-1'])
    expect((await list(query)).status).toBe(400);
});

test('a HIT that asked for a webhook has a finished job and its call', async () => {
  await using api = await openWith();
  await api.store('a');

  const hit = await api.ask({ text: 'a', webhook });

  expect(hit).toMatchObject({ status: 200, body: { cached: true, ...a } });
  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(hit.headers.get('location')).toBe(`/jobs/${hit.body.job_id}`);
  const job = await call(`${api.url}/jobs/${hit.body.job_id}`);
  expect(job.body).toMatchObject({
    status: 'succeeded',
    result: a,
    webhook: { status: 'pending' },
  });
  expect((await call(`${api.url}/jobs/${hit.body.job_id}/result`)).body).toMatchObject(a);
  expect((await api.pending()).map(({ id }) => id)).toEqual([`${hit.body.job_id}-completed`]);
});

test('while no call can be recorded a HIT that asks for one is 503, and others are HITs', async () => {
  const queue = await startOwnRedis();
  await using api = await openWith({ REDIS_URL: queue.url });
  await api.store('a');
  await queue.stop();

  const called = await api.ask({ text: 'a', webhook }, { 'Cache-Control': 'stale-if-error=60' });
  const plain = await api.ask({ text: 'a' });

  expect(called).toMatchObject({
    status: 503,
    body: { type: 'urn:deja:problem:queue-unavailable' },
  });
  expect(called.headers.get('retry-after')).toBe('1');
  expect(plain.headers.get('x-cache')).toBe('HIT');
});

test('a run that ended between look-up and join is a HIT with its call, too', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a' }, { 'Cache-Control': 'no-cache' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);

  const hit = await api.ask({ text: 'a', webhook });

  expect(hit).toMatchObject({ status: 200, body: { cached: true, cache_hit: 'redis', ...a } });
  expect((await api.pending()).map(({ id }) => id)).toEqual([`${hit.body.job_id}-completed`]);
});

test('as an event stream a HIT is one done, and its call goes out', async () => {
  await using api = await openWith();
  await api.store('a');
  const headers = { Accept: 'text/event-stream', 'Content-Type': 'application/json' };
  const body = JSON.stringify({ text: 'a', webhook });

  const answer = await fetch(api.url + run, { method: 'POST', headers, body });

  expect(await answer.text()).toMatch(/^event: done\n.*\ndata: \{"job_id":"0-/);
  expect(await api.pending()).toHaveLength(1);
});

test('who waits is answered, and called all the same', async () => {
  await using api = await openWith();
  const waiting = api.ask({ text: 'a', webhook }, { Prefer: 'wait=10' });
  await expect.poll(() => api.context.figures.openRuns()).toHaveLength(1);
  const [open] = await api.context.figures.openRuns();
  await api.finish(String(open?.run), 'succeeded', a);

  expect(await waiting).toMatchObject({ status: 200, body: { cached: false, ...a } });
  expect(await api.pending()).toHaveLength(1);
});

test('an Idempotency-Key gives the same job and one call; with another webhook it is another question', async () => {
  await using api = await openWith();
  await api.store('hit');
  const key = (name: string) => ({ 'Idempotency-Key': name });

  const hit = await api.ask({ text: 'hit', webhook }, key('h'));
  const hitAgain = await api.ask({ text: 'hit', webhook }, key('h'));
  const first = await api.ask({ text: 'a', webhook }, key('k'));
  const spelt = {
    ...webhook,
    events: ['job.expired', 'job.canceled', 'job.failed', 'job.completed'],
  };
  const again = await api.ask({ text: 'a', webhook: spelt }, key('k'));
  const other = await api.ask({ text: 'a', webhook: { url: 'https://example.org/2' } }, key('k'));
  const none = await api.ask({ text: 'a' }, key('k'));

  expect(hitAgain.body).toMatchObject({ job_id: hit.body.job_id, status: 'succeeded' });
  expect(again.body.job_id).toBe(first.body.job_id);
  expect([other.status, none.status]).toEqual([422, 422]);
  expect(await api.pending()).toHaveLength(1);
});

test('a no-store job is called, and what was sent is not kept', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a', webhook }, { 'Cache-Control': 'no-store' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  const [row] = (await api.outbox.take(1)).rows;
  if (!row) throw new Error('nothing is due');

  const sendable = await api.outbox.read(row);

  expect(JSON.parse(String(sendable?.body))).toEqual(a);
});

test('only-if-cached that finds nothing has no job and no call', async () => {
  await using api = await openWith();

  const answer = await api.ask({ text: 'a', webhook }, { 'Cache-Control': 'only-if-cached' });

  expect(answer.status).toBe(504);
  expect(await api.context.figures.openRuns()).toEqual([]);
});

test('in a batch a webhook is of an item, or of all items that have none', async () => {
  await using api = await openWith();
  await api.store('known');
  const own = { url: 'https://own.example/' };
  const inputs = [
    { text: 'known' },
    { text: 'b', webhook: own },
    { text: 'c' },
    { text: 'd', webhook: { url: 'http://refused.example/' } },
  ];

  const { body } = await post(`${api.url}/batch`, { model: 'echo', inputs, webhook });

  const statuses = body.items.map((item: { status: number }) => item.status);
  expect(statuses).toEqual([200, 202, 202, 422]);
  const urls = [];
  for (const item of body.items.slice(0, 3)) {
    const job = await call(`${api.url}/jobs/${item.body.job_id}`);
    urls.push(job.body.webhook.url);
  }
  expect(urls).toEqual([
    'https://example.org/hook',
    'https://own.example/',
    'https://example.org/hook',
  ]);
  const refused = await post(`${api.url}/batch`, { model: 'echo', inputs, webhook: { url: 1 } });
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: '/webhook/url' }] } });
});

test('the outbox is on /metrics', async () => {
  await using api = await openWith();
  const { body } = await api.ask({ text: 'a', webhook });
  await api.finish(await api.runOf(body.job_id), 'succeeded', a);
  await api.settle('pending', 500);

  const text = await (await fetch(`${api.url}/metrics`)).text();

  expect(text).toContain('deja_webhook_outbox_depth 1\n');
  expect(text).toContain('deja_webhook_attempts_total{outcome="status"} 1\n');
});

test('when too many deliveries are pending a submission with a webhook is 503, others are not', async () => {
  await using api = await openWith({ MAX_DELIVERIES: '1' });
  await api.store('known');
  await api.ask({ text: 'known', webhook });

  expect((await api.ask({ text: 'known', webhook })).status).toBe(503);
  expect((await api.ask({ text: 'new', webhook })).status).toBe(503);
  expect((await api.ask({ text: 'new' })).status).toBe(202);
  expect((await api.ask({ text: 'known' })).status).toBe(200);
});
