/** Repeated questions in front of Express: the same bytes, the same counts, and nothing else. */
import type { RequestListener } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { defineModel, type Model } from '@deja/models';
import { openSocket, post, requestText } from '@deja/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createApp, sharedBy } from '../src/app.ts';
import { serve } from '../src/http/serve.ts';
import { hitPath } from '../src/predictions/hit-path.ts';
import { digestOf, KnownBodies } from '../src/predictions/known-bodies.ts';
import { keyFor } from '../src/predictions/question.ts';
import { openApi } from './harness.ts';

const FRESH_MS = 600_000;
const WAIT = { timeout: 20_000 };

const modelNamed = (name: string, cache: { eagerRefresh?: number; staleMs?: number }) =>
  defineModel({
    name,
    version: 1,
    input: z.strictObject({ text: z.string() }),
    output: z.strictObject({ text: z.string() }),
    cache: { freshMs: FRESH_MS, ...cache },
    compute: ({ text }) => ({ text }),
  });
const echo = modelNamed('echo', {});
const eager = modelNamed('eager', { eagerRefresh: 0.5 });
const stale = modelNamed('stale', { staleMs: FRESH_MS });
const sentiment = modelNamed('sentiment', {});
const MODELS = [echo, eager, stale, sentiment];

const PAYLOADS: Record<string, string> = {
  plain: '{"text":"stored"}',
  wide: '{"text":"größer, 大きい, 🙂"}',
  nothing: '{}',
  long: JSON.stringify({ text: 'l'.repeat(20_000) }),
  huge: JSON.stringify({ text: 'h'.repeat(70_000) }),
};

let api: Awaited<ReturnType<typeof openApi>>;
/** The same API without the HIT path, with the same cache and the same counters. */
let express: Awaited<ReturnType<typeof serve>>;
let toExpress = 0;
/** Requests that are not over. */
let open = 0;
/** What came of the bodies of requests with the header X-Watched. */
const watched: Buffer[] = [];

const counted =
  (listener: RequestListener): RequestListener =>
  (req, res) => {
    open += 1;
    res.once('close', () => {
      open -= 1;
    });
    listener(req, res);
    if (req.headers['x-watched']) req.on('data', (chunk: Buffer) => watched.push(chunk));
  };

beforeAll(async () => {
  let app: RequestListener | undefined;
  api = await openApi(
    {
      MAX_BODY_MB: '1',
      CORS_ORIGINS: 'https://app.example',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    },
    MODELS,
    (context) => {
      const shared = sharedBy(context);
      const all = createApp(context, shared);
      app = counted(all);
      const hits = hitPath(context, shared, (req, res) => {
        toExpress += 1;
        all(req, res);
      });
      return counted(hits);
    },
  );
  express = await serve(app as RequestListener, { ...api.context.config, port: 0 });
  for (const model of MODELS) for (const text of Object.keys(PAYLOADS)) await store(model, text);
});
afterAll(async () => {
  await express[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

/** Puts an answer into memory: of `stale` one that is stale, of the others one that is late in its life. */
async function store(model: Model, text: string, at = api): Promise<void> {
  const { cache, memory, runs } = at.context;
  const { body } = await post(`${at.url}/models/echo/run`, { text: `${model.name} ${text}` });
  const started = await runs.start(await at.runOf(body.job_id), 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  const { log, token, runSeq } = started.attempt;
  await cache.reaches(token.seq);
  const createdAt = Date.now() - (model === stale ? 700_500 : 400_500);
  await memory.put({
    header: {
      ...{ key: keyFor(model, model.prepare({ text })), log, token, runSeq, tags: [] },
      ...{ model: model.name, tenant: 'default', digest: '', createdAt, computeMs: 7 },
      freshUntil: createdAt + FRESH_MS,
      staleUntil: createdAt + 10 * FRESH_MS,
    },
    body: Buffer.from(PAYLOADS[text] as string),
  });
}

type Fields = Readonly<Record<string, string | number | undefined>>;
interface Odd {
  readonly what: string;
  /** The bytes, in as many writes. */
  readonly writes: readonly string[];
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const question = (text = 'plain') => JSON.stringify({ text });

/** A request for the answer to `body` that differs from an ordinary one in what is given. */
function odd(
  what: string,
  {
    line = 'POST /models/echo/run',
    fields = {},
    body = question(),
    cuts = [],
    version = '1.1',
  }: Partial<Record<'line' | 'body' | 'version', string>> & {
    fields?: Fields;
    cuts?: readonly number[];
  },
): Odd {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  const all = { Host: 'localhost', ...JSON_TYPE, ...length, ...fields };
  const given = Object.entries(all).filter((pair) => pair[1] !== undefined);
  const written = requestText(line, Object.fromEntries(given) as Record<string, string>, body);
  const text = written.replace(' HTTP/1.1', ` HTTP/${version}`);
  const at = [0, ...cuts.map((cut) => (cut < 0 ? text.length + cut : cut)), text.length];
  return { what, writes: at.slice(1).map((end, n) => text.slice(at[n], end)) };
}

const each = <T>(values: readonly T[], make: (value: T) => Odd): Odd[] => values.map(make);
const field = (name: string, values: readonly string[]) =>
  each(values, (value) => odd(`${name}: ${value}`, { fields: { [name]: value } }));
const line = (values: readonly string[]) => each(values, (value) => odd(value, { line: value }));
const body = (values: readonly string[]) =>
  each(values, (value) => odd(`the body ${value.slice(0, 60)}`, { body: value }));

const ODD: readonly Odd[] = [
  ...body(Object.keys(PAYLOADS).map(question)),
  ...each(Object.keys(PAYLOADS), (text) =>
    odd(`closing, ${text}`, { body: question(text), fields: { Connection: 'close' } }),
  ),
  ...each(Object.keys(PAYLOADS), (text) =>
    odd(`HTTP/1.0, ${text}`, {
      body: question(text),
      version: '1.0',
      fields: { Connection: 'keep-alive' },
    }),
  ),
  ...body([
    ' {"text":"plain"}',
    '{"text":"plain"}\n',
    '{ "text" : "plain" }',
    '{"text":"pl\\u0061in"}',
    '\ufeff{"text":"plain"}',
    '{"text":"wide","text":"plain"}',
    '[]',
    '{}',
    'null',
    '"plain"',
    '{"text":',
    '{"text":1}',
    '{"text":"plain","more":1}',
    '{"text":"plain"}}',
    `{"text":"plain"}${' '.repeat(40_000)}`,
    `{"text":"plain"}${' '.repeat(140_000)}`,
    ' '.repeat(1_048_560),
    ' '.repeat(1_048_577),
    `{"text":"${'x'.repeat(200)}`,
  ]),
  ...line([
    'GET /models/echo/run',
    'PUT /models/echo/run',
    'DELETE /models/echo/run',
    'OPTIONS /models/echo/run',
    'PATCH /models/echo/run',
    'HEAD /models/echo/run',
    'POST /models/echo/run/',
    'POST /models/echo/run?',
    'POST /models/echo/run?a=1',
    'POST //models/echo/run',
    'POST /Models/echo/run',
    'POST /models/ECHO/run',
    'POST /models/%65cho/run',
    'POST /models/none/run',
    'POST /models/%/run',
    'POST /models/../models/echo/run',
    'POST /models/echo/run#part',
    'POST http://localhost/models/echo/run',
    'POST http://evil.example/models/echo/run',
    'POST /models/echo',
    'POST /models/eager/run',
    'POST /models/stale/run',
    'POST /predict',
    'POST /models/sentiment/run',
    'POST /batch',
    'POST *',
    'POST /',
  ]),
  ...field('Content-Type', [
    'application/json; charset=utf-8',
    'application/json;charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset=latin1',
    'Application/JSON',
    'application/json ; a=b',
    'application/json;',
    'application/json, text/plain',
    'application/problem+json',
    'application/vnd.api+json',
    'text/json',
    'text/plain',
    'json',
    '',
    '*/*',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
  ]),
  ...field('Accept', [
    '*/*',
    'application/json',
    'application/json, text/event-stream;q=0.5',
    'text/event-stream;q=0',
    'TEXT/EVENT-STREAM;q=0, */*',
    'text/html',
    'image/png',
    '',
    'text/csv',
    'application/json;q=0',
    ';;;',
    '"text/event-stream"',
  ]),
  ...field('Prefer', [
    'wait=5',
    'wait=0',
    'wait=99999999999',
    'wait',
    'wait=',
    'wait=1.5',
    'wait=-1',
    'wait=soon',
    'respond-async',
    'respond-async, wait=1',
    'wait=1, wait=2',
    'WAIT=3',
    'wait="3"',
    ' wait=3 ',
    'handling=lenient',
    '',
    'wait=3;a=b',
  ]),
  ...field('Host', [
    'localhost',
    'LOCALHOST',
    'localhost:8000',
    'localhost.',
    '127.0.0.1',
    '[::1]:80',
    '10.0.0.1',
    'evil.example',
    'localhost.evil.example',
    '',
    'localhost:evil',
    'a b',
    '@localhost',
    'localhost@evil.example',
    '127.0.0.1.nip.io',
  ]),
  ...field('X-Request-Id', [
    'mine',
    'mine-1:2.3_4',
    'a'.repeat(128),
    'a'.repeat(129),
    'not mine',
    '',
    'größer',
    '"quoted"',
    'a,b',
    '0',
  ]),
  ...field('Sec-Fetch-Site', ['same-origin', 'same-site', 'cross-site', 'none', 'Cross-Site', '']),
  ...field('Origin', [
    'http://localhost',
    'https://app.example',
    'https://evil.example',
    'null',
    '',
    'http://localhost:80',
  ]),
  ...field('Cache-Control', [
    'max-age=1000',
    'max-stale',
    'min-fresh=5',
    'only-if-cached',
    'no-transform',
    '',
    'max-age=soon',
    'max-age=1, only-if-cached',
    'stale-if-error=9',
  ]),
  ...field('Idempotency-Key', ['', 'größer', 'a b']),
  ...field('Cancel-After', ['30s', '', 'soon', '5']),
  ...field('X-Cache-Min-Seq', ['0', '1', 'x', '-1', '']),
  ...field('Content-Encoding', ['identity', 'gzip', 'br', 'deflate', 'none', '']),
  ...field('Expect', ['100-continue', 'something']),
  ...field('Connection', ['keep-alive', 'close', 'Close', 'Upgrade', 'keep-alive, close']),
  ...field('Upgrade', ['h2c', 'websocket']),
  ...field('Via', ['1.1 proxy']),
  ...field('X-Forwarded-For', ['203.0.113.1']),
  ...field('X-Forwarded-Anything', ['']),
  ...field('Forwarded', ['for=203.0.113.1']),
  ...field('Authorization', ['Bearer a', 'Basic YTpi', '']),
  ...field('traceparent', [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'broken']),
  ...field('Cookie', ['a=b']),
  ...each([0, 5, 16], (length) =>
    odd(`Content-Length: ${length}`, { body: question().slice(0, length) }),
  ),
  ...field('Transfer-Encoding', ['identity', 'gzip']),
  odd('no Host', { fields: { Host: undefined } }),
  odd('HTTP/1.0 without Host', { version: '1.0', fields: { Host: undefined } }),
  odd('no Content-Type', { fields: { 'Content-Type': undefined } }),
  odd('no Content-Length', { body: '', fields: { 'Content-Length': undefined } }),
  odd('names in upper case', { fields: { ACCEPT: 'application/json', PREFER: 'wait=1' } }),
  ...each([1, 20, 60, -1, -5, -16], (at) => odd(`in two writes, at ${at}`, { cuts: [at] })),
  ...each(['plain', 'long'], (text) =>
    odd(`in three writes, ${text}`, { body: question(text), cuts: [30, -4] }),
  ),
  ...each([20_000, 40_000, 80_000], (at) =>
    odd(`a large body in two writes, at ${at}`, {
      body: `{"text":"plain"}${' '.repeat(140_000)}`,
      cuts: [at],
    }),
  ),
  odd('a large body in five writes', {
    body: `{"text":"plain"}${' '.repeat(140_000)}`,
    cuts: [500, 30_000, 50_000, 120_000],
  }),
];

/** The first answer as it comes over the wire, with what differs by nature left out. */
async function bytesOf(port: number, { writes }: Odd): Promise<string> {
  const socket = await openSocket(`http://127.0.0.1:${port}`);
  let seen = '';
  const isHead = writes[0]?.startsWith('HEAD') ?? false;
  const over = new Promise<void>((resolve) => {
    socket.on('close', resolve).on('data', (bytes: Buffer) => {
      seen += bytes.toString('latin1');
      if (isWhole(seen, isHead)) resolve();
    });
  });
  for (const part of writes) {
    socket.write(part);
    await setImmediate();
  }
  await over;
  socket.destroy();
  await vi.waitUntil(() => open === 0);
  return seen
    .replace(/^Date: .*\r$/m, 'Date: -\r')
    .replace(/^X-Request-Id: [0-9A-HJKMNP-TV-Z]{26}\r$/m, 'X-Request-Id: new\r');
}

function isWhole(seen: string, isHead: boolean): boolean {
  const last = seen.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '');
  const end = last.indexOf('\r\n\r\n');
  if (end < 0) return false;
  if (isHead || last.startsWith('HTTP/1.1 204')) return true;
  const length = /\r\nContent-Length: (\d+)/.exec(last.slice(0, end))?.[1];
  if (length === undefined) return last.endsWith('0\r\n\r\n');
  return last.length - end - 4 >= Number(length);
}

/** What has been counted. */
async function countsNow(): Promise<Map<string, number>> {
  const { counters, registry } = api.context;
  const requests = await registry.getSingleMetric('deja_http_requests_total')?.get();
  const all = new Map(counters.own());
  for (const { labels, value } of requests?.values ?? []) all.set(JSON.stringify(labels), value);
  return all;
}

async function counting<T>(work: () => Promise<T>): Promise<{ found: T; counts: object }> {
  const before = await countsNow();
  const found = await work();
  const counts: Record<string, number> = {};
  for (const [what, count] of await countsNow()) {
    const added = count - (before.get(what) ?? 0);
    if (added > 0) counts[what] = added;
  }
  return { found, counts };
}

/** Whether the answer came without Express. */
async function compare(odd: Odd): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const before = toExpress;
    const fast = await counting(() => bytesOf(Number(new URL(api.url).port), odd));
    const isInFront = toExpress === before && fast.found.startsWith('HTTP/1.1 200');
    const slow = await counting(() => bytesOf(express.port, odd));
    // The Age may have changed between the two.
    if (tries < 4 && fast.found !== slow.found) continue;
    expect(fast, odd.what).toEqual(slow);
    return isInFront;
  }
}

test('its answers are those of the Express way, byte for byte, and count the same', async () => {
  expect(ODD.length).toBeGreaterThanOrEqual(200);
  const inFront: string[] = [];
  for (const one of ODD) if (await compare(one)) inFront.push(one.what);
  // Not by sending all of them to Express.
  expect(inFront.length).toBeGreaterThan(60);
  const wanted =
    /^(Origin|Cache-Control|Idempotency-Key|Cancel-After|X-Cache-Min-Seq|Content-Enc|Expect)/;
  expect(inFront.filter((what) => wanted.test(what))).toEqual([]);
});

test('what it reads and cannot answer, Express gets whole', async () => {
  for (const [at, cuts] of [[], [200], [180, 40_000, -9]].entries()) {
    const asked = JSON.stringify({ text: `unknown ${at} ${'n'.repeat(100_000)}` });
    const before = toExpress;
    const port = Number(new URL(api.url).port);
    const answer = await bytesOf(port, odd('unknown', { body: asked, cuts }));
    expect(answer).toContain('HTTP/1.1 202');
    expect(answer).toContain(`X-Cache-Key: ${keyFor(echo, echo.prepare(JSON.parse(asked)))}`);
    expect(toExpress).toBe(before + 1);
  }
});

test('an answer late in its life is Express’s, which refreshes it', async () => {
  const ask = () => compare(odd('late', { line: 'POST /models/eager/run' }));
  expect(await ask()).toBe(false);
  expect(await ask()).toBe(false);
});

test('a body is known by equal bytes or by its SHA-256', async () => {
  const known = new KnownBodies();
  const parts = (text: string) => [Buffer.from(text.slice(0, 70)), Buffer.from(text.slice(70))];
  const text = 'abcdefghij'.repeat(100);
  known.remember(digestOf(echo, parts(text)), 'the key');
  expect(known.key(digestOf(echo, [Buffer.from(text)]))).toBe('the key');
  expect(known.keptKey(echo, parts(text))).toBeUndefined();

  known.keep(echo, parts(text), 'the key');
  expect(known.keptKey(echo, [Buffer.from(text)])).toBe('the key');
  expect(known.keptKey(eager, [Buffer.from(text)])).toBeUndefined();
  for (let at = 0; at < text.length; at += 1) {
    const other = `${text.slice(0, at)}-${text.slice(at + 1)}`;
    expect(known.keptKey(echo, parts(other))).toBeUndefined();
    expect(known.key(digestOf(echo, parts(other)))).toBeUndefined();
  }
  expect(known.keptKey(echo, parts(text.slice(1)))).toBeUndefined();
  expect(known.keptKey(echo, parts(`${text}-`))).toBeUndefined();
});

test('a body that has a webhook is never known', async () => {
  const asked = { text: 'plain', webhook: { url: 'https://example.org/hook' } };
  const jobs = [await post(`${api.url}/predict`, asked), await post(`${api.url}/predict`, asked)];
  const ids = jobs.map(({ headers }) => headers.get('location'));
  expect(jobs[0]?.body).toMatchObject({ cached: true });
  expect(ids[0]).toMatch(/^\/jobs\//);
  expect(ids[1]).toMatch(/^\/jobs\//);
  expect(ids[1]).not.toBe(ids[0]);
});

test('the memory of a large body is free as soon as it is answered', async () => {
  const asked = `{"text":"plain"${' '.repeat(300_000)}}`;
  const ask = async () => await post(`${api.url}/models/echo/run`, asked, { 'X-Watched': '1' });
  await ask();
  watched.length = 0;
  const before = toExpress;
  expect((await ask()).headers.get('x-cache')).toBe('HIT');

  expect(toExpress).toBe(before);
  const large = watched.filter(({ buffer, length }) => length === 0 || buffer.byteLength > 16_384);
  expect(large.length).toBeGreaterThan(2);
  expect(large.map(({ buffer }) => buffer.byteLength)).toEqual(large.map(() => 0));
});

test('bodies that come slowly count until their clients leave', async () => {
  await using small = await openApi({ MAX_BODIES_MB: '1' }, MODELS);
  const asked = JSON.stringify({ text: 's'.repeat(700_000) });
  const slow = requestText(
    'POST /models/echo/run',
    { Host: 'localhost', ...JSON_TYPE, 'Content-Length': asked.length },
    asked,
  );
  const socket = await openSocket(small.url);
  const ask = async () => (await post(`${small.url}/models/echo/run`, asked)).status;
  // Small at first, so that it is copied and counts for its own bytes, whatever comes with one read.
  socket.write(slow.slice(0, 1000));
  await ask();
  socket.write(slow.slice(1000, 690_000));
  await vi.waitUntil(async () => (await ask()) === 503, WAIT);
  socket.destroy();
  await vi.waitUntil(async () => (await ask()) === 202, WAIT);
});

test('a client that asks while the server stops is answered, and told to go elsewhere', async () => {
  await using other = await openApi({}, MODELS);
  await store(echo, 'plain', other);
  const ask = () => post(`${other.url}/models/echo/run`, { text: 'plain' });
  await ask();
  expect((await ask()).headers.get('connection')).toBe('keep-alive');

  other.stop();

  const { status, headers } = await ask();
  expect([status, headers.get('x-cache'), headers.get('connection')]).toEqual([
    200,
    'HIT',
    'close',
  ]);
});

test('a body is known for the tenant that asked it, and for no other', () => {
  const known = new KnownBodies();
  const body = [Buffer.from('{"data":[]}')];
  known.remember(digestOf(echo, body, 'a'), 'key of a');
  known.keep(echo, body, 'key of a', 'a');

  expect(known.key(digestOf(echo, body, 'a'))).toBe('key of a');
  expect(known.keptKey(echo, body, 'a')).toBe('key of a');
  for (const tenant of ['b', undefined]) {
    expect(known.key(digestOf(echo, body, tenant))).toBeUndefined();
    expect(known.keptKey(echo, body, tenant)).toBeUndefined();
  }
});
