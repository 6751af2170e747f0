/** What one tenant has and does shows in no other one. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { Principal } from '@deja/keys';
import { call, openSocket, post, type RawAnswer, readAnswer, requestText } from '@deja/testing';
import { describe, expect, test } from 'vitest';
import { echo, openApi } from './harness.ts';
import { bearer, memoryKeys, principal } from './memory-keys.ts';

const RUN = '/models/echo/run';
const EVERYTHING = ['read', 'ask', 'invalidate'] as const;

async function openForTwo(
  more: Partial<Principal> = {},
  env: Readonly<Record<string, string>> = {},
) {
  const keys = memoryKeys();
  for (const tenant of ['acme', 'other'])
    keys.set(`key-${tenant}`, {
      is: 'known',
      principal: principal(EVERYTHING, { tenant, keyId: tenant, ...more }),
    });
  const api = await openApi({ AUTH: 'required', ...env }, [echo], undefined, keys);
  const as = (tenant: string) => ({
    ask: (text: string, more: Readonly<Record<string, string>> = {}) =>
      post(api.url + RUN, { text }, { ...bearer(`key-${tenant}`), ...more }),
    open: (path: string, signal: AbortSignal, more: Readonly<Record<string, string>> = {}) =>
      fetch(api.url + path, { signal, headers: { ...bearer(`key-${tenant}`), ...more } }),
    batch: (texts: readonly string[]) => {
      const inputs = texts.map((text) => ({ text }));
      return post(`${api.url}/batch`, { model: 'echo', inputs }, bearer(`key-${tenant}`));
    },
    many: (text: string) =>
      fetch(`${api.url}/models/echo/many`, {
        method: 'POST',
        headers: { ...bearer(`key-${tenant}`), 'Content-Type': 'application/x-ndjson' },
        body: `${JSON.stringify({ text })}\n`,
      }),
    call: (path: string, method = 'GET') =>
      call(api.url + path, { method, headers: bearer(`key-${tenant}`) }),
  });
  /** Asks, and puts the answer into memory, as a worker and the next look-up would. */
  const answered = async (by: ReturnType<typeof as>, text: string) => {
    const { context } = api;
    const run = await api.runOf((await by.ask(text)).body.job_id);
    const started = await context.runs.start(run, 'aid');
    if (started.outcome !== 'go') throw new Error(started.outcome);
    await context.runs.finalise(run, 'aid', 'succeeded', JSON.stringify({ output: { text } }));
    const { key, log, token, runSeq, tags } = started.attempt;
    await context.cache.reaches(token.seq);
    const [createdAt, freshUntil] = [Date.now(), Date.now() + 60_000];
    const more = { model: 'echo', tenant: 'default', digest: '', computeMs: 7 };
    const times = { createdAt, freshUntil, staleUntil: freshUntil };
    const header = { key, log, token, runSeq, tags, ...more, ...times };
    await context.memory.put({ header, body: Buffer.from('{"output":{}}') });
  };
  return { api, acme: as('acme'), other: as('other'), admin: as('admin'), answered };
}

describe('answers', () => {
  test('of a shared model are shared, and what one invalidates is gone for that one alone', async () => {
    const t = await openForTwo();
    await using _ = t.api;
    await t.answered(t.acme, 'a');
    const cacheOf = async (by: typeof t.acme) => (await by.ask('a')).headers.get('x-cache');
    expect([await cacheOf(t.acme), await cacheOf(t.other)]).toEqual(['HIT', 'HIT']);

    const invalidated = await t.acme.call('/cache?tag=text:a', 'DELETE');

    expect(invalidated.status).toBe(200);
    expect([await cacheOf(t.acme), await cacheOf(t.other)]).toEqual(['MISS', 'HIT']);
    await t.acme.call('/cache', 'DELETE');
    expect(await cacheOf(t.other)).toBe('HIT');
    await t.admin.call('/cache', 'DELETE');
    expect(await cacheOf(t.other)).toBe('MISS');
  });
});

describe('figures', () => {
  test('of the cache are each tenant’s own, and an admin sees all', async () => {
    const t = await openForTwo();
    await using _ = t.api;
    await t.answered(t.acme, 'a'); // a miss
    await t.acme.ask('a');
    await t.acme.ask('a', { 'Cache-Control': 'max-age=60' }); // in Express
    await t.other.ask('b');
    const statsOf = async (by: typeof t.acme, query = '') =>
      (await by.call(`/cache/stats${query}`)).body;
    const liveOf = async (by: typeof t.acme) => (await by.call('/models/echo')).body.live;

    const [acme, other] = [await statsOf(t.acme), await statsOf(t.other)];

    const two = { hits: 2, misses: 1, hit_ratio: 0.6667, compute_seconds_saved: 0.014 };
    expect(acme).toMatchObject({ tenant: 'acme', ...two, miss_reasons: { never_seen: 1 } });
    expect(acme.models.echo).toMatchObject({ hits: 2, misses: 1, miss_reasons: { never_seen: 1 } });
    expect(Object.keys(acme)).not.toEqual(expect.arrayContaining(['tiers']));
    expect(other).toMatchObject({ tenant: 'other', hits: 0, misses: 1, hit_ratio: 0 });
    expect(await statsOf(t.admin)).toMatchObject({ hits: 2, misses: 2, size: 1 });
    expect(await statsOf(t.admin, '?tenant=other')).toEqual(other);
    expect(await t.other.call('/cache/stats?tenant=acme')).toMatchObject({
      ...{ status: 403, body: { type: 'urn:deja:problem:insufficient-scope' } },
    });
    expect([await liveOf(t.other), await liveOf(t.admin)]).toMatchObject([
      { hits: 0, misses: 1 },
      { hits: 2, misses: 2 },
    ]);
  });
});

describe('bounds', () => {
  test('a rate holds for what is computed and for what is stored, for each tenant', async () => {
    const t = await openForTwo({ limits: { rpm: 2 } });
    await using _ = t.api;
    await t.answered(t.acme, 'a');
    await t.acme.ask('b');
    const limited = { status: 429, body: { type: 'urn:deja:problem:rate-limited' } };

    const refused = await t.acme.ask('c');
    const hits = [await t.acme.ask('a'), await t.acme.ask('a'), await t.acme.ask('a')];

    expect(refused).toMatchObject(limited);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(hits.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(hits[2]).toMatchObject(limited);
    expect((await t.other.ask('c')).status).toBe(202);
    expect((await t.other.ask('a')).status).toBe(200);
  });

  test('what is left of a rate is told with every answer, on both ways of a HIT', async () => {
    const t = await openForTwo({ limits: { rpm: 2 } });
    await using _ = t.api;
    const toldBy = ({ headers }: { readonly headers: Headers }) => [
      headers.get('ratelimit-policy'),
      headers.get('ratelimit'),
    ];

    await t.answered(t.acme, 'a');
    const miss = await t.acme.ask('b');
    const refused = await t.acme.ask('c');
    const hits = [await t.acme.ask('a'), await t.acme.ask('a', { 'Cache-Control': 'max-age=60' })];
    const none = await t.acme.ask('a');
    const batch = await t.other.batch(['a', 'd']);
    const many = await t.other.many('a');

    const [computed, stored] = ['"computed";q=2;w=60', '"stored";q=2;w=60'];
    const again = refused.headers.get('retry-after');
    expect(toldBy(miss)).toEqual([computed, expect.stringMatching(/^"computed";r=0;t=\d+$/)]);
    expect(toldBy(refused)).toEqual([computed, `"computed";r=0;t=${again}`]);
    expect(hits.map((hit) => toldBy(hit)[0])).toEqual([stored, stored]);
    expect(toldBy(hits[0] as never)[1]).toBe('"stored";r=1;t=30');
    expect(toldBy(hits[1] as never)[1]).toMatch(/^"stored";r=0;t=(30|29)$/);
    expect(toldBy(none)).toEqual([stored, `"stored";r=0;t=${none.headers.get('retry-after')}`]);
    expect(toldBy(batch)).toEqual([
      `${stored}, ${computed}`,
      '"stored";r=1;t=30, "computed";r=1;t=30',
    ]);
    expect(toldBy(many)).toEqual([`${stored}, ${computed}`, null]);
  });

  test('both ways of a HIT write its headers in one order', async () => {
    const t = await openForTwo({ limits: { rpm: 10 } });
    await using _ = t.api;
    await t.answered(t.acme, 'a');
    const namesOf = async (more: Readonly<Record<string, string>>) => {
      const headers = { ...bearer('key-acme'), 'Content-Type': 'application/json', ...more };
      const sent = request(t.api.url + RUN, { method: 'POST', headers }).end('{"text":"a"}');
      const [{ rawHeaders }] = await once(sent, 'response');
      return rawHeaders.filter((_: string, at: number) => at % 2 === 0);
    };
    await namesOf({});

    const [hitPath, express] = [
      await namesOf({}),
      await namesOf({ 'Cache-Control': 'max-age=60' }),
    ];

    expect(hitPath).toContain('RateLimit');
    expect(hitPath).toEqual(express);
  });

  test('where a tenant has no rate, none is told', async () => {
    const t = await openForTwo();
    await using _ = t.api;

    const { headers } = await t.acme.ask('a');

    expect([headers.has('ratelimit'), headers.has('ratelimit-policy')]).toEqual([false, false]);
  });

  test('open runs of a tenant are bounded, and joins are admitted', async () => {
    const t = await openForTwo({ limits: { maxOpenRuns: 1 } });
    await using _ = t.api;
    await t.acme.ask('a');

    const refused = await t.acme.ask('b');
    const joined = await t.acme.ask('a');

    expect(refused).toMatchObject({
      status: 429,
      body: { type: 'urn:deja:problem:quota-exceeded' },
    });
    expect(refused.body.detail).toContain('TENANT_MAX_OPEN_RUNS');
    expect(joined.status).toBe(202);
    expect((await t.other.ask('b')).status).toBe(202);
  });

  test('a tenant leaves as many waits for others as it has', async () => {
    const t = await openForTwo({}, { MAX_WAITERS: '2' });
    await using _ = t.api;
    const leave = new AbortController();
    const { job_id: job } = (await t.acme.ask('a')).body;
    const waiting = { Prefer: 'wait=60' };
    t.acme.open(`/jobs/${job}`, leave.signal, waiting).catch(() => {});
    await expect.poll(() => t.api.context.waiter.waits).toBe(1);

    const submitted = await t.acme.ask('b', waiting);
    const polled = await t.acme.open(`/jobs/${job}`, leave.signal, waiting);
    const other = t.other.ask('a', { Prefer: 'wait=1' });

    for (const { status, headers } of [submitted, polled]) {
      expect(status).toBeLessThan(203);
      expect(headers.has('preference-applied')).toBe(false);
    }
    expect((await other).headers.get('preference-applied')).toBe('wait=1');
    leave.abort();
    await expect.poll(() => t.api.context.waits.fullFor('acme')).toBeUndefined();
  });

  test('a tenant leaves as many event streams for others as it has', async () => {
    const t = await openForTwo({}, { MAX_EVENT_STREAMS: '2' });
    await using _ = t.api;
    const leave = new AbortController();
    const [acmes, others] = await Promise.all([t.acme.ask('a'), t.other.ask('a')]);
    const follow = (by: typeof t.acme, { body }: typeof acmes) =>
      by.open(body.urls.events, leave.signal);
    const stream = await follow(t.acme, acmes);

    const refused = await follow(t.acme, acmes);
    const submitted = await t.acme.ask('b', { Accept: 'text/event-stream' });
    const other = await follow(t.other, others);

    expect([stream.status, other.status]).toEqual([200, 200]);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      type: 'urn:deja:problem:quota-exceeded',
      detail:
        '1 event streams of this tenant are open, as many as are left for others of MAX_EVENT_STREAMS (2)',
    });
    expect(submitted).toMatchObject({ status: 202, body: { status: 'queued' } });
    leave.abort();
    await expect.poll(() => t.api.context.streams.fullFor('acme')).toBeUndefined();
  });

  test('bodies that one tenant does not finish keep no other’s out', async () => {
    const t = await openForTwo({}, { MAX_BODIES_MB: '8', MAX_BODY_MB: '1' });
    await using _ = t.api;
    const headers = { ...bearer('key-acme'), 'Content-Type': 'application/json' };
    const length = { ...headers, Host: 'localhost', 'Content-Length': 1_000_000 };
    const sockets: Awaited<ReturnType<typeof openSocket>>[] = [];
    const answers: RawAnswer[] = [];
    const begin = async () => {
      const socket = await openSocket(t.api.url);
      sockets.push(socket);
      void readAnswer(socket).then((answer) => answers.push(answer));
      socket.write(requestText(`POST ${RUN}`, length, `{"text":"${'x'.repeat(900_000)}`));
    };
    const ask = (tenant: string) =>
      fetch(t.api.url + RUN, {
        method: 'POST',
        headers: { ...headers, ...bearer(`key-${tenant}`) },
        body: `{"text":"y"}${' '.repeat(900_000)}`,
      });

    await expect.poll(() => begin().then(() => answers[0]), { timeout: 10_000 }).toBeDefined();
    expect(answers[0]?.status).toBe(429);
    expect(JSON.parse(answers[0]?.text ?? '')).toMatchObject({
      type: 'urn:deja:problem:quota-exceeded',
      detail: expect.stringContaining('MAX_BODIES_MB (8388608 bytes)'),
    });
    expect((await ask('other')).status).toBe(202);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await ask('acme')).status).toBe(202);
  });
});
