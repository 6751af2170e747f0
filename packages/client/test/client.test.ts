/** What the vectors do not show: leaving early, back-pressure, names and types. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { openApiDocument } from '@deja/api/openapi';
import { createForecastModel, createSentimentModel } from '@deja/models';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { Deja, type ForecastAnswer, type ManyLine, type PredictAnswer } from '../src/index.ts';
import { startScriptedServer } from './scripted-server.ts';
import { createVirtualClock } from './virtual-clock.ts';

const HIT = {
  status: 200,
  headers: { 'content-type': 'application/json', 'x-cache': 'HIT' },
  body: {},
};

const ndjson = (count: number) => ({
  status: 200,
  headers: { 'content-type': 'application/x-ndjson' },
  body: `${Array.from({ length: count }, (_, index) => `{"index":${index},"status":200,"body":{}}\n`).join('')}{"done":true}\n`,
});

/** A fetch that answers when it is told, or when its signal aborts. */
function heldFetch() {
  const calls: RequestInit[] = [];
  const fetch = (_url: unknown, init: RequestInit = {}) => {
    calls.push(init);
    return new Promise<Response>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  };
  return { calls, fetch: fetch as typeof globalThis.fetch };
}

describe('AbortSignal', () => {
  test('ends a question with its own reason, and the request with it', async () => {
    const { calls, fetch } = heldFetch();
    const leaving = new AbortController();
    const answer = new Deja({ fetch }).predict({ text: 'a' }, { signal: leaving.signal });

    await vi.waitFor(() => expect(calls).toHaveLength(1));
    leaving.abort(new Error('the user left'));

    await expect(answer).rejects.toThrow('the user left');
    expect(calls[0]?.signal?.aborted).toBe(true);
    expect(calls).toHaveLength(1);
  });

  test('that aborted before sends nothing', async () => {
    const { calls, fetch } = heldFetch();
    const signal = AbortSignal.abort(new Error('too late'));

    await expect(new Deja({ fetch }).models({ signal })).rejects.toThrow('too late');
    expect(calls).toHaveLength(0);
  });

  test('ends a pause between two tries', async () => {
    const leaving = new AbortController();
    const fetch = async () => {
      setTimeout(() => leaving.abort(new Error('the user left')));
      return new Response('', { status: 503, headers: { 'retry-after': '60' } });
    };

    const answer = new Deja({ fetch }).predict(
      { text: 'a' },
      { signal: leaving.signal, wait: 100 },
    );

    await expect(answer).rejects.toThrow('the user left');
  });

  test('ends `many` also while its source is waited for', async () => {
    const leaving = new AbortController();
    async function* stuck() {
      setTimeout(() => leaving.abort(new Error('the user left')));
      await new Promise(() => {});
      yield {};
    }

    const lines = new Deja().many('sentiment', stuck(), { signal: leaving.signal });

    await expect(lines.next()).rejects.toThrow('the user left');
  });
});

describe('many', () => {
  test('takes no more questions than fit into one request, until its lines were taken', async () => {
    const clock = createVirtualClock();
    await using server = await startScriptedServer([ndjson(10), ndjson(10)], clock);
    let taken = 0;
    function* source() {
      for (let i = 0; i < 1000; i += 1) {
        taken += 1;
        yield { text: String(i) };
      }
    }

    const lines = new Deja({ baseUrl: server.url, clock }).many('sentiment', source(), {
      slice: 10,
    });
    for (let i = 0; i < 10; i += 1) await lines.next();

    expect(taken).toBe(10);
    expect(await lines.next()).toMatchObject({ value: { index: 10 } });
    expect(taken).toBe(20);
    await lines.return();
    expect(taken).toBe(20);
  });

  test('an error of the source ends it, and leaving it ends the source', async () => {
    const clock = createVirtualClock();
    await using server = await startScriptedServer([ndjson(1), ndjson(1)], clock);
    const deja = new Deja({ baseUrl: server.url, clock });
    const left = vi.fn();
    function* source(isBroken: boolean) {
      try {
        yield { text: 'a' };
        if (isBroken) throw new Error('the database is away');
        yield { text: 'b' };
      } finally {
        left();
      }
    }

    const broken = deja.many('sentiment', source(true), { slice: 1 });
    await broken.next();
    await expect(broken.next()).rejects.toThrow('the database is away');
    for await (const _ of deja.many('sentiment', source(false), { slice: 1 })) break;

    expect(left).toHaveBeenCalledTimes(2);
  });

  test('a request has at most 4 MB', async () => {
    const clock = createVirtualClock();
    await using server = await startScriptedServer([ndjson(3), ndjson(2)], clock);
    const questions = Array.from({ length: 5 }, () => ({ text: 'x'.repeat(1_200_000) }));

    const indexes: number[] = [];
    for await (const { index } of new Deja({ baseUrl: server.url, clock }).many('m', questions))
      indexes.push(index);

    expect(indexes).toEqual([0, 1, 2, 3, 4]);
    expect(server.seen.map(({ body }) => body.split('\n').length - 1)).toEqual([3, 2]);
  });
});

describe('the address', () => {
  test('may have a path, and a name and password, which become Basic credentials', async () => {
    const seen: unknown[] = [];
    const fetch = async (url: unknown, init: RequestInit = {}) => {
      seen.push(url, new Headers(init.headers).get('authorization'));
      return Response.json({ models: [] });
    };

    await new Deja({ baseUrl: 'https://admin:p%40ss@deja.example/api/', fetch }).models();

    expect(seen).toEqual(['https://deja.example/api/models', `Basic ${btoa('admin:p@ss')}`]);
  });

  test('is where every request goes: a path cannot name another host', async () => {
    const { calls, fetch } = heldFetch();
    const request = { method: 'GET', path: '@evil.example/' };

    await expect(new Deja({ fetch }).request(request)).rejects.toThrow('a path begins with /');
    expect(calls).toHaveLength(0);
  });

  test('an answer that leads elsewhere is an error that says where', async () => {
    const fetch = async () => new Response(null, { status: 308, headers: { location: '/x' } });

    await expect(new Deja({ fetch }).models()).rejects.toThrow('it leads to /x');
  });
});

test('Retry-After may be a date, as proxies write it', async () => {
  const clock = createVirtualClock();
  const at = new Date(Date.now() + 5000).toUTCString();
  const busy = { status: 503, headers: { 'retry-after': at }, body: '' };
  await using server = await startScriptedServer([busy, HIT], clock);

  await new Deja({ baseUrl: server.url, clock }).predict({ text: 'a' });

  expect(clock.sleepsS[0]).toBeGreaterThanOrEqual(4);
  expect(clock.sleepsS[0]).toBeLessThanOrEqual(5);
});

test('a stream of events that is silent for three heartbeats is opened again', async () => {
  const clock = createVirtualClock();
  const gone = { status: 204, body: '' };
  await using server = await startScriptedServer([{ fault: 'hang' }, gone], clock);

  for await (const _ of new Deja({ baseUrl: server.url, clock }).job('0-a').events()) expect.fail();

  expect(server.seen.map(({ limitS }) => limitS)).toEqual([45, 45]);
});

test('answers are typed by what is asked', () => {
  const deja = new Deja();

  expectTypeOf(deja.forecast).returns.resolves.toEqualTypeOf<ForecastAnswer>();
  expectTypeOf(deja.predict).returns.resolves.toEqualTypeOf<PredictAnswer>();
  expectTypeOf(deja.many('forecast', [])).toEqualTypeOf<
    AsyncGenerator<ManyLine<ForecastAnswer>, void>
  >();
  expectTypeOf<ForecastAnswer['cache']['ageS']>().toBeNumber();
  expectTypeOf(deja.forecast).toBeCallableWith({
    model_id: 'sales',
    data: [{ ds: '2026-01-01', y: null, promo: true }],
    periods: 3,
    options: { growth: 'linear' },
  });
});

test('the types are generated from the OpenAPI document as it is: npm run client:types', () => {
  const models = [createForecastModel(), createSentimentModel()];
  const document = openApiDocument(new Map(models.map((model) => [model.name, model])));
  const digest = createHash('sha256').update(JSON.stringify(document)).digest('hex');
  const generated = readFileSync(new URL('../src/schema.gen.ts', import.meta.url), 'utf8');

  expect(generated.split('\n')[1]).toBe(`// ${digest}`);
});

test('every problem of docs/problems.md has its code', () => {
  const page = readFileSync(new URL('../../../docs/problems.md', import.meta.url), 'utf8');
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/`urn:deja:problem:([a-z-]+)`/g)].map(([, name]) => name);
  const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(([, name]) => name);

  expect(codes.toSorted()).toEqual([...new Set(listed)].toSorted());
});

test('the client uses nothing that a browser does not have', () => {
  const directory = new URL('../src/', import.meta.url);
  const files = readdirSync(directory).filter((name) => /(?<!\.gen|\.test)\.ts$/.test(name));
  const texts = files.map((name) => readFileSync(new URL(name, directory), 'utf8'));

  expect(files).toContain('transport.ts');
  for (const text of texts) {
    expect(text).not.toMatch(/\b(?:process|Buffer|require|setImmediate)\b[.(]/);
    for (const [, name] of text.matchAll(/from '([^']+)'/g))
      expect(name).toMatch(/^\.\/[\w.-]+\.ts$/);
  }
});
