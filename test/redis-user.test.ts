/** Real processes as a Redis user that has the rights of docs/operations.md, and no other. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { modelPath, startApi, startWorker, temporaryDir } from './processes.ts';
import { newSecret, startReceiver, webhookEnv } from './receiver.ts';

const sleepModel = new URL('../examples/sleep-model.ts', import.meta.url).pathname;

/** The rights that the page lists, for another prefix than `deja`. */
function documentedRules(namespace: string): string[] {
  const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
  const [, list = ''] = /ACL SETUSER deja on >PASSWORD (.*?)```/s.exec(page) ?? [];
  return list
    .trim()
    .split(/\s+/)
    .map((rule) => rule.replace('deja:', `${namespace}:`));
}

test.each([
  ['one server', false],
  ['a cache Redis of its own', true],
])(
  'a Redis user with the rights that docs/operations.md lists is enough: %s',
  async (_, isSplit) => {
    await using owned = new AsyncDisposableStack();
    const namespace = `t${randomUUID().slice(0, 8)}`;
    const openServer = async () => {
      const server = owned.use(await startOwnRedis());
      const admin = owned.adopt(new Redis(server.url), (redis) => redis.disconnect());
      await admin.call('ACL', 'SETUSER', 'deja', 'on', '>pw', ...documentedRules(namespace));
      const url = Object.assign(new URL(server.url), { username: 'deja', password: 'pw' });
      return { admin, url: url.href };
    };
    const queue = await openServer();
    const cache = isSplit ? await openServer() : undefined;
    const dir = temporaryDir();
    owned.defer(() => dir[Symbol.dispose]());
    const secret = newSecret();
    const receiver = owned.use(await startReceiver(secret));
    const env = {
      ...{ REDIS_URL: queue.url, REDIS_PREFIX: namespace, CACHE_DIR: dir.path },
      ...{ DEJA_MODELS: [modelPath('loop.ts'), sleepModel].join() },
      ...{ LOG_RESTART: 'rotate', ...webhookEnv(secret) },
      ...(cache && { CACHE_REDIS_URL: cache.url }),
    };
    const api = owned.use(await startApi(env));
    owned.use(await startWorker(env));
    const wait = { Prefer: 'wait=60' };
    const webhook = { url: receiver.url, events: ['job.started', 'job.completed'] };
    const forecast = { model_id: 'm', data: series(100), periods: 3 };

    const first = await post(`${api.url}/forecast`, { ...forecast, webhook }, wait);
    const again = await post(`${api.url}/forecast`, forecast);
    const reused = await post(`${api.url}/forecast`, { ...forecast, periods: 4 }, wait);
    const keyed = { 'Idempotency-Key': 'k', ...wait };
    const text = await post(`${api.url}/predict`, { text: 'I love this' }, keyed);
    const batch = await post(
      `${api.url}/batch`,
      { model: 'sentiment', inputs: [{ text: 'a' }] },
      wait,
    );
    const loop = await post(`${api.url}/models/loop/run`, {});
    const events = await fetch(`${api.url}/jobs/${loop.body.job_id}/events`);
    await events.body?.cancel();
    const canceled = await call(`${api.url}/jobs/${loop.body.job_id}`, { method: 'DELETE' });
    const slept = await post(
      `${api.url}/models/sleep/run`,
      { ms: 10 },
      { 'Cache-Control': 'no-store' },
    );
    await jobOf(api.url, slept.body.job_id);
    await expect.poll(() => receiver.calls.length, { timeout: 30_000 }).toBe(2);
    const delivery = `/jobs/${receiver.calls[0]?.event.data.job_id}/deliveries`;
    const pages = ['/cache/stats', '/metrics', '/forecast/models/m', delivery];
    pages.push(
      '/admin/deliveries?status=over',
      '/admin/overview',
      '/admin/runs',
      '/admin/series',
      '/admin/workers',
      '/admin/receivers',
      '/admin/keys',
      '/scale',
    );
    for (const page of pages) expect((await fetch(api.url + page)).status).toBe(200);
    for (const path of [`/cache/${text.body.cache_key}`, '/cache?tag=model:sentiment', '/cache'])
      expect((await call(api.url + path, { method: 'DELETE' })).status).toBe(200);

    expect((await call(`${api.url}/admin/audit`)).body.entries.length).toBeGreaterThan(3);
    expect([first, again, reused, text, batch].map(({ status }) => status)).toEqual(
      Array(5).fill(200),
    );
    expect(again.headers.get('x-cache')).toBe('HIT');
    expect(canceled.status).toBe(200);
    expect((await call(`${api.url}/readyz`)).body).toMatchObject({ status: 'ok', reasons: {} });
    for (const server of [queue, cache])
      expect((await server?.admin.call('ACL', 'LOG')) ?? []).toEqual([]);
  },
);
