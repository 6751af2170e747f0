/** What clients may hold in an API process: bodies that they do not finish, answers that they do not read. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { defineModel } from '@deja/models';
import { call, post } from '@deja/testing';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openApi } from './harness.ts';

const MB = 1024 * 1024;
const PATIENCE = { timeout: 15_000 };
const text = defineModel({
  name: 'text',
  version: 1,
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  compute: () => ({ text: '' }),
});

type Api = Awaited<ReturnType<typeof openApi>>;

/** Sends the head of a POST and the beginning of its body. */
async function begin({ url }: Api, path: string, headers: string, body: string): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n`;
  socket.write(`${head}\r\n${body}`);
  return socket;
}

/** An answer of about `bytes` in memory. */
async function store(api: Api, question: string, bytes: number) {
  const { cache, memory, runs } = api.context;
  const { body } = await post(`${api.url}/models/text/run`, { text: question });
  const run = await api.runOf(body.job_id);
  const started = await runs.start(run, 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  const failure = '{"code":"MODEL_FAILED","message":"only the entry counts"}';
  await runs.finalise(run, 'attempt', 'failed', failure);
  const { key, log, token, runSeq, tags } = started.attempt;
  await cache.reaches(token.seq);
  const times = { createdAt: Date.now(), freshUntil: Date.now() + 60_000, computeMs: 7 };
  await memory.put({
    header: {
      ...{ key, log, token, runSeq, tags, model: 'text', tenant: 'default', digest: '' },
      ...{ ...times, staleUntil: times.freshUntil },
    },
    body: Buffer.from(JSON.stringify({ output: 'x'.repeat(bytes) })),
  });
}

test('unfinished bodies are bounded by what was received, not by what was announced', async () => {
  await using api = await openApi({ MAX_BODIES_MB: '4', MAX_BODY_MB: '8' }, [text]);
  const run = '/models/text/run';
  const sockets: Socket[] = [];
  for (let i = 0; i < 20; i += 1)
    sockets.push(await begin(api, run, 'Content-Length: 8000000', '{"text":"'));
  const large = { text: 'x'.repeat(3 * MB) };

  expect((await post(api.url + run, large)).status).toBe(202);
  for (const socket of sockets) socket.write('x'.repeat(300_000));
  await vi.waitFor(async () => {
    const refused = await post(api.url + run, { text: 'y'.repeat(3 * MB) });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ type: 'urn:deja:problem:overloaded' });
    expect(refused.body.detail).toContain('MAX_BODIES_MB (4194304 bytes)');
    expect(refused.headers.get('retry-after')).toBe('1');
  }, PATIENCE);
  expect((await post(api.url + run, { text: 'small' })).status).toBe(202);
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(async () => {
    expect((await post(api.url + run, { text: 'z'.repeat(3 * MB) })).status).toBe(202);
  }, PATIENCE);
});

test('a request that waits holds no body', async () => {
  await using api = await openApi({ MAX_BODIES_MB: '1', MAX_BODY_MB: '1' }, [text]);
  const ask = (digit: number, headers = {}) =>
    post(`${api.url}/models/text/run`, { text: `${digit}`.repeat(700_000) }, headers);
  const waiting = [];
  for (const digit of [1, 2, 3]) {
    waiting.push(ask(digit, { Prefer: 'wait=60' }));
    await vi.waitFor(() => expect(api.context.waiter.size).toBe(digit), PATIENCE);
  }

  expect((await ask(4)).status).toBe(202);

  api.stop();
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202, 202]);
});

test('answers that clients do not read are bounded, and one that they share counts once', async () => {
  await using api = await openApi({ MAX_REPLIES_MB: '10' }, [text]);
  await Promise.all(['a', 'b'].map((question) => store(api, question, 6 * MB)));
  const ask = (question: string) => post(`${api.url}/models/text/run`, { text: question });
  const json = JSON.stringify({ text: 'a' });
  const readers: Socket[] = [];
  for (let i = 0; i < 10; i += 1) {
    const socket = await begin(api, '/models/text/run', `Content-Length: ${json.length}`, json);
    await once(socket, 'readable');
    readers.push(socket);
  }

  await vi.waitFor(async () => {
    const refused = await ask('b');
    expect(refused.status).toBe(503);
    expect(refused.body.detail).toContain('MAX_REPLIES_MB (10485760 bytes)');
  }, PATIENCE);
  const shared = await ask('a');
  expect(shared.headers.get('x-cache')).toBe('HIT');
  expect(shared.body.output).toHaveLength(6 * MB);
  for (const socket of readers) socket.destroy();
  await vi.waitFor(async () => expect((await ask('b')).status).toBe(200), PATIENCE);
});

test('an event stream that is not read counts, too', async () => {
  await using api = await openApi({ MAX_REPLIES_MB: '20' }, [text]);
  await store(api, 'a', 15 * MB);
  const json = JSON.stringify({ text: 'a' });
  const headers = `Accept: text/event-stream\r\nContent-Length: ${json.length}`;
  const reader = await begin(api, '/models/text/run', headers, json);
  await once(reader, 'readable');

  await vi.waitFor(async () => {
    const accept = { Accept: 'text/event-stream' };
    const refused = await fetch(`${api.url}/models/text/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...accept },
      body: json,
    });
    const told = await refused.text();
    expect(refused.status).toBe(503);
    expect(told).toContain('MAX_REPLIES_MB');
  }, PATIENCE);
  reader.destroy();
});

test('a batch that names one large answer many times holds it once', async () => {
  await using api = await openApi({ MAX_REPLIES_MB: '2' }, [text]);
  await store(api, 'a', MB);
  const inputs = Array(50).fill({ text: 'a' });

  const { status, body } = await post(`${api.url}/batch`, { model: 'text', inputs });

  expect(status).toBe(200);
  expect(body.items).toHaveLength(50);
  for (const item of body.items)
    expect(item).toMatchObject({ status: 200, body: { cached: true } });
});

test('items of a batch whose answers find no room fail alone, and say why', async () => {
  await using api = await openApi({ MAX_REPLIES_MB: '2' }, [text]);
  const questions = ['a', 'b', 'c'];
  for (const question of questions) await store(api, question, MB - 1000);
  const inputs = [...questions, 'd'].map((question) => ({ text: question }));

  const { body } = await post(`${api.url}/batch`, { model: 'text', inputs });

  const statuses = body.items.map(({ status }: { status: number }) => status);
  expect(statuses.sort()).toEqual([200, 200, 202, 503]);
  const refused = body.items.find(({ status }: { status: number }) => status === 503);
  expect(refused.body.detail).toContain('MAX_REPLIES_MB');
});

test('inputs that the queue has no room for are refused, and jobs can still be canceled', async () => {
  await using api = await openApi({ INPUT_MAX_MB: '1' }, [text]);
  const ask = (question: string) =>
    post(`${api.url}/models/text/run`, { text: question.repeat(700_000) });
  const { body } = await ask('a');

  const refused = await ask('b');
  const canceled = await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });

  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:deja:problem:queue-full' } });
  expect(refused.body.detail).toContain('INPUT_MAX_MB');
  expect(canceled.body.status).toBe('canceled');
  expect((await ask('b')).status).toBe(202);
});
