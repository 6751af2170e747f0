/** How connections are limited, and how they end. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { call, exchange, openSocket, post, readAnswer, requestText } from '@deja/testing';
import { expect, test } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';
const json = { Host: 'localhost', 'Content-Type': 'application/json' };

test('a request whose headers or body come slowly is answered with 408 and closed', async () => {
  await using api = await openApi({ REQUEST_TIMEOUT_S: '1' });
  const startedAt = performance.now();
  const slow = [
    requestText(`POST ${run}`, { ...json, 'Content-Length': 1000 }, '{"text":'),
    requestText(`POST ${run}`, { ...json, 'Transfer-Encoding': 'chunked' }, '1\r\n{\r\n'),
    `POST ${run} HTTP/1.1\r\nHost: localhost\r\n`,
    '',
  ];

  const answers = await Promise.all(slow.map((text) => exchange(api.url, text)));

  expect(performance.now() - startedAt).toBeLessThan(8000);
  for (const answer of answers) {
    expect(answer.status).toBe(408);
    expect(answer.headers).toMatchObject({ connection: 'close' });
    const detail = expect.stringContaining('REQUEST_TIMEOUT_S (1)');
    expect(JSON.parse(answer.text)).toMatchObject({
      ...{ type: 'urn:deja:problem:request-timeout', detail },
    });
  }
});

test('the time to arrive does not bound the time to be answered', async () => {
  await using api = await openApi({ REQUEST_TIMEOUT_S: '1' });

  const { status } = await post(`${api.url}${run}`, { text: 'a' }, { Prefer: 'wait=4' });

  expect(status).toBe(202);
});

test('what is no HTTP is a problem too', async () => {
  await using api = await openApi();

  const nonsense = await exchange(api.url, 'nonsense\r\n\r\n');
  const large = await exchange(api.url, requestText('GET /', { ...json, X: 'x'.repeat(20_000) }));

  expect(nonsense.status).toBe(400);
  expect(JSON.parse(nonsense.text)).toMatchObject({ type: 'urn:deja:problem:malformed-request' });
  expect(large.status).toBe(431);
  expect(JSON.parse(large.text)).toMatchObject({ type: 'urn:deja:problem:headers-too-large' });
});

test('what is over MAX_CONNECTIONS is told so', async () => {
  await using api = await openApi({ MAX_CONNECTIONS: '2' });
  const ask = requestText('GET /healthz', json);
  const kept = [await openSocket(api.url), await openSocket(api.url)];

  const refused = await exchange(api.url, ask);
  kept[0]?.write(ask);
  const served = await readAnswer(kept[0] as (typeof kept)[number]);
  kept[1]?.destroy();

  expect(refused.status).toBe(503);
  expect(refused.headers).toMatchObject({ connection: 'close' });
  expect(JSON.parse(refused.text)).toMatchObject({
    ...{ type: 'urn:deja:problem:connections-full' },
    detail: 'MAX_CONNECTIONS (2) are open',
  });
  expect(served.status).toBe(200);
  await expect.poll(async () => (await exchange(api.url, ask)).status).toBe(200);
  kept[0]?.destroy();
});

test('a client that asks while the server drains is answered, and told to go elsewhere', async () => {
  const api = await openApi({ DRAIN_S: '20' });
  const ask = requestText('GET /cache/stats', json);
  const waiting = await openSocket(api.url);
  waiting.write(requestText('GET /healthz', json));
  await readAnswer(waiting);
  const idle = await openSocket(api.url);
  idle.write(ask);
  await readAnswer(idle);
  const polls = await openSocket(api.url);
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  polls.write(requestText(`GET /jobs/${body.job_id}`, { ...json, Prefer: 'wait=60' }));
  await expect.poll(() => api.context.waiter.waits).toBe(1);

  const polled = readAnswer(polls);
  const closed = api[Symbol.asyncDispose]();
  api.stop();
  waiting.write(ask); // it was idle when the stop began
  const late = await readAnswer(waiting);

  expect([late.status, late.headers.connection]).toEqual([200, 'close']);
  const held = await polled;
  expect([held.status, held.headers.connection]).toEqual([200, 'close']);
  await once(idle, 'close'); // asked nothing more
  await closed;
});

test('clients that ask all the time see no reset connection when the server stops', async () => {
  const api = await openApi({ DRAIN_S: '20' });
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let asked = 0;
  const client = async (): Promise<string> => {
    for (;;) {
      asked += 1;
      const failure = await askOnce(`${api.url}/healthz`, agent);
      if (failure !== undefined) return failure;
    }
  };

  const clients = Array.from({ length: 20 }, client);
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(100);
  const closed = api[Symbol.asyncDispose]();
  api.stop();

  expect(new Set(await Promise.all(clients))).toEqual(new Set(['ECONNREFUSED']));
  await closed;
  agent.destroy();
});

/** The code of the error; undefined: it was answered. */
async function askOnce(url: string, agent: Agent): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  request(url, { agent }, (res) => res.resume().on('end', () => resolve(undefined)))
    .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    .end();
  return await promise;
}

test('a body that is declared too large is 413 at once, an empty one 400', async () => {
  await using api = await openApi();

  const large = { ...json, 'Content-Length': 100_000_000 };
  const tooLarge = await exchange(api.url, requestText(`POST ${run}`, large, '{"text":'));
  const statuses: number[] = [];
  for (const headers of [
    { ...json, 'Content-Length': 0 },
    { ...json, 'Content-Length': 0, 'Content-Type': 'text/plain' },
    { Host: 'localhost' },
    json,
  ])
    statuses.push((await exchange(api.url, requestText(`POST ${run}`, headers))).status);

  expect(tooLarge.status).toBe(413);
  expect(JSON.parse(tooLarge.text).detail).toContain('MAX_BODY_MB');
  expect(statuses).toEqual([400, 400, 400, 400]);
});

test('an empty key does not clear the cache', async () => {
  await using api = await openApi();
  const clear = (path: string) => call(`${api.url}${path}`, { method: 'DELETE' });

  const { seq } = (await clear('/cache')).body;
  expect((await clear('/cache/')).status).toBe(400);
  expect((await clear('/cache/?tag=a')).status).toBe(400);
  expect((await clear('/cache//')).status).toBe(404);
  expect((await clear('/cache')).body.seq).toBe(seq + 1);
});
