/** A real server on the other side, which does as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { context } from '../../test/series.ts';
import { InputError } from '../errors.ts';
import { type HttpModelDefinition, httpModel } from './http-model.ts';

type Handler = (req: IncomingMessage, res: ServerResponse, body: string) => void;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

async function serve(handler: Handler) {
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    handler(req, res, body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
  };
  open.push({ [Symbol.asyncDispose]: stop });
  return { url: `http://127.0.0.1:${port}/predict?key=secret`, port, stop };
}

const anything = { name: 'm', version: 1, input: z.any(), output: z.any() };
type Options = Partial<HttpModelDefinition<z.ZodAny, z.ZodAny>>;

async function setUp(handler: Handler, options: Options = {}) {
  const { url } = await serve(handler);
  const model = httpModel({ ...anything, url, ...options });
  const told: unknown[] = [];
  const abort = new AbortController();
  const own = {
    ...context,
    signal: abort.signal,
    progress: (...what: unknown[]) => void told.push(what),
  };
  const run = async (input: unknown = { x: 1 }) => (await model.run(input, own)).output;
  return { model, run, told, abort };
}

const failureOf = (run: Promise<unknown>): Promise<Error> =>
  run.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

const answer = (res: ServerResponse, value: unknown, status = 200) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

test('the input goes there as JSON with the headers, and JSON comes back', async () => {
  let seen: unknown;
  const { run } = await setUp(
    (req, res, body) => {
      seen = [req.method, req.url, req.headers.authorization, JSON.parse(body)];
      answer(res, { data: { y: 2 } });
    },
    {
      headers: () => ({ authorization: 'Bearer 1' }),
      body: (input) => ({ instances: [input] }),
      result: (value) => (value as { data: unknown }).data,
    },
  );

  expect(await run()).toEqual({ y: 2 });
  expect(seen).toEqual(['POST', '/predict?key=secret', 'Bearer 1', { instances: [{ x: 1 }] }]);
});

test.each([
  ['application/x-ndjson', (value: unknown) => `${JSON.stringify(value)}\n`],
  [
    'text/event-stream; charset=utf-8',
    (value: unknown) => `: hi\nevent: x\ndata: ${JSON.stringify(value)}\n\n`,
  ],
])('%s streams progress, then the output', async (type, line) => {
  const { run, told } = await setUp((_req, res) => {
    res.writeHead(200, { 'content-type': type });
    res.write(line({ progress: 0.5, stage: 'half' }));
    setImmediate(() => res.end(line({ output: [7] })));
  });

  expect(await run()).toEqual([7]);
  expect(told).toEqual([[0.5, 'half']]);
});

describe('asks again', () => {
  test.each([503, 502, 504, 429])('after %d, until the server is back', async (status) => {
    let asked = 0;
    const { run } = await setUp((_req, res) => {
      asked += 1;
      if (asked <= 2) res.writeHead(status, { 'retry-after': '0' }).end();
      else answer(res, asked);
    });

    expect(await run()).toBe(3);
  });

  test('where the connection is refused, and the last time says so', async () => {
    const { url, stop } = await serve(() => {});
    await stop();
    const model = httpModel({ ...anything, url, retries: 1 });

    await expect(model.run({}, context)).rejects.toThrow(
      'the server cannot be reached: ECONNREFUSED, asked 2 times',
    );
  });

  test('as often as it may', async () => {
    let asked = 0;
    const handler: Handler = (_req, res) => {
      asked += 1;
      res.writeHead(503, { 'retry-after': '0' }).end('loading');
    };
    const { run } = await setUp(handler, { retries: 2 });

    await expect(run()).rejects.toThrow('the server answered 503: loading, asked 3 times');
    expect(asked).toBe(3);
  });

  test('never after a server’s own failure', async () => {
    let asked = 0;
    const { run } = await setUp((_req, res) => {
      asked += 1;
      answer(res, { error: { message: 'out of memory' } }, 500);
    });

    await expect(run()).rejects.toThrow(/^the server answered 500: out of memory$/);
    expect(asked).toBe(1);
  });
});

test.each([400, 413, 422])(
  '%d refuses the input, in the words of the server, bounded',
  async (status) => {
    const { run } = await setUp((_req, res) => answer(res, { detail: 'n'.repeat(9000) }, status));

    const error = await failureOf(run());

    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(`${'n'.repeat(500)}…`);
  },
);

test.each([401, 403, 404])('%d is no refusal of the input', async (status) => {
  const { run } = await setUp((_req, res) => answer(res, { message: 'no' }, status));

  const error = await failureOf(run());

  expect(error).not.toBeInstanceOf(InputError);
  expect(error.message).toBe(`the server answered ${status}: no`);
});

test('an error that the server streams is told apart', async () => {
  const { run } = await setUp((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    res.end('{"error": {"code": "INPUT_REFUSED", "message": "odd", "path": "/x"}}');
  });

  await expect(run()).rejects.toMatchObject({ issues: [{ path: '/x', message: 'odd' }] });
});

describe('is a failure that says what happened:', () => {
  const NDJSON = { 'content-type': 'application/x-ndjson' };
  test.each<[string, Handler, RegExp]>([
    ['what is no JSON', (_req, res) => void res.end('<html>'), /answered what is no JSON: <html>/],
    ['too much', (_req, res) => void res.end('x'.repeat(2000)), /answered more than 1000 bytes/],
    [
      'a redirection',
      (_req, res) => void res.writeHead(302, { location: '/elsewhere' }).end(),
      /answered 302/,
    ],
    [
      'an answer that breaks off',
      (_req, res) => {
        res.writeHead(200, { 'content-length': '100' });
        res.write('{"a"');
        setTimeout(() => res.destroy(), 20);
      },
      /broke off in the middle/,
    ],
    [
      'a stream without an output',
      (_req, res) => void res.writeHead(200, NDJSON).end('{"progress": 1}\n'),
      /ended its stream without an output/,
    ],
    [
      'a stream of garbage',
      (_req, res) => void res.writeHead(200, NDJSON).end('loading…\n'),
      /streamed what is no reply: loading…/,
    ],
    [
      'a line that is too long',
      (_req, res) => void res.writeHead(200, NDJSON).write('x'.repeat(2000)),
      /streamed a line of more than 1000 bytes/,
    ],
  ])('%s', async (_what, handler, message) => {
    const { run } = await setUp(handler, { maxAnswerBytes: 1000 });

    const error = await failureOf(run());

    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });
});

test('an abort ends the request at once, also while it waits to ask again', async () => {
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const hung = await setUp((req) => {
    req.socket.on('close', () => closed.resolve());
    asked.resolve();
  });
  const refused = Promise.withResolvers<void>();
  const waiting = await setUp((_req, res) => {
    res.writeHead(503, { 'retry-after': '30' }).end(() => refused.resolve());
  });
  const runs = [hung.run(), waiting.run()].map((run) => run.catch((error) => error));
  await Promise.all([asked.promise, refused.promise]);

  const reason = new Error('over');
  hung.abort.abort(reason);
  waiting.abort.abort(reason);

  expect(await Promise.all(runs)).toEqual([reason, reason]);
  await closed.promise;
});

test('no more requests at a time than it may, and so many to a slot', async () => {
  let [inside, most] = [0, 0];
  const { model, run } = await setUp(
    (_req, res) => {
      inside += 1;
      most = Math.max(most, inside);
      setTimeout(() => {
        inside -= 1;
        answer(res, 1);
      }, 20);
    },
    { concurrency: 3 },
  );

  await Promise.all(Array.from({ length: 12 }, () => run()));

  expect(most).toBe(3);
  expect(model.perSlot).toBe(3);
});

test.each(['predict', 'ftp://host/x', 'http://user:word@host/x'])('%s is no url', (url) => {
  expect(() => httpModel({ ...anything, url })).toThrow(TypeError);
});
