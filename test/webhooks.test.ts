/** Webhooks end to end: real processes, a real receiver that verifies what it gets. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { call, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { modelPath, startApi, startWorker, temporaryDir } from './processes.ts';
import { type Behaviour, newSecret, startReceiver, webhookEnv } from './receiver.ts';

const sleepModel = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };

async function setUp(env: Readonly<Record<string, string>> = {}, behave?: Behaviour) {
  const resources = new AsyncDisposableStack();
  const dir = temporaryDir();
  resources.defer(() => dir[Symbol.dispose]());
  const secret = newSecret();
  const receiver = resources.use(await startReceiver(secret, behave));
  const all = {
    ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `t${randomUUID().slice(0, 8)}` },
    ...{
      CACHE_DIR: dir.path,
      PUBLIC_URL: 'https://deja.example/',
      DEJA_MODELS: [modelPath('loop.ts'), sleepModel].join(),
    },
    ...webhookEnv(secret),
    ...env,
  };
  const api = resources.use(await startApi(all));
  return {
    ...{ api, receiver, env: all },
    worker: resources.use(await startWorker(all)),
    webhook: { url: `${receiver.url}/hook?token=t` },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

const forecast = { model_id: 'sales', data: series(200), periods: 7 };
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('G6 Webhooks arrive: signed, with the job as GET tells it, once', async () => {
  await using t = await setUp();

  const body = { ...forecast, webhook: t.webhook };
  const miss = await post(`${t.api.url}/forecast`, body, { traceparent: trace });
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(1);
  const arrivedAt = Date.now();
  const id = miss.body.job_id;
  await expect
    .poll(async () => (await call(`${t.api.url}/jobs/${id}`)).body.webhook.status, PATIENCE)
    .toBe('delivered');
  const { webhook, ...job } = (await call(`${t.api.url}/jobs/${id}`)).body;

  const [got] = t.receiver.calls;
  expect(miss.status).toBe(202);
  expect(t.receiver.forged).toBe(0);
  expect(got).toMatchObject({ path: '/hook?token=t', id: `${id}-completed`, attempt: 1 });
  expect(got?.headers.traceparent).toBe(trace);
  expect(got?.event).toEqual({ type: 'job.completed', timestamp: job.finished_at, data: job });
  expect(job.result.forecast).toHaveLength(7);
  expect(webhook).toEqual({
    ...{ url: `${t.receiver.url}/hook`, status: 'delivered', attempts: 1, last_status_code: 204 },
  });
  // The notifier, not the relay's second: generous for a machine that is busy with other things.
  expect(arrivedAt - Date.parse(job.finished_at)).toBeLessThan(900);
});

test('every job of a run is called at its own URL, a HIT too', async () => {
  await using t = await setUp();
  const ask = (n: number) =>
    post(`${t.api.url}/forecast`, { ...forecast, webhook: { url: `${t.receiver.url}/${n}` } });

  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n)));
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(20);
  const hit = await ask(20);
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(21);

  const told = new Map(t.receiver.calls.map(({ path, event }) => [path, event.data.job_id]));
  for (const [n, { body }] of [...answers, hit].entries())
    expect(told.get(`/${n}`)).toBe(body.job_id);
  expect(hit).toMatchObject({ status: 200, body: { cached: true } });
  const last = t.receiver.calls.at(-1)?.event.data;
  expect(last).toMatchObject({ status: 'succeeded', result: { forecast: hit.body.forecast } });
});

test('start, failure, cancel and deadline are told, each job its own', async () => {
  await using t = await setUp();
  const events = ['job.started', 'job.completed', 'job.failed', 'job.canceled', 'job.expired'];
  const webhook = { ...t.webhook, events };
  const ask = (model: string, input: object, headers = {}) =>
    post(`${t.api.url}/models/${model}/run`, { ...input, webhook }, headers);
  const untilTold = (job: string, types: readonly string[]) =>
    expect
      .poll(
        () =>
          t.receiver.calls
            .filter(({ event }) => event.data.job_id === job)
            .map(({ event }) => event.type),
        PATIENCE,
      )
      .toEqual(types);

  const { body: canceled } = await ask('sleep', { ms: 60_000 });
  await untilTold(canceled.job_id, ['job.started']);
  const { body: expired } = await ask('sleep', { ms: 60_000 }, { 'Cancel-After': '1s' });
  await untilTold(expired.job_id, ['job.started', 'job.expired']);
  await call(`${t.api.url}/jobs/${canceled.job_id}`, { method: 'DELETE' });
  await untilTold(canceled.job_id, ['job.started', 'job.canceled']);
  const { body: failed } = await ask('loop', {});
  await untilTold(failed.job_id, ['job.started', 'job.failed']);

  const [started, timedOut] = t.receiver.calls
    .filter(({ event }) => event.data.job_id === failed.job_id)
    .map(({ event }) => event.data);
  expect(started).toMatchObject({ status: 'running', job_id: failed.job_id });
  expect(started).not.toHaveProperty('finished_at');
  const { body: problem } = await call(`${t.api.url}/jobs/${failed.job_id}/result`);
  expect(timedOut).toMatchObject({ status: 'failed', error: problem });
  expect(t.receiver.forged).toBe(0);
});

test('a large result is left out, and its address is there', async () => {
  await using t = await setUp();

  const large = { ...forecast, periods: 400, webhook: t.webhook };
  const { body } = await post(`${t.api.url}/forecast`, large);
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(1);

  const { data } = t.receiver.calls[0]?.event ?? {};
  expect(data.result).toBeUndefined();
  expect(data.result_url).toBe(`https://deja.example/jobs/${body.job_id}/result`);
});

test('a delivery that fails is tried again, under the same id, until it is given up', async () => {
  let answer = 500;
  const schedule = { WEBHOOK_SCHEDULE_S: '0,0.1,0.1,0.1' };
  await using t = await setUp(schedule, (res) => res.writeHead(answer).end('a secret of theirs'));

  const { body } = await post(`${t.api.url}/predict`, { text: 'I love this', webhook: t.webhook });
  await jobOf(t.api.url, body.job_id);
  const listed = async () =>
    (await call(`${t.api.url}/jobs/${body.job_id}/deliveries`)).body.deliveries[0];
  await expect.poll(async () => (await listed()).status, PATIENCE).toBe('dead');
  const dead = await listed();
  const deadLetters = await call(`${t.api.url}/admin/deliveries?status=dead`);
  answer = 200;
  const again = await call(
    `${t.api.url}/jobs/${body.job_id}/deliveries/${dead.delivery_id}/redeliver`,
    { method: 'POST' },
  );
  await expect.poll(async () => (await listed()).status, PATIENCE).toBe('delivered');

  expect(t.receiver.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(t.receiver.calls.map(({ id }) => id))).toEqual(new Set([dead.delivery_id]));
  const bodies = t.receiver.calls.map(({ event }) => JSON.stringify(event));
  expect(new Set(bodies).size).toBe(1);
  expect(dead).toMatchObject({ attempts: 4, last_status_code: 500 });
  expect(deadLetters.body.deliveries).toMatchObject([{ delivery_id: dead.delivery_id }]);
  expect(JSON.stringify(dead)).not.toContain('secret');
  expect(again.status).toBe(202);
});

test('a worker that stops gives back what it is sending; the next one sends it', async () => {
  const held = Promise.withResolvers<void>();
  let hangs = true;
  await using t = await setUp({}, (res) => {
    if (!hangs) return void res.writeHead(204).end();
    hangs = false;
    held.resolve();
  });

  const { body } = await post(`${t.api.url}/predict`, { text: 'I love this', webhook: t.webhook });
  await held.promise;
  expect(await t.worker.end('SIGTERM')).toBe(0);
  const between = (await call(`${t.api.url}/jobs/${body.job_id}`)).body.webhook;
  await using _next = await startWorker(t.env);
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(2);

  expect(between).toMatchObject({ status: 'pending', attempts: 0 });
  expect(new Set(t.receiver.calls.map(({ id }) => id)).size).toBe(1);
});

test('no URL is logged with its query', async () => {
  await using t = await setUp({ WEBHOOK_SCHEDULE_S: '0' }, (res) => res.writeHead(500).end());
  const lines: string[] = [];
  t.worker.child.stdout?.on('data', (chunk) => lines.push(String(chunk)));

  await post(`${t.api.url}/predict`, { text: 'I love this', webhook: t.webhook });
  await expect.poll(() => lines.join(''), PATIENCE).toContain('webhook given up');

  expect(lines.join('')).toContain('/hook');
  expect(lines.join('')).not.toContain('token');
});
