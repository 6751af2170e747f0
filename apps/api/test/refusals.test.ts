/** What bad requests get: a problem document, and nothing in the queue. */
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Answered, call, post } from '@deja/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from './harness.ts';

let api: Awaited<ReturnType<typeof openApi>>;
beforeAll(async () => {
  api = await openApi({ MAX_BODY_MB: '1' });
});
afterAll(() => api[Symbol.asyncDispose]());

const ask = (body: unknown, headers?: Record<string, string>) =>
  post(`${api.url}/models/echo/run`, body, headers);

function expectProblem(answer: Answered, status: number, name: string) {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-request-id')).toMatch(/./);
  expect(answer.body).toMatchObject({ type: `urn:deja:problem:${name}`, status });
  expect(answer.body.title).toMatch(/./);
}

test('a body that is not JSON, or not UTF-8, is 400', async () => {
  expectProblem(await ask('{"text":'), 400, 'malformed-json');
  expectProblem(await ask(''), 400, 'malformed-json');
  const latin1 = Buffer.from([0x7b, 0x22, 0x74, 0xe9, 0x22, 0x7d]);
  expectProblem(await ask(latin1), 400, 'malformed-json');
});

test('JSON that the schema refuses is 422, with a pointer to each place', async () => {
  const answer = await ask({ text: '', a: 1, 'b/c': 2 });

  expectProblem(answer, 422, 'input-refused');
  expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
    '/a',
    '/b~1c',
    '/text',
  ]);
});

test('a text that has no canonical form is 422', async () => {
  expectProblem(await ask('{"text":"\\ud800"}'), 422, 'input-refused');
});

test('a webhook that nobody could sign is refused', async () => {
  const webhook = await ask({ text: 'a', webhook: { url: 'https://example.org/' } });

  expectProblem(webhook, 422, 'webhooks-off');
  expect(webhook.body.errors[0].path).toBe('/webhook');
});

test('a body over the limit is 413, also when it is small on the wire', async () => {
  const large = JSON.stringify({ text: 'x'.repeat(1_100_000) });

  expectProblem(await ask(large), 413, 'body-too-large');
  const zipped = await ask(gzipSync(large), { 'Content-Encoding': 'gzip' });
  expectProblem(zipped, 413, 'body-too-large');
});

test('a body that is not what its encoding says is 400', async () => {
  const answer = await ask('not gzip', { 'Content-Encoding': 'gzip' });

  expectProblem(answer, 400, 'malformed-request');
});

test('another content type, charset or encoding is 415', async () => {
  const text = '{"text":"a"}';
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
    expectProblem(await ask(text, { 'Content-Type': type }), 415, 'unsupported-media-type');
  expectProblem(await ask(text, { 'Content-Encoding': 'rot13' }), 415, 'unsupported-media-type');
});

test('an unknown route, model or job is 404', async () => {
  expectProblem(await call(`${api.url}/nothing`), 404, 'not-found');
  expectProblem(await call(`${api.url}/models/nobody`), 404, 'not-found');
  expectProblem(await post(`${api.url}/models/nobody/run`, {}), 404, 'not-found');
  expectProblem(await call(`${api.url}/jobs/0-nonsense`), 404, 'job-unknown');
  expectProblem(await call(`${api.url}/cache/${'0'.repeat(64)}`), 404, 'entry-unknown');
});

test('a job that is past its retention is 410', async () => {
  const old = `0-${'0'.repeat(36)}`;

  expectProblem(await call(`${api.url}/jobs/${old}`), 410, 'job-gone');
});

test('a wrong method is 405 and says which are allowed', async () => {
  for (const [method, path, allow] of [
    ['GET', '/forecast', 'POST'],
    ['GET', '/predict', 'POST'],
    ['PUT', `/jobs/0-${'0'.repeat(36)}`, 'GET, HEAD, DELETE'],
    ['PUT', '/cache', 'DELETE'],
    ['POST', '/cache/stats', 'GET, HEAD'],
  ] as const) {
    const answer = await call(`${api.url}${path}`, { method });
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  }
});

test('a malformed header, key or query is 400', async () => {
  const text = { text: 'a' };
  expectProblem(await ask(text, { Prefer: 'wait=soon' }), 400, 'malformed-request');
  for (const value of ['max-age', 'max-age=soon', 'min-fresh=-1', 'max-stale=x', 'stale-if-error'])
    expectProblem(await ask(text, { 'Cache-Control': value }), 400, 'malformed-request');
  for (const value of ['5', '0s', '5d', '-5m', '1m30s', 'soon'])
    expectProblem(await ask(text, { 'Cancel-After': value }), 400, 'malformed-request');
  for (const value of ['""', 'two words', 'x'.repeat(256)])
    expectProblem(await ask(text, { 'Idempotency-Key': value }), 400, 'malformed-request');
  expectProblem(await ask(text, { 'X-Cache-Min-Seq': '-1' }), 400, 'malformed-request');
  expectProblem(await call(`${api.url}/cache/xyz`), 400, 'malformed-request');
  for (const query of ['?', '?tag=', '?tags=a', '?tag=a&tag=b', '?tag=a&x=1']) {
    const answer = await call(`${api.url}/cache${query}`, { method: 'DELETE' });
    expectProblem(answer, 400, 'malformed-request');
  }
  expectProblem(await post(`${api.url}/models/%ff/run`, text), 400, 'malformed-request');
});

test('a request that changes something is refused from a foreign origin', async () => {
  const foreign = await ask({ text: 'a' }, { Origin: 'https://evil.example' });
  const own = await ask({ text: 'a' }, { Origin: api.url });

  expectProblem(foreign, 403, 'foreign-origin');
  expect(own.status).toBe(202);
});

test('a listed origin is allowed, and may read the headers', async () => {
  await using listed = await openApi({ CORS_ORIGINS: 'https://app.example' });
  const headers = { Origin: 'https://app.example' };

  const preflight = await fetch(`${listed.url}/predict`, { method: 'OPTIONS', headers });
  const answer = await post(`${listed.url}/models/echo/run`, { text: 'a' }, headers);

  expect(preflight.status).toBe(204);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(answer.headers.get('access-control-expose-headers')).toContain('X-Cache-Key');
});

test('a client that disconnects in the middle of its body hurts nobody', async () => {
  const disconnected = new Promise((resolve) => {
    const req = request(`${api.url}/models/echo/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': '1000' },
    });
    req.on('error', () => {}).once('close', resolve);
    req.write('{"text":', () => req.destroy());
  });
  await disconnected;

  expect((await ask({ text: 'still here' })).status).toBe(202);
});

test('nothing that was refused is in the queue', async () => {
  await using fresh = await openApi();
  for (const body of ['{', { text: '' }, { text: 'a', webhook: {} }])
    await post(`${fresh.url}/models/echo/run`, body);

  expect(await fresh.context.runs.pending()).toEqual([]);
  const stats = await call(`${fresh.url}/cache/stats`);
  expect(stats.body.misses).toBe(0);
});
