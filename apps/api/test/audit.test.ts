/** The audit at the edge: which request leaves which entry, and how they are read. */
import { openQueues } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Outbox } from '@deja/webhooks';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createListener } from '../src/app.ts';
import { AuditStream } from '../src/audit/audit-stream.ts';
import { AUDIT_ACTIONS, type AuditEntry } from '../src/audit/schema.ts';
import { echo, openApi } from './harness.ts';
import { bearer, memoryKeys, principal } from './memory-keys.ts';

const env = {
  AUTH: 'required',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
};
const webhook = { url: 'https://example.org/hook?token=secret' };
const admin = bearer('key-admin');
const acme = bearer('key-acme');
const KEY = 'a'.repeat(64);

let api: Awaited<ReturnType<typeof openApi>>;
beforeAll(async () => {
  const keys = memoryKeys();
  const scopes = ['ask', 'read', 'invalidate'] as const;
  keys.set('key-acme', {
    is: 'known',
    principal: principal(scopes, { keyId: 'id-acme', tenant: 'acme' }),
  });
  keys.set('key-admin', {
    is: 'known',
    principal: principal(['admin'], { keyId: 'id-admin', tenant: 'admin' }),
  });
  api = await openApi(env, [echo], createListener, keys);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const entriesOf = async (url = api.url, query = '') =>
  (await call(`${url}/admin/audit${query}`, { headers: admin })).body;

/** What the request has added. Entries of one millisecond have no order. */
async function addedBy(request: () => Promise<{ status: number; body?: { id?: string } }>) {
  const before = new Set((await entriesOf()).entries.map((entry: object) => JSON.stringify(entry)));
  const { status, body } = await request();
  const { entries } = await entriesOf();
  const added = entries.filter((entry: object) => !before.has(JSON.stringify(entry)));
  return { status, body, added };
}

async function deadDelivery(): Promise<{ job: string; delivery: string }> {
  const { config, shards } = api.context;
  const redis = new Redis(config.redisUrl);
  const outbox = new Outbox(openQueues(redis, shards, config.jobLimits));
  const { body } = await post(`${api.url}/models/echo/run`, { text: 'dead', webhook }, acme);
  await api.finish(await api.runOf(body.job_id), 'succeeded', { text: 'dead' });
  const { rows } = await outbox.take(1);
  if (!rows[0]) throw new Error('nothing is due');
  const times = { durationMs: 3, againInMs: 60_000 };
  await outbox.settle(rows[0], { state: 'dead', statusCode: 400, outcome: 'status', ...times });
  redis.disconnect();
  return { job: body.job_id, delivery: `${body.job_id}-completed` };
}

test('each action leaves one entry, with who did it, to what, and the id of the request', async () => {
  const { keyStore } = api.context;
  const made = { name: 'ci', scopes: ['ask'] as const, limits: {}, weight: 1 };
  const [one, two] = await Promise.all(
    ['acme', 'other'].map(async (tenant) => (await keyStore.create({ ...made, tenant })).record.id),
  );
  const run = `${api.url}/models/echo/run`;
  const job = (await post(run, { text: 'a job' }, acme)).body.job_id;
  const shared = await api.runOf((await post(run, { text: 'a run' }, acme)).body.job_id);
  const { job: sent, delivery } = await deadDelivery();
  const ofAcme = { actor: 'id-acme', tenant: 'acme' };
  const ofAdmin = { actor: 'id-admin', tenant: 'admin' };
  const cases: [string, Record<string, string>, object][] = [
    [`POST /admin/keys/${one}/rotate`, admin, { action: 'key.rotated', target: one }],
    [`DELETE /admin/keys/${two}`, admin, { action: 'key.revoked', target: two }],
    [`DELETE /cache/${KEY}`, acme, { action: 'cache.invalidated', target: `key:${KEY}` }],
    ['DELETE /cache?tag=text:a', acme, { action: 'cache.invalidated', target: 'tag:text:a' }],
    ['DELETE /cache', admin, { action: 'cache.invalidated', target: 'all' }],
    [
      'POST /invalidate-cache/sales',
      acme,
      { action: 'cache.invalidated', target: 'tag:model_id:sales' },
    ],
    [`DELETE /jobs/${job}`, admin, { action: 'job.canceled', target: job, tenant: 'acme' }],
    [`POST /admin/runs/${shared}/cancel`, admin, { action: 'run.canceled', target: shared }],
    [
      `POST /jobs/${sent}/deliveries/${delivery}/redeliver`,
      acme,
      { action: 'delivery.redelivered', target: delivery },
    ],
  ];
  const tenants = { 'key.rotated': 'acme', 'key.revoked': 'other' } as Record<string, string>;

  for (const [at, [request, headers, entry]] of cases.entries()) {
    const [method = '', path = ''] = request.split(' ');
    const id = `request-${at}`;
    const { status, added } = await addedBy(() =>
      call(api.url + path, { method, headers: { ...headers, 'X-Request-Id': id } }),
    );

    const { action } = entry as AuditEntry;
    expect([request, Math.floor(status / 100)]).toEqual([request, 2]);
    expect(added).toEqual([
      {
        ...{ id: expect.stringMatching(/^\d+-\d+$/), at: expect.any(String), request_id: id },
        ...(headers === admin ? ofAdmin : ofAcme),
        ...(tenants[action] && { tenant: tenants[action] }),
        ...entry,
      },
    ]);
    expect(Math.abs(Date.now() - Date.parse(added[0].at))).toBeLessThan(60_000);
  }
  const wanted = { ...made, tenant: 'acme', limits: undefined };
  const { body, added } = await addedBy(() => post(`${api.url}/admin/keys`, wanted, admin));
  expect(added).toMatchObject([
    { actor: 'id-admin', tenant: 'acme', action: 'key.created', target: body?.id },
  ]);
  expect(JSON.stringify(await entriesOf())).not.toMatch(/deja_|token=secret/);
});

test('what was refused leaves none, but for a key that is not valid', async () => {
  const read = bearer('key-read');
  const refused: [string, Record<string, string>][] = [
    ['DELETE /cache', read],
    ['DELETE /cache/x', acme],
    [`DELETE /jobs/0-${'9'.repeat(36)}`, acme],
    ['DELETE /admin/keys/0123456789', admin],
    ['POST /admin/keys', acme],
    ['POST /admin/runs/0-r/cancel', admin],
    ['DELETE /cache', {}],
  ];

  for (const [request, headers] of refused) {
    const [method = '', path = ''] = request.split(' ');
    const { status, added } = await addedBy(() => call(api.url + path, { method, headers }));
    expect([request, Math.floor(status / 100), added]).toEqual([request, 4, []]);
  }
  const { status, added } = await addedBy(() =>
    call(`${api.url}/cache`, { method: 'DELETE', headers: bearer('key-nobody') }),
  );
  expect(status).toBe(401);
  expect(added).toMatchObject([
    {
      action: 'key.refused',
      actor: '-',
      tenant: '-',
      target: expect.stringMatching(/127\.0\.0\.1/),
    },
  ]);
});

test('entries are read in pages, the newest first, also by tenant and by action', async () => {
  await using other = await openApi(env, [echo], createListener, memoryKeys());
  const { auditStream } = other.context;
  const at = new Date(0).toISOString();
  for (let i = 0; i < 30; i += 1)
    await auditStream.append({
      ...{ at, actor: 'a', tenant: i % 2 ? 'one' : 'two', target: `${i}`, request_id: '-' },
      action: AUDIT_ACTIONS[i % AUDIT_ACTIONS.length] ?? 'key.created',
    });
  const targets = ({ entries }: { entries: { target: string }[] }) =>
    entries.map(({ target }) => Number(target));

  const found: { id: string; target: string }[] = [];
  for (let before = ''; ; ) {
    const page = await entriesOf(other.url, `?limit=7${before}`);
    found.push(...page.entries);
    if (page.next_cursor === undefined) break;
    before = `&before=${page.next_cursor}`;
  }

  const all = Array.from({ length: 30 }, (_, i) => i);
  expect(targets({ entries: found }).sort((a, b) => a - b)).toEqual(all);
  const times = found.map(({ id }) => Number(id.split('-')[0])); // within one, in any order
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect((await entriesOf(other.url, '?tenant=one')).entries).toHaveLength(15);
  expect(targets(await entriesOf(other.url, '?action=key.refused&limit=2'))).toEqual([21, 12]);
  for (const query of ['?action=nothing', '?limit=0', '?before=x', '?tenant=A'])
    expect((await call(`${other.url}/admin/audit${query}`, { headers: admin })).status).toBe(400);
});

test('refused keys and tenants push out none but their own', async () => {
  const { config, shards } = api.context;
  const redis = new Redis(config.redisUrl);
  const [{ prefix }] = shards.all;
  const stream = new AuditStream({ redis, prefix: `${prefix}bound:` });
  const entry = { at: new Date(0).toISOString(), actor: '-', tenant: '-', request_id: '-' };
  await stream.append({ ...entry, action: 'key.created', target: 'kept' });
  const append = (action: 'key.refused' | 'cache.invalidated', count: number) =>
    Promise.all(
      Array.from({ length: count }, () => stream.append({ ...entry, action, target: 'x' })),
    );

  await append('key.refused', 1500);
  await append('cache.invalidated', 100);

  const kept = await Promise.all(
    ['', ':tenants', ':refused'].map((name) => redis.xlen(`${prefix}bound:audit${name}`)),
  );
  const { entries } = await stream.read({ limit: 10, action: 'key.created' });
  redis.disconnect();
  expect(entries).toMatchObject([{ target: 'kept' }]);
  expect(kept.slice(0, 2)).toEqual([1, 100]);
  expect(kept[2]).toBeLessThan(1200);
});

test('while keys are off, the actor is nobody', async () => {
  await using off = await openApi();

  await call(`${off.url}/cache`, { method: 'DELETE' });

  expect((await entriesOf(off.url)).entries).toMatchObject([
    { actor: '-', tenant: '-', action: 'cache.invalidated', target: 'all' },
  ]);
});

test('a Redis that is away fails or delays no request', async () => {
  const server = await startOwnRedis();
  await using away = await openApi(
    { ...env, REDIS_URL: server.url },
    [echo],
    createListener,
    memoryKeys(),
  );
  const info = vi.spyOn(away.context.log, 'info');
  await server.stop();

  const refused = await call(`${away.url}/cache`, {
    method: 'DELETE',
    headers: bearer('key-nobody'),
  });

  expect(refused.status).toBe(401);
  expect(info).not.toHaveBeenCalledWith(expect.anything(), 'audit');
  await vi.waitFor(async () => {
    const metrics = await fetch(`${away.url}/metrics`, { headers: bearer('key-observe') });
    expect(await metrics.text()).toContain('deja_audit_unwritten_total 1');
  });
});
