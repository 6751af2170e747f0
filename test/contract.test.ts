/** Holds the real answers of a real API and worker against the OpenAPI document that it serves. */
import { randomUUID } from 'node:crypto';
import { type Answered, call, post } from '@deja/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { type ApiProcess, type AppProcess, startApi, startWorker } from './processes.ts';
import { newSecret, type Receiver, startReceiver, webhookEnv } from './receiver.ts';

let api: ApiProcess;
let worker: AppProcess;
let receiver: Receiver;
let ajv: Ajv2020;

beforeAll(async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const secret = newSecret();
  receiver = await startReceiver(secret);
  const env = {
    ...webhookEnv(secret),
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: prefix,
    CACHE_DIR: 'off',
  };
  [api, worker] = await Promise.all([startApi(env), startWorker(env)]);
  const { body: document } = await call(`${api.url}/openapi.json`);
  ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(closed(document) as object, 'openapi.json');
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** To clients every object may grow; here a member that is not documented is an error. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => [name, closed(value)]);
  const isObject = 'type' in schema && schema.type === 'object' && 'properties' in schema;
  return {
    ...(isObject && { additionalProperties: false }),
    ...Object.fromEntries(entries),
  };
}

/** The answer is one that the document describes, and its body has the schema that is given there. */
function expectDocumented(method: string, path: string, { status, headers, body }: Answered) {
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const steps = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
  const pointer = steps
    .map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent)
    .join('/');
  const validate = ajv.compile({ $ref: `openapi.json#/${pointer}` });

  validate(body);

  expect({ path, status, errors: validate.errors }).toEqual({ path, status, errors: null });
}

const wait = { Prefer: 'wait=60' };

test('answers of models', async () => {
  const forecast = { model_id: 'm', data: series(60), periods: 3 };
  for (const [path, body] of [
    ['/forecast', forecast],
    ['/predict', { text: 'It was a great day' }],
  ] as const) {
    const accepted = await post(api.url + path, body);
    expect(accepted.status).toBe(202);
    expectDocumented('post', path, accepted);
    expectDocumented('post', path, await post(api.url + path, body, wait));
    expectDocumented('post', path, await post(api.url + path, body));
    expectDocumented('post', path, await post(api.url + path, { nothing: 1 }));
    expectDocumented('post', path, await post(api.url + path, '{'));
    const noCache = { ...wait, 'Cache-Control': 'no-cache' };
    expectDocumented('post', path, await post(api.url + path, body, noCache));
  }
  const run = await post(`${api.url}/models/sentiment/run`, { text: 'sad' }, wait);
  expectDocumented('post', '/models/{name}/run', run);
});

test('why a miss', async () => {
  const input = { model_id: 'why', data: series(60), periods: 3 };
  await post(`${api.url}/forecast`, input, wait);
  const longer = { ...input, data: series(63), options: { interval_width: 0.9 } };
  const ask = (of: object) => post(`${api.url}/explain`, { model: 'forecast', input: of });

  expectDocumented('post', '/explain', await ask(input));
  const miss = await ask(longer);
  expectDocumented('post', '/explain', miss);
  expect(miss.body.nearest.differs).toEqual([
    { path: '/data', added: 3, altered: 0, removed: 0, from: longer.data[60]?.ds },
    { path: '/options/interval_width', was: 0.8, is: 0.9 },
  ]);
  const asked = await post(`${api.url}/forecast`, longer);
  expect(asked.headers.get('x-cache-reason')).toBe('series_changed');
  expectDocumented('post', '/explain', await ask({ model_id: 'why' }));
  expectDocumented('get', '/cache/advice', await call(`${api.url}/cache/advice`));
});

test('the members of a model are the same by each of its routes', async () => {
  const text = { text: 'the same by each route' };
  const predict = await post(`${api.url}/predict`, text, wait);
  const run = await post(`${api.url}/models/sentiment/run`, text, wait);

  expect(run.body.result).toEqual(predict.body.result);
  expect(run.headers.get('x-cache-key')).toBe(predict.headers.get('x-cache-key'));
});

test('cross-validation', async () => {
  const path = '/forecast/cross-validate';
  const body = { model_id: 'cv', data: series(60), horizon: '10 days', initial: '40 days' };
  expectDocumented('post', path, await post(api.url + path, body));
  expectDocumented('post', path, await post(api.url + path, body, wait));
  expectDocumented('post', path, await post(api.url + path, { ...body, horizon: 'x' }));
});

test('components of a forecast', async () => {
  const options = { components: true, include_history: true, country_holidays: 'US' };
  const body = { model_id: 'parts', data: series(60), periods: 3, options };
  const answer = await post(`${api.url}/forecast`, body, wait);
  expectDocumented('post', '/forecast', answer);
  expect(answer.body.components.trend).toHaveLength(63);
});

test('jobs', async () => {
  const { body } = await post(`${api.url}/predict`, { text: 'a job' });
  expectDocumented('get', '/jobs/{id}', await call(`${api.url}/jobs/${body.job_id}`));
  await jobOf(api.url, body.job_id);
  expectDocumented('get', '/jobs/{id}', await call(`${api.url}/jobs/${body.job_id}`));
  expectDocumented('get', '/jobs/{id}/result', await call(`${api.url}/jobs/${body.job_id}/result`));
  expectDocumented('get', '/jobs/{id}', await call(`${api.url}/jobs/nobody`));
});

test('batches, and cancelling', async () => {
  const inputs = [{ text: 'in a batch' }, { text: '' }];
  expectDocumented(
    'post',
    '/batch',
    await post(`${api.url}/batch`, { model: 'sentiment', inputs }),
  );
  expectDocumented('post', '/batch', await post(`${api.url}/batch`, { model: 'nobody', inputs }));
  const { body } = await post(`${api.url}/predict`, { text: 'to be canceled' });
  const cancel = { method: 'DELETE' };
  expectDocumented('delete', '/jobs/{id}', await call(`${api.url}/jobs/${body.job_id}`, cancel));
  expectDocumented('delete', '/jobs/{id}', await call(`${api.url}/jobs/nobody`, cancel));
});

test('the cache and the service', async () => {
  const { body } = await post(`${api.url}/predict`, { text: 'an entry' }, wait);
  const entry = `/cache/${body.cache_key}`;
  expectDocumented('get', '/cache/{key}', await call(api.url + entry));
  expectDocumented('delete', '/cache/{key}', await call(api.url + entry, { method: 'DELETE' }));
  expectDocumented('get', '/cache/{key}', await call(api.url + entry));
  expectDocumented('delete', '/cache', await call(`${api.url}/cache?tag=x`, { method: 'DELETE' }));
  expectDocumented('delete', '/cache', await call(`${api.url}/cache?x`, { method: 'DELETE' }));
  const invalidated = await post(`${api.url}/invalidate-cache/m`, '');
  expectDocumented('post', '/invalidate-cache/{model_id}', invalidated);
  for (const path of ['/cache/stats', '/models', '/healthz', '/readyz'])
    expectDocumented('get', path, await call(api.url + path));
  expectDocumented('get', '/models/{name}', await call(`${api.url}/models/forecast`));
  expectDocumented('get', '/models/{name}', await call(`${api.url}/models/nobody`));
});

test('webhooks: what is asked, what is told of them, and what is sent', async () => {
  const text = { text: 'a webhook' };
  const events = ['job.started', 'job.completed', 'job.failed', 'job.canceled', 'job.expired'];
  const webhook = { url: `${receiver.url}/`, events };
  const accepted = await post(`${api.url}/predict`, { ...text, webhook });
  const { job_id } = accepted.body;
  expectDocumented('post', '/predict', accepted);
  expectDocumented('get', '/jobs/{id}', await call(`${api.url}/jobs/${job_id}`));
  await expect.poll(() => receiver.calls.length, { timeout: 20_000 }).toBe(2);
  const hit = await post(`${api.url}/predict`, { ...text, webhook });
  expect(hit.status).toBe(200);
  expectDocumented('post', '/predict', hit);
  expectDocumented('post', '/predict', await post(`${api.url}/predict`, { ...text, webhook: {} }));
  await expect.poll(() => receiver.calls.length, { timeout: 20_000 }).toBe(3);

  for (const { event } of receiver.calls) {
    const step = event.type.replaceAll('/', '~1');
    const pointer = `webhooks/${step}/post/requestBody/content/application~1json/schema`;
    const validate = ajv.compile({ $ref: `openapi.json#/${pointer}` });
    validate(event);
    expect({ type: event.type, errors: validate.errors }).toEqual({
      type: event.type,
      errors: null,
    });
  }
  const path = '/jobs/{id}/deliveries';
  const listed = await call(`${api.url}/jobs/${job_id}/deliveries`);
  expectDocumented('get', path, listed);
  expectDocumented('get', path, await call(`${api.url}/jobs/nobody/deliveries`));
  expectDocumented(
    'get',
    '/admin/deliveries',
    await call(`${api.url}/admin/deliveries?status=over`),
  );
  expectDocumented('get', '/admin/deliveries', await call(`${api.url}/admin/deliveries?limit=x`));
  for (const delivery of [`${job_id}-completed`, 'nobody']) {
    const url = `${api.url}/jobs/${job_id}/deliveries/${delivery}/redeliver`;
    expectDocumented('post', `${path}/{delivery}/redeliver`, await call(url, { method: 'POST' }));
  }
});

test('keys, and the audit', async () => {
  const keys = `${api.url}/admin/keys`;
  const made = await post(keys, { tenant: 'acme', name: 'ci', scopes: ['ask'], expires: '1d' });
  expectDocumented('post', '/admin/keys', made);
  expectDocumented('post', '/admin/keys', await post(keys, { tenant: 'acme' }));
  const at = `${keys}/${made.body.id}`;
  const rotated = await call(`${at}/rotate`, { method: 'POST' });
  expectDocumented('post', '/admin/keys/{id}/rotate', rotated);
  expectDocumented(
    'post',
    '/admin/keys/{id}/rotate',
    await call(`${at}/rotate`, { method: 'POST' }),
  );
  expectDocumented('delete', '/admin/keys/{id}', await call(at, { method: 'DELETE' }));
  expectDocumented('delete', '/admin/keys/{id}', await call(`${keys}/x`, { method: 'DELETE' }));
  expectDocumented('get', '/admin/keys', await call(keys));
  const audit = await call(`${api.url}/admin/audit?limit=2`);
  expectDocumented('get', '/admin/audit', audit);
  expect(audit.body.next_cursor).toBe(audit.body.entries[1].id);
});

test('figures add up', async () => {
  const before = (await call(`${api.url}/cache/stats`)).body;
  const text = { text: 'to be counted' };
  await post(`${api.url}/predict`, text, wait);
  await post(`${api.url}/predict`, text);
  await post(`${api.url}/predict`, text);
  await post(`${api.url}/predict`, text, { ...wait, 'Cache-Control': 'no-cache' });
  const after = (await call(`${api.url}/cache/stats`)).body;

  expect(after.hits - before.hits).toBe(2);
  expect(after.misses - before.misses).toBe(1);
  expect(after.bypass - before.bypass).toBe(1);
  expect(after.models.sentiment.hits - before.models.sentiment.hits).toBe(2);
});
