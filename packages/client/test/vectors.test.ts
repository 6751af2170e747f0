/** Every case of clients/vectors/vectors.json, which the Python client runs through, too. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  Deja,
  DejaConnectionError,
  DejaProblemError,
  DejaTimeoutError,
  DejaWebhookError,
  type WaitOptions,
} from '../src/index.ts';
import { type ScriptedReply, type SeenRequest, startScriptedServer } from './scripted-server.ts';
import { createVirtualClock } from './virtual-clock.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of every shape
type Json = any;

interface Vector {
  readonly name: string;
  readonly only?: string;
  readonly api_key?: string;
  readonly call: { readonly method: string; readonly args: Json; readonly options?: Json };
  readonly replies: readonly ScriptedReply[];
  readonly expect: {
    readonly result?: Json;
    readonly error?: Json;
    readonly requests: readonly Json[];
    readonly sleeps_s: readonly (number | [number, number])[];
  };
}

const file = new URL('../../../clients/vectors/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const own = vectors.filter(({ only }) => only === undefined || only === 'typescript');

test('a case has a name of its own', () => {
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
});

describe('vectors', () => {
  test.each(own.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    const clock = createVirtualClock();
    await using server = await startScriptedServer(vector.replies, clock);
    const deja = new Deja({ baseUrl: server.url, apiKey: vector.api_key, clock });

    const outcome = await call(deja, vector.call).then(
      (result) => ({ result: wireOf(result) }),
      (error) => ({ error: errorOf(error) }),
    );

    const { result, error, requests, sleeps_s } = vector.expect;
    if (result !== undefined) expectPart((outcome as Json).result ?? outcome, result, '');
    else expectPart((outcome as Json).error ?? outcome, error, '');
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(
      requests.map(({ method, path }) => `${method} ${path}`),
    );
    for (const [at, request] of requests.entries()) expectRequest(server.seen, at, request);
    expect(clock.sleepsS).toHaveLength(sleeps_s.length);
    for (const [at, told] of sleeps_s.entries()) {
      const [least, most] = typeof told === 'number' ? [told, told] : told;
      expect(clock.sleepsS[at]).toBeGreaterThanOrEqual(least);
      expect(clock.sleepsS[at]).toBeLessThanOrEqual(most);
    }
  });
});

async function call(deja: Deja, { method, args, options = {} }: Vector['call']): Promise<Json> {
  const { wait, slice, cache_control: cacheControl, idempotency_key: idempotencyKey } = options;
  const ask = { wait, cacheControl, idempotencyKey };
  const waiting: WaitOptions = { wait };
  switch (method) {
    case 'forecast':
      return await deja.forecast(args, ask);
    case 'predict':
      return await deja.predict(args, ask);
    case 'run':
      return await deja.run(args.model, args.input, ask);
    case 'submit':
      return await deja.submit(args.model, args.input).then(({ id, status }) => ({ id, status }));
    case 'submit.result':
      return await deja.submit(args.model, args.input).then((job) => job.result(waiting));
    case 'job.result':
      return await deja.job(args.job_id).result(waiting);
    case 'job.cancel':
      return await deja.job(args.job_id).cancel();
    case 'job.events':
      return await all(deja.job(args.job_id).events());
    case 'many':
      return await all(deja.many(args.model, args.questions, { slice }));
    case 'batch':
      return await deja.batch(args.model, args.inputs, waiting);
    case 'explain':
      return await deja.explain(args.model, args.input);
    case 'models':
      return await deja.models();
    case 'cache.stats':
      return await deja.cache.stats();
    case 'cache.forget':
      return await deja.cache.forget('model_id' in args ? { modelId: args.model_id } : args);
    case 'verifyWebhook':
      return await deja.verifyWebhook(args.body, args.headers, args.secrets, {
        now: args.now * 1000,
      });
    default:
      throw new Error(`no method ${method}`);
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The names of the wire. */
function wireOf(result: Json): Json {
  if (!result?.cache) return result;
  const { ageS, ...cache } = result.cache;
  return { ...result, cache: { ...cache, age_s: ageS } };
}

function errorOf(error: unknown): Json {
  if (error instanceof DejaTimeoutError) return { kind: 'timeout', job_id: error.job.id };
  if (error instanceof DejaConnectionError) return { kind: 'connection' };
  if (error instanceof DejaWebhookError) return { kind: 'webhook' };
  if (!(error instanceof DejaProblemError)) throw error;
  const { code: type, retryAfterS: retry_after_s, status, problem } = error;
  return { kind: 'problem', ...problem, type, status, retry_after_s };
}

/** `actual` has what `told` has. null in `told` also stands for an absent member. */
function expectPart(actual: Json, told: Json, at: string): void {
  if (told === null) return void expect(actual ?? null, at).toBeNull();
  if (typeof told !== 'object') return void expect(actual, at).toEqual(told);
  expect(actual, at).toBeTypeOf('object');
  if (Array.isArray(told)) expect(actual, at).toHaveLength(told.length);
  for (const [key, value] of Object.entries(told)) expectPart(actual[key], value, `${at}/${key}`);
}

function expectRequest(seen: readonly SeenRequest[], at: number, told: Json): void {
  const { headers, body, limitS } = seen[at] as SeenRequest;
  for (const [name, value] of Object.entries(told.headers ?? {}))
    expect(headers[name] ?? null, name).toBe(value);
  if ('body' in told) expect(JSON.parse(body)).toEqual(told.body);
  if ('body_lines' in told)
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(told.body_lines);
  if ('limit_s' in told) expect(limitS, 'limit_s').toBe(told.limit_s);
  if ('idempotency_key' in told) {
    const key = headers['idempotency-key'];
    const before = seen[at - 1]?.headers['idempotency-key'];
    if (told.idempotency_key === 'none') expect(key).toBeUndefined();
    else if (told.idempotency_key === 'new') expect(key).toMatch(/^.{16,}$/);
    else expect(key).toBe(told.idempotency_key === 'same' ? before : told.idempotency_key);
  }
}
