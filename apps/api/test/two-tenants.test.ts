/** What one tenant has and does shows in no other one. */
import type { Principal } from '@deja/keys';
import { call, post } from '@deja/testing';
import { describe, expect, test } from 'vitest';
import { echo, openApi } from './harness.ts';
import { bearer, memoryKeys, principal } from './memory-keys.ts';

const RUN = '/models/echo/run';
const PRIVATE = '/models/private/run';
const own = { ...echo, name: 'private', scope: 'tenant' } as const;
const EVERYTHING = ['read', 'ask', 'invalidate'] as const;

async function openForTwo(more: Partial<Principal> = {}) {
  const keys = memoryKeys();
  for (const tenant of ['acme', 'other'])
    keys.set(`key-${tenant}`, {
      is: 'known',
      principal: principal(EVERYTHING, { tenant, keyId: tenant, ...more }),
    });
  const api = await openApi({ AUTH: 'required' }, [echo, own], undefined, keys);
  const as = (tenant: string) => ({
    ask: (text: string, { path = RUN, ...headers }: Record<string, string> = {}) =>
      post(api.url + path, { text }, { ...bearer(`key-${tenant}`), ...headers }),
    call: (path: string, method = 'GET') =>
      call(api.url + path, { method, headers: bearer(`key-${tenant}`) }),
  });
  const answered = async (by: ReturnType<typeof as>, text: string, path = RUN) => {
    const { body } = await by.ask(text, { path });
    await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text } });
    return body as { job_id: string; cache_key: string };
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

  test("of a tenant's own model are nobody else's, whoever knows their key", async () => {
    const t = await openForTwo();
    await using _ = t.api;
    const { cache_key: key } = await t.answered(t.acme, 'a', PRIVATE);
    await t.acme.ask('a', { path: PRIVATE });

    const asked = await t.other.ask('a', { path: PRIVATE });
    const [mine, theirs] = [
      await t.acme.call(`/cache/${key}`),
      await t.other.call(`/cache/${key}`),
    ];
    await t.other.call(`/cache/${key}`, 'DELETE');

    expect([asked.status, asked.body.cache_key === key]).toEqual([202, false]);
    expect([mine.status, theirs.status]).toEqual([200, 404]);
    expect((await t.acme.ask('a', { path: PRIVATE })).headers.get('x-cache')).toBe('HIT');
  });
});

describe('jobs', () => {
  test("of another tenant are not there, by any route; an administrator's key reads all", async () => {
    const t = await openForTwo();
    await using _ = t.api;
    const { body } = await t.acme.ask('a');
    const job = `/jobs/${body.job_id}`;
    const routes = [job, `${job}/result`, `${job}/events`, `${job}/deliveries`];
    const seen = async (by: typeof t.acme) =>
      await Promise.all(
        routes
          .filter((path) => !path.endsWith('events'))
          .map(async (path) => (await by.call(path)).status),
      );

    for (const path of routes)
      expect(await t.other.call(path)).toMatchObject({
        status: 404,
        body: { type: 'urn:deja:problem:job-unknown' },
      });
    expect((await t.other.call(job, 'DELETE')).status).toBe(404);
    expect(await seen(t.acme)).toEqual([200, 202, 200]);
    expect((await t.admin.call(job)).status).toBe(403); // it may not even ask
    expect((await t.acme.call(job, 'DELETE')).body.status).toBe('canceled');
  });

  test('that share a run are each its own: who cancels one leaves the other', async () => {
    const t = await openForTwo();
    await using _ = t.api;
    const [first, second] = [await t.acme.ask('a'), await t.other.ask('a')];
    expect(second.body.job_id).not.toBe(first.body.job_id);

    await t.acme.call(`/jobs/${first.body.job_id}`, 'DELETE');
    await t.api.finish(await t.api.runOf(second.body.job_id), 'succeeded', { output: {} });

    expect((await t.other.call(`/jobs/${second.body.job_id}`)).body.status).toBe('succeeded');
  });

  test('under the same Idempotency-Key are two, and no conflict', async () => {
    const t = await openForTwo();
    await using _ = t.api;
    const key = { 'Idempotency-Key': 'k' };

    const [first, second] = [await t.acme.ask('a', key), await t.other.ask('b', key)];
    const again = await t.acme.ask('a', key);

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(again.body.job_id).toBe(first.body.job_id);
    expect((await t.acme.ask('b', key)).status).toBe(422);
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
});
