import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { overview, receivers, scale, workers } from '../src/operations/overview-schema.ts';
import { openApi } from './harness.ts';

type Api = Awaited<ReturnType<typeof openApi>>;
const run = '/models/echo/run';
const about = {
  ...{ host: 'fra-1', pid: 7, startedAt: Date.UTC(2026, 0, 1), memoryBytes: 1e9 },
  running: [{ run: 'r', model: 'echo', lane: 'long', forMs: 250 }],
  receivers: [
    ...[
      { host: 'a.example:443', state: 'answers', restsMs: 0, attempts: 3, delivered: 2 } as const,
    ],
    ...[
      { host: 'b.example:443', state: 'rests', restsMs: 9000, attempts: 5, delivered: 0 } as const,
    ],
  ],
} as const;

const read = async ({ url }: Api, path: string) => (await call(`${url}${path}`)).body;

test('the overview tells what is there and what was today', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  await post(`${api.url}${run}`, { text: 'waits' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });
  await post(`${api.url}${run}`, { text: 'a' });
  await api.context.workers.announce('w', { slots: 4, models: [], about });

  await expect
    .poll(async () => (await read(api, '/admin/overview')).workers, { timeout: 3000 })
    .toBe(1);
  const seen = await read(api, '/admin/overview');

  expect(overview.strict().parse(seen)).toEqual(seen);
  expect(seen).toMatchObject({
    ...{ hit_ratio: 0.3333, hit_ratio_today: 0.3333, workers: 1, seconds_saved: 0 },
    requests_today: { hit: 1, stale: 0, miss: 2, bypass: 0, collapsed: 0 },
    runs: { open: 1, queued: 1, running: 0, retrying: 0, ended_last_hour: 1, failed_last_hour: 0 },
    slots: { slots: 4, busy: 1, wanted: 2 },
    oldest_wait_lane: 'long',
    webhooks: { pending: 0, dead: 0, lag_s: 0 },
    eta_error: { count: 0 },
  });
  expect(seen.hit_ratio_hour_ago).toBeUndefined();
  expect(seen.lanes).toHaveLength(4);
  const long = seen.lanes.find(({ lane }: { lane: string }) => lane === 'long');
  expect(long).toMatchObject({ queued: 1, oldest_wait_s: expect.any(Number) });
  expect(long.computed_p95_s).toBeGreaterThan(0);
  expect(seen.models).toMatchObject([{ name: 'echo', requests: 3, hit_ratio: 0.3333, queued: 1 }]);
  expect(
    seen.tiers.map(({ tier, state }: { tier: string; state: string }) => [tier, state]),
  ).toEqual([
    ['memory', 'up'],
    ['redis', 'up'],
    ['disk', 'off'],
  ]);
});

test('a tier that is broken is told of, and since when', async () => {
  await using api = await openApi({ CACHE_REDIS_URL: 'redis://127.0.0.1:1' });
  for (let at = 0; at < 4; at += 1) await post(`${api.url}${run}`, { text: `${at}` });

  const { tiers, at } = await read(api, '/admin/overview');

  const redis = tiers.find(({ tier }: { tier: string }) => tier === 'redis');
  expect(redis).toMatchObject({ state: 'skipped', skipped_since: expect.any(String) });
  expect(Date.parse(redis.skipped_since)).toBeLessThanOrEqual(Date.parse(at));
  expect(tiers[0].skipped_since).toBeUndefined();
});

test('the live stream begins with the same figures, and ends when the process stops', async () => {
  await using api = await openApi();
  const { body, headers } = await fetch(`${api.url}/admin/live`);
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.split('event: overview').length > 2) api.stop();
  }

  expect(headers.get('content-type')).toContain('text/event-stream');
  const [first = ''] = text.split('\n\n');
  const figures = JSON.parse(
    first
      .split('\n')
      .find((line) => line.startsWith('data: '))
      ?.slice(6) ?? '',
  );
  expect(overview.strict().parse(figures)).toEqual(figures);
});

test('with 100 viewers a replica takes no more, until one leaves', async () => {
  await using api = await openApi();
  const streams = await Promise.all(
    Array.from({ length: 100 }, () => fetch(`${api.url}/admin/live`)),
  );
  expect(streams.every(({ status }) => status === 200)).toBe(true);

  expect((await call(`${api.url}/admin/live`)).body.type).toBe('urn:deja:problem:streams-full');

  await streams[0]?.body?.cancel();
  const again = async () => {
    const { status, body } = await fetch(`${api.url}/admin/live`);
    await body?.cancel();
    return status;
  };
  await expect.poll(again, { timeout: 5000 }).toBe(200);
  api.stop();
});

test('workers tell what they have and do', async () => {
  await using api = await openApi();
  await api.context.workers.announce('w', {
    slots: 4,
    models: [{ name: 'echo', version: 1 }],
    about,
  });
  await api.context.workers.announce('old', { slots: 1, models: [], about: undefined });

  const seen = await read(api, '/admin/workers');

  expect(workers.strict().parse(seen)).toEqual(seen);
  expect(seen.workers).toContainEqual({
    ...{ worker: 'w', host: 'fra-1', pid: 7, started_at: '2026-01-01T00:00:00.000Z', slots: 4 },
    ...{ busy: 1, memory_bytes: 1e9, heartbeat_age_s: expect.any(Number) },
    models: [{ name: 'echo', version: 1 }],
    running: [{ run: 'r', model: 'echo', lane: 'long', for_s: 0.25 }],
  });
});

test('receivers are what workers know of them, with what is pending', async () => {
  await using api = await openApi({
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
    WEBHOOK_ALLOWED_HOSTS: 'hooks.internal',
  });
  await api.context.workers.announce('w', { slots: 4, models: [], about });
  const webhook = { url: 'https://hooks.internal/x' };
  await post(`${api.url}${run}`, { text: 'a', webhook }, {});
  await api.context.runs.start((await openRun(api)) as string, 'a');

  const seen = await read(api, '/admin/receivers');

  expect(receivers.strict().parse(seen)).toEqual(seen);
  expect(seen.receivers).toMatchObject([
    { host: 'a.example:443', state: 'answers', attempts: 3, delivered: 2, pending: 0, dead: 0 },
    { host: 'b.example:443', state: 'rests', rests_until: expect.any(String) },
  ]);
});

async function openRun({ context }: Api): Promise<string | undefined> {
  return (await context.figures.openRuns())[0]?.run;
}

test('what a scaler reads is from predicted work', async () => {
  await using api = await openApi();
  const { context, url } = api;
  await context.workers.announce('w', { slots: 2, models: [], about: { ...about, running: [] } });
  const { body } = await post(`${url}${run}`, { text: 'first' });
  await expect
    .poll(() => read(api, '/scale'), { timeout: 3000 })
    .toMatchObject({ slots_wanted: 1, slots: 2, work_seconds: 0 });
  const redis = context.shards.all[0]?.prefix;
  await api.finish(await api.runOf(body.job_id), 'succeeded', {});
  await setUsual(api, `${redis}times`, 6000);
  for (let at = 0; at < 5; at += 1) await post(`${url}${run}`, { text: `${at}` });
  await expect
    .poll(async () => (await read(api, '/scale')).by_lane.long.queued, { timeout: 3000 })
    .toBe(5);

  const seen = await read(api, '/scale');

  expect(scale.strict().parse(seen)).toEqual(seen);
  expect(seen).toMatchObject({ slots_wanted: 3, slots: 2, work_seconds: 30 });
  expect(seen.by_lane.long).toMatchObject({ queued: 5, running: 0, work_seconds: 30 });
  expect(seen.oldest_wait_s).toBeGreaterThan(0);
});

async function setUsual(api: Api, key: string, ms: number): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(api.context.config.redisUrl);
  await redis.hset(key, 'usual|echo', ms);
  redis.disconnect();
}

test.each(['/admin/overview', '/admin/live', '/admin/workers', '/admin/receivers', '/scale'])(
  '%s is for operators',
  async (path) => {
    await using api = await openApi({ ADMIN_PASSWORD: 'a good one' });

    expect((await fetch(`${api.url}${path}`)).status).toBe(401);
    const Authorization = `Basic ${Buffer.from('admin:a good one').toString('base64')}`;
    const answer = await fetch(`${api.url}${path}`, { headers: { Authorization } });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  },
);
