/**
 * G12: what a small request may cost. Each hostile body goes to a real API process, plain and gzipped,
 * while another client asks /healthz. Times are compared with `JSON.parse` in the same run, and the best of
 * five attempts counts, because the machine may be busy with other things.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { post } from '@deja/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ApiProcess, modelPath, startApi } from '../processes.ts';
import { newSecret, webhookEnv } from '../receiver.ts';
import { gzipped, HOSTILE, type HostileBody, rows } from './hostile-bodies.ts';
import { type Cost, costOf } from './measure.ts';

const MB = 1024 * 1024;
const LEAST_STALL_MS = 50;
const PARSES = 20;
const LEAST_BYTES = 8 * MB;
const SIZES = 30;
const ATTEMPTS = 5;

let api: ApiProcess;
beforeAll(async () => {
  api = await startApi({
    ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `t${randomUUID().slice(0, 8)}` },
    ...{ CACHE_DIR: 'off', QUEUE_MAX: '100000', INPUT_MAX_MB: '2000' },
    DEJA_MODELS: ['./examples/sleep-model.ts', modelPath('anything.ts')].join(),
    ...webhookEnv(newSecret()),
  });
  // Code is compiled, and the heap has grown, before anything is measured.
  for (let at = 0; at < 5; at += 1) {
    await send('/forecast', JSON.stringify({ model_id: `w${at}`, data: rows(40_000), periods: 1 }));
    const inputs = rows(500).map(({ ds }) => ({ text: `${at} ${ds}` }));
    await send('/batch', JSON.stringify({ model: 'sentiment', inputs }));
    const holidays = [{ holiday: `w${at}`, ds: '2020-01-01', upper_window: 366 }];
    const windows = { model_id: `w${at}`, data: rows(10), periods: 1, options: { holidays } };
    await send('/batch', JSON.stringify({ model: 'forecast', inputs: Array(20).fill(windows) }));
  }
});
afterAll(() => api[Symbol.asyncDispose]());

async function send(path: string, body: string | Buffer): Promise<number> {
  const encoding = typeof body === 'string' ? undefined : { 'Content-Encoding': 'gzip' };
  const headers = { 'Content-Type': 'application/json', ...encoding };
  const res = await fetch(api.url + path, { method: 'POST', headers, body: body as string });
  await res.arrayBuffer();
  return res.status;
}

/** How long `JSON.parse` takes for as many bytes of rows. Unit: ms. */
function parseMs(bytes: number): number {
  const text = JSON.stringify(rows(Math.max(10_000, Math.ceil(bytes / 32))));
  const startedAt = performance.now();
  JSON.parse(text);
  return ((performance.now() - startedAt) * bytes) / text.length;
}

interface Measured extends Cost {
  readonly mostStallMs: number;
}

async function measured({ path, text }: HostileBody, isZipped: boolean): Promise<Measured> {
  const json = text();
  const body = isZipped ? gzipped(json) : json;
  const before = parseMs(json.length);
  const cost = await costOf({ url: api.url, pid: api.child.pid as number }, async () => {
    const status = await send(path, body);
    expect([200, 202, 400, 413, 422]).toContain(status);
  });
  const most = PARSES * Math.max(before, parseMs(json.length));
  return { ...cost, mostStallMs: Math.max(LEAST_STALL_MS, most) };
}

describe('G12 Small requests cost little:', () => {
  const bodies = Object.entries(HOSTILE);
  // Most shrink so much that only their ratio counts.
  describe.each([
    { isZipped: false, some: bodies },
    { isZipped: true, some: bodies.slice(0, 10) },
  ])('gzipped $isZipped,', ({ isZipped, some }) => {
    test.each(some)('%s', async (_name, body) => {
      const mostBytes = SIZES * Buffer.byteLength(body.text()) + LEAST_BYTES;
      const seen: Measured[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        seen.push(await measured(body, isZipped));
        const best = seen.at(-1) as Measured;
        if (best.stallMs <= best.mostStallMs && best.bytes <= mostBytes) return;
      }
      expect(seen, `bounds: ${mostBytes} bytes, and mostStallMs`).toEqual([]);
    });
  });
});

describe('G12 Small requests cost little: a Content-Length that lies', () => {
  /** Sends a head and a body, and resolves to what came back when the connection ended or went quiet. */
  async function raw(head: string, body: string): Promise<string> {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`,
    );
    let seen = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    await once(socket, 'data');
    socket.destroy();
    return seen;
  }

  test('more than MAX_BODY_MB is refused before any of it comes', async () => {
    expect(await raw('Content-Length: 100000000', '')).toContain('413');
  });

  test('less than what is sent ends the connection, and the rest is no request', async () => {
    expect(await raw('Content-Length: 2', '{}{"text":"a"}')).toMatch(/^HTTP\/1.1 4(00|22) /);
  });

  test('none, and chunks without end, are bounded like any other body', async () => {
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    expect(await raw('Transfer-Encoding: chunked', chunk.repeat(140))).toContain('413');
  });
});

test('G12 Small requests cost little: bodies of single bytes take no more than their bytes', async () => {
  const bytes = 2_000_000;
  const target = { url: api.url, pid: api.child.pid as number };
  const { bytes: taken } = await costOf(target, async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const head = 'Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
    socket.write(`POST /predict HTTP/1.1\r\n${head}\r\n\r\n`);
    socket.write(`${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
  });

  expect(taken).toBeLessThanOrEqual(SIZES * bytes + LEAST_BYTES);
});

test('G12 Small requests cost little: 70 unfinished bodies stay within MAX_BODIES_MB', async () => {
  const target = { url: api.url, pid: api.child.pid as number };
  const sockets = await Promise.all(
    Array.from({ length: 70 }, async () => {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }),
  );
  const part = Buffer.alloc(7_900_000, 'x');
  const head = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000';

  const { bytes } = await costOf(target, async () => {
    const sent = sockets.map(async (socket) => {
      socket.write(`POST /predict HTTP/1.1\r\n${head}\r\n\r\n`);
      await new Promise<void>((resolve) => socket.write(part, () => resolve()));
    });
    await Promise.all(sent);
    expect((await post(`${api.url}/predict`, { text: randomUUID() })).status).toBe(202);
  });

  for (const socket of sockets) socket.destroy();
  expect(bytes).toBeLessThan(2 * 64 * MB); // the default, twice while a buffer grows
});
