/** Keys at the edge: every route of the table with every kind of key, and what comes before a body. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { newKeySchema, SCOPES, type Verdict } from '@deja/keys';
import { defineModel } from '@deja/models';
import { call, openSocket, post, readAnswer, requestText } from '@deja/testing';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createApp, createListener, sharedBy } from '../src/app.ts';
import type { ApiContext } from '../src/context.ts';
import { lacksFirstKey } from '../src/first-key.ts';
import { openApiDocument } from '../src/operations/openapi.ts';
import { hitPath } from '../src/predictions/hit-path.ts';
import { type Access, ROUTES, routesInOrder } from '../src/routes.ts';
import { fromAnywhere, openApi } from './harness.ts';
import { bearer, memoryKeys, principal } from './memory-keys.ts';

const modelNamed = (name: string) =>
  defineModel({
    name,
    version: 1,
    input: z.strictObject({ text: z.string() }),
    output: z.strictObject({ text: z.string() }),
    compute: ({ text }) => ({ text }),
  });
const MODELS = ['echo', 'forecast', 'sentiment'].map(modelNamed);
const run = '/models/echo/run';
const REQUIRED = { AUTH: 'required' };

const openWith = (
  keys = memoryKeys(),
  { env = {}, listenerOf }: { env?: object; listenerOf?: (of: ApiContext) => RequestListener } = {},
) => openApi({ ...REQUIRED, ...env }, MODELS, listenerOf ?? createListener, keys);

const PARAMS: Readonly<Record<string, string>> = {
  ...{ ':id': `0-${'9'.repeat(36)}`, ':name': 'echo', ':key': '0'.repeat(64), ':run': '0-r' },
  ...{ ':model_id': 'm', ':delivery': 'd', '{/*file}': '' },
};

describe('every route', () => {
  const cases = routesInOrder.map((route) => [route, ROUTES[route] as Access] as const);

  test('needs the scope of the table, and nothing else will do', async () => {
    await using api = await openWith(memoryKeys(), { listenerOf: fromAnywhere });
    let clients = 0;
    const ask = async (route: string, headers: Record<string, string>) => {
      const [method = '', path = ''] = route.split(' ');
      clients += 1;
      const res = await fetch(
        api.url + path.replaceAll(/:\w+|\{[^}]*\}/g, (part) => String(PARAMS[part])),
        {
          ...{ method, redirect: 'manual' },
          headers: { 'X-Test-Address': `10.0.0.${clients}`, ...headers },
          ...(method === 'POST' && { body: '{"text":1}' }),
        },
      );
      const type = res.headers.get('content-type') ?? '';
      const problem = type.includes('problem') ? ((await res.json()) as { type: string }) : null;
      await res.body?.cancel().catch(() => undefined);
      const challenge = res.headers.get('www-authenticate');
      return { status: res.status, type: problem?.type.split(':').at(-1), challenge };
    };
    // As the page asks: what only it may ask is then let in as the table says.
    const json = { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' };
    const INVALID = 'Bearer realm="Deja", error="invalid_token"';

    for (const [route, access] of cases) {
      const told: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      const refusals = { none: {}, wrong: bearer('key-x'), expired: bearer('key-expired') };
      for (const [kind, headers] of Object.entries({ ...refusals, malformed: bearer('x') })) {
        const { status, type, challenge } = await ask(route, { ...json, ...headers });
        told[kind] = access === 'open' ? status === 401 : { status, type, challenge };
        const invalid = kind === 'none' ? 'Bearer realm="Deja"' : INVALID;
        const refused = { status: 401, type: 'unauthenticated', challenge: invalid };
        expected[kind] = access === 'open' ? false : refused;
      }
      for (const scope of SCOPES) {
        const answer = await ask(route, { ...json, ...bearer(`key-${scope}`) });
        const isLetIn = access === 'open' || scope === access || scope === 'admin';
        const isRefused = answer.status === 401 || answer.status === 403;
        told[scope] = isLetIn && !isRefused ? 'let in' : answer;
        const challenge = `Bearer realm="Deja", error="insufficient_scope", scope="${access}"`;
        const refused = { status: 403, type: 'insufficient-scope', challenge };
        expected[scope] = isLetIn ? 'let in' : refused;
        if (isLetIn) expect([route, answer.status]).not.toEqual([route, 405]);
        if (isLetIn) expect([route, answer.status]).not.toEqual([route, 500]);
      }
      expect({ route, ...told }).toEqual({ route, ...expected });
    }
  }, 60_000);

  test('is in openapi.json with its security, but for pages', async () => {
    const document = openApiDocument(new Map(MODELS.map((model) => [model.name, model]))) as {
      paths: Record<string, Record<string, { security?: object; description: string }>>;
      components: { securitySchemes: object };
    };
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { security }]) => [
        `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        security,
      ]),
    );
    const isPage = (route: string) => /^GET \/(?:$|ui|docs|openapi)/.test(route);
    const table = cases
      .filter(([route]) => !isPage(route))
      .map(([route, access]) => [route, access === 'open' ? [] : [{ bearer: [access] }]]);

    expect(operations.sort()).toEqual(table.sort());
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
    });
  });

  test('what is no route is told to who has a key', async () => {
    await using api = await openWith();

    for (const path of ['/nothing', '/healthz/x', '/docs/nothing'])
      expect([path, (await call(api.url + path)).status]).toEqual([path, 401]);
    expect((await call(`${api.url}/nothing`, { headers: bearer('key-read') })).status).toBe(404);
    expect((await call(`${api.url}/predict`)).status).toBe(401);
    const put = await call(`${api.url}/predict`, { method: 'PUT', headers: bearer('key-read') });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a key', () => {
  test('is taken from the header only, in any case of its scheme', async () => {
    const keys = memoryKeys();
    await using api = await openWith(keys);
    const statusOf = async (Authorization: string) =>
      (await call(`${api.url}/cache/stats`, { headers: { Authorization } })).status;

    expect(await statusOf('bearer   key-read ')).toBe(200);
    expect(await statusOf('Basic key-read')).toBe(401);
    expect(await statusOf('key-read')).toBe(401);
    for (const query of ['access_token', 'key', 'api_key', 'token'])
      expect((await call(`${api.url}/cache/stats?${query}=key-read`)).status).toBe(401);
    expect(keys.asked).toEqual(['key-read']);
  });

  test('that cannot be checked is 503', async () => {
    await using api = await openWith();

    const answer = await call(`${api.url}/models`, { headers: bearer('key-away') });

    expect(answer).toMatchObject({
      status: 503,
      body: { type: 'urn:deja:problem:queue-unavailable' },
    });
    expect(answer.headers.has('retry-after')).toBe(true);
  });

  test('names the tenant and the weight of its runs', async () => {
    const keys = memoryKeys();
    const known = principal(['ask'], { tenant: 'acme', weight: 3 });
    keys.set('key-acme', { is: 'known', principal: known });
    await using api = await openWith(keys);
    await using open = await openApi();
    const [joined, joinedOpen] = [api, open].map((at) => vi.spyOn(at.context.runs, 'join'));

    await post(api.url + run, { text: 'a' }, bearer('key-acme'));
    const inputs = [{ text: 'b' }];
    await post(`${api.url}/batch`, { model: 'echo', inputs }, bearer('key-acme'));
    const many = { ...bearer('key-acme'), 'Content-Type': 'application/x-ndjson' };
    const leaving = new AbortController();
    const answered = fetch(`${api.url}/models/echo/many`, {
      ...{ method: 'POST', headers: many, body: '{"text":"c"}\n', signal: leaving.signal },
    });
    await vi.waitFor(() => expect(joined).toHaveBeenCalledTimes(3));
    leaving.abort();
    await answered.then((res) => res.body?.cancel()).catch(() => undefined);
    await post(open.url + run, { text: 'a' });

    for (const [request] of joined?.mock.calls ?? [])
      expect(request).toMatchObject({ tenant: 'acme', weight: 3 });
    expect(joinedOpen?.mock.calls[0]?.[0]).not.toHaveProperty('tenant');
  });

  test('may ask its models only, and sees no others', async () => {
    const keys = memoryKeys();
    const models = new Set(['sentiment']);
    const known = principal(['ask', 'read'], { models });
    keys.set('key-one', { is: 'known', principal: known });
    await using api = await openWith(keys);
    const headers = bearer('key-one');
    const ask = async (path: string, body: object) =>
      (await post(api.url + path, body, headers)).body.type?.split(':').at(-1);

    expect(await ask('/predict', { text: 'a' })).not.toBe('model-not-allowed');
    for (const [path, body] of [
      [run, { text: 'a' }],
      ['/forecast', { text: 'a' }],
      ['/forecast/many', { text: 'a' }],
      ['/forecast/cross-validate', { text: 'a' }],
      ['/models/forecast/run', { text: 'a' }],
      ['/models/echo/many', { text: 'a' }],
      ['/batch', { model: 'echo', inputs: [{ text: 'a' }] }],
      ['/explain', { model: 'echo', input: { text: 'a' } }],
    ] as const)
      expect([path, await ask(path, body)]).toEqual([path, 'model-not-allowed']);
    const { body } = await call(`${api.url}/models`, { headers });
    expect(body.models.map(({ name }: { name: string }) => name)).toEqual(['sentiment']);
    expect((await call(`${api.url}/models/echo`, { headers })).status).toBe(403);
    expect((await call(`${api.url}/forecast/models/m`, { headers })).status).toBe(403);
  });
});

describe('failed keys', () => {
  test('20 in a minute from an address; then its failures are 429, and nothing else is', async () => {
    await using api = await openWith(memoryKeys(), { listenerOf: fromAnywhere });
    const warn = vi.spyOn(api.context.log, 'warn');
    const ask = (headers: object, address = '10.0.0.1') =>
      call(`${api.url}/cache/stats`, { headers: { 'X-Test-Address': address, ...headers } });
    for (let i = 0; i < 30; i += 1) expect((await ask({})).status).toBe(401); // no failure
    for (let i = 0; i < 20; i += 1) expect((await ask(bearer(`key-${i}`))).status).toBe(401);

    const limited = await ask(bearer('key-20'));

    expect(limited).toMatchObject({
      status: 429,
      body: { type: 'urn:deja:problem:too-many-failures' },
    });
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(bearer('key-read'))).status).toBe(200);
    expect((await ask({})).status).toBe(401);
    expect((await ask(bearer('key-20'), '10.0.0.2')).status).toBe(401);
    expect(warn.mock.calls.filter((line) => line.includes('key refused'))).toHaveLength(21);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('key-');
    const metrics = await fetch(`${api.url}/metrics`, { headers: bearer('key-observe') });
    expect(await metrics.text()).toContain('deja_refused_keys_total{why="unknown"} 22');
  });
});

describe('the order', () => {
  test('the host comes before the key, a preflight needs none', async () => {
    const keys = memoryKeys();
    const env = { ALLOWED_HOSTS: 'localhost', CORS_ORIGINS: 'https://app.example' };
    await using api = await openWith(keys, { env });
    const socket = await openSocket(api.url);
    socket.write(requestText('GET /models', { Host: 'evil.example', ...bearer('key-read') }));

    expect((await readAnswer(socket)).status).toBe(421);
    expect(keys.asked).toEqual([]);
    const headers = {
      ...{ Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' },
      'Access-Control-Request-Headers': 'authorization, content-type',
    };
    const preflight = await fetch(`${api.url}/predict`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    socket.destroy();
  });

  test.each([
    ['the HIT path', { 'Content-Type': 'application/json' }],
    ['Express', { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }],
    ['a request with many questions', { 'Content-Type': 'application/x-ndjson' }],
  ])('nothing of a body is read before the key is known: %s', async (what, headers) => {
    const keys = memoryKeys();
    const verdict = Promise.withResolvers<Verdict>();
    keys.set('key-late', verdict.promise);
    const requests: IncomingMessage[] = [];
    await using api = await openWith(keys, {
      listenerOf: (context) => {
        const listener = createListener(context);
        return (req, res) => {
          requests.push(req);
          listener(req, res);
        };
      },
    });
    const path = what.startsWith('a request') ? '/models/echo/many' : run;
    const all = { Host: 'localhost', ...headers, ...bearer('key-late'), 'Content-Length': 90_000 };
    const socket = await openSocket(api.url);
    socket.write(requestText(`POST ${path}`, all, ' '.repeat(50_000)));
    await vi.waitFor(() => expect(keys.asked).toEqual(['key-late']));
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();

    expect(requests[0]?.listenerCount('data')).toBe(0);
    expect(requests[0]?.readableFlowing).toBe(null);
    verdict.resolve({ is: 'refused', why: 'unknown' });
    expect((await readAnswer(socket)).status).toBe(401);
    expect(keys.asked).toHaveLength(1);
    socket.destroy();
  });
});

test('a repeated question with a known key is answered in front of Express, with another it is not', async () => {
  const keys = memoryKeys();
  let toExpress = 0;
  await using api = await openWith(keys, {
    listenerOf: (context) => {
      const shared = sharedBy(context);
      const app = createApp(context, shared);
      return hitPath(context, shared, (req, res) => {
        toExpress += 1;
        app(req, res);
      });
    },
  });
  const askWith = async (fields: Record<string, string>) => {
    const before = toExpress;
    const { status, headers } = await post(api.url + run, { text: 'a' }, fields);
    return [status, headers.get('x-cache'), toExpress - before];
  };
  const ask = (key: string) => askWith(bearer(key));
  const { body } = await post(api.url + run, { text: 'a' }, bearer('key-ask'));
  const { cache, memory, runs } = api.context;
  const started = await runs.start(await api.runOf(body.job_id), 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  const { log, token, runSeq, key } = started.attempt;
  await cache.reaches(token.seq);
  const times = { createdAt: Date.now(), freshUntil: Date.now() + 60_000, computeMs: 1 };
  const made = { log, token, runSeq, tags: [], digest: '', tenant: 'default', ...times };
  await memory.put({
    header: { ...made, key, model: 'echo', staleUntil: times.freshUntil },
    body: Buffer.from('{"text":"a"}'),
  });
  const models = new Set(['sentiment']);
  const others = { is: 'known', principal: principal(['ask'], { models }) } as const;
  keys.set('key-others', others);
  keys.set('key-slow', Promise.resolve({ is: 'known', principal: principal(['ask']) }));

  expect(await ask('key-ask')).toEqual([200, 'HIT', 0]);
  expect(await ask('key-admin')).toEqual([200, 'HIT', 0]);
  expect(await ask('key-slow')).toEqual([200, 'HIT', 1]);
  expect(await ask('key-read')).toEqual([403, null, 1]);
  expect(await ask('key-others')).toEqual([403, null, 1]);
  expect(await ask('key-nobody')).toEqual([401, null, 1]);
  expect(await ask('key-away')).toEqual([503, null, 1]);
  const session = { Cookie: 'deja=key-admin', 'Sec-Fetch-Site': 'same-origin' };
  expect(await askWith(session)).toEqual([200, 'HIT', 0]);
  expect(await askWith({ ...session, 'Sec-Fetch-Site': 'same-site' })).toEqual([401, null, 1]);
});

describe('real keys', () => {
  const rights = newKeySchema.parse({ tenant: 'acme', name: 'ci', scopes: ['read'] });

  test('where AUTH=auto requires a key, the API starts with one that works, or not at all', async () => {
    await using api = await openApi({ HOST: '0.0.0.0' });
    await using named = await openApi({ HOST: '0.0.0.0', ADMIN_KEY_SHA256: 'a'.repeat(64) });
    await using said = await openApi({ AUTH: 'required' });
    const { keyStore } = api.context;
    const url = api.url.replace('0.0.0.0', '127.0.0.1');

    expect(await lacksFirstKey(api.context)).toBe(true);
    const { key, record } = await keyStore.create(rights);
    expect(await lacksFirstKey(api.context)).toBe(false);
    expect((await call(`${url}/models`)).status).toBe(401);
    expect((await call(`${url}/models`, { headers: bearer(key) })).status).toBe(200);
    await keyStore.revoke(record.id);
    expect(await lacksFirstKey(api.context)).toBe(true);
    await vi.waitFor(async () =>
      expect((await call(`${url}/models`, { headers: bearer(key) })).status).toBe(401),
    );
    for (const { context } of [named, said]) expect(await lacksFirstKey(context)).toBe(false);
  });

  test('a Redis that is away keeps no API from starting', async () => {
    await using api = await openApi({ HOST: '0.0.0.0' });
    vi.spyOn(api.context.keyStore, 'list').mockRejectedValue(new Error('Connection is closed.'));

    expect(await lacksFirstKey(api.context)).toBe(false);
  });
});
