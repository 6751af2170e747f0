/** What Prometheus reads from several API processes of one installation. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineJobScript, QueueRedis } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { TIME_BOUNDS_MS } from '../src/operations/samples.ts';
import { openApi } from './harness.ts';

const run = '/models/echo/run';
type Api = Awaited<ReturnType<typeof openApi>>;

/** Samples by name and labels, as the process shows them. */
async function samplesOf({ url }: Pick<Api, 'url'>): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

async function openThree(resources: AsyncDisposableStack, env = {}): Promise<Api[]> {
  const REDIS_PREFIX = `t${randomUUID().slice(0, 8)}`;
  const apis: Api[] = [];
  for (let at = 0; at < 3; at += 1)
    apis.push(resources.use(await openApi({ REDIS_PREFIX, ...env })));
  return apis;
}

const at = (apis: readonly Api[], index: number): Api => apis[index % apis.length] as Api;

async function sumsOf(apis: readonly Api[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const api of apis)
    for (const [name, value] of await samplesOf(api)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}

/** Ends a job's run as a worker does, with an entry that took 2 s to compute. */
async function computed({ context, runOf }: Api, job: string): Promise<void> {
  const { cache, memory, lower, runs } = context;
  const run = await runOf(job);
  const started = await runs.start(run, 'attempt');
  if (started.outcome !== 'go') throw new Error('not started');
  const { key, tags, log, token, runSeq } = started.attempt;
  const payload = '{"output":{"text":"stored"}}';
  await runs.finalise(run, 'attempt', 'succeeded', payload);
  const createdAt = Date.now();
  const until = { freshUntil: createdAt + 60_000, staleUntil: createdAt + 60_000 };
  const made = { model: 'echo', tenant: 'default', digest: '', computeMs: 2000, createdAt };
  await cache.reaches(token.seq);
  const header = { key, tags, log, token, runSeq, ...made, ...until };
  const entry = { header, body: Buffer.from(payload) };
  await Promise.all([memory, ...lower.all].map((tier) => tier.put(entry)));
}

test('each process tells what it counted, so that the sum over three is what was asked', async () => {
  await using resources = new AsyncDisposableStack();
  const apis = await openThree(resources);
  const ask = (index: number, text: string, headers = {}) =>
    post(`${at(apis, index).url}${run}`, { text }, headers);

  const first = await ask(0, 'a'); // miss
  await ask(1, 'a'); // miss, joined
  await ask(2, 'b', { 'Cache-Control': 'no-cache' }); // bypass
  const job = first.body.job_id;
  await at(apis, 0).finish(await at(apis, 0).runOf(job), 'succeeded', { output: { text: 'a' } });
  for (let index = 0; index < 9; index += 1) await ask(index, 'a'); // from what JOIN has kept
  const sums = await sumsOf(apis);

  const of = (labels: string) => sums[`deja_cache_requests_total{${labels}}`];
  expect(of('model="echo",outcome="miss",tier="none"')).toBe(2);
  expect(of('model="echo",outcome="bypass",tier="none"')).toBe(1);
  expect(of('model="echo",outcome="hit",tier="redis"')).toBe(9);
  expect(sums['deja_coalesced_requests_total{model="echo"}']).toBe(1);
  expect(sums.deja_waiting_requests).toBe(0);
});

test('what is global is told once, by the replica that holds the lease', async () => {
  await using resources = new AsyncDisposableStack();
  const apis = await openThree(resources);
  await expect.poll(() => apis.some(({ context }) => context.leases.figures.isHeld)).toBe(true);
  await post(`${at(apis, 1).url}${run}`, { text: 'a' });

  const all = await Promise.all(apis.map(samplesOf));

  const tellers = (name: string) => all.filter((samples) => samples.has(name)).length;
  for (const name of [
    'deja_global_workers',
    'deja_global_open_runs',
    'deja_global_queue_depth{lane="long"}',
    'deja_global_oldest_wait_seconds{lane="long"}',
    'deja_cache_bytes{tier="redis"}',
  ])
    expect([name, tellers(name)]).toEqual([name, 1]);
  expect(tellers('deja_cache_bytes{tier="memory"}')).toBe(3);
  const sums = await sumsOf(apis);
  expect(sums['deja_global_queue_depth{lane="long"}']).toBe(1);
  expect(sums['deja_queue_depth{lane="long"}']).toBe(3); // the name of 0.1, told by everyone
});

test('when the holder of the lease stops, another replica tells what is global', async () => {
  await using resources = new AsyncDisposableStack();
  const REDIS_PREFIX = `t${randomUUID().slice(0, 8)}`;
  const holder = await openApi({ REDIS_PREFIX });
  await expect.poll(() => holder.context.leases.figures.isHeld).toBe(true);
  const other = resources.use(await openApi({ REDIS_PREFIX }));
  expect((await samplesOf(other)).has('deja_global_workers')).toBe(false);

  await holder[Symbol.asyncDispose]();

  await expect
    .poll(async () => (await samplesOf(other)).has('deja_global_workers'), { timeout: 5000 })
    .toBe(true);
});

test('a disk that processes share is told of by one of them', async () => {
  await using resources = new AsyncDisposableStack();
  const CACHE_DIR = mkdtempSync(join(tmpdir(), 'deja-metrics-'));
  resources.defer(() => rmSync(CACHE_DIR, { recursive: true }));
  const apis = await openThree(resources, { CACHE_DIR });
  await expect.poll(() => apis.some(({ context }) => context.leases.disk.isHeld)).toBe(true);

  const all = await Promise.all(apis.map(samplesOf));

  expect(all.filter((samples) => samples.has('deja_cache_bytes{tier="disk"}'))).toHaveLength(1);
});

test('what a process cannot reach or use is told as long as it lasts', async () => {
  await using redis = await startOwnRedis();
  await using api = await openApi({ REDIS_URL: redis.url, CACHE_DIR: '/dev/null' });
  const ask = () => post(`${api.url}${run}`, { text: randomUUID() });
  const troubles = async () => {
    await ask();
    const names = /^deja_(redis_in_trouble|log_unverified|tier_skipped)/;
    const samples = [...(await samplesOf(api))].filter(([name]) => names.test(name));
    return samples.flatMap(([name, value]) => (value === 1 ? [name] : []));
  };
  expect(await troubles()).toEqual(['deja_tier_skipped{tier="disk"}']);

  await redis[Symbol.asyncDispose]();

  await expect
    .poll(troubles, { timeout: 10_000 })
    .toEqual([
      'deja_redis_in_trouble{role="queue"}',
      'deja_redis_in_trouble{role="cache"}',
      'deja_log_unverified',
      'deja_tier_skipped{tier="redis"}',
      'deja_tier_skipped{tier="disk"}',
    ]);
});

test('Redis counts times between the bounds that histograms have', async () => {
  await using api = await openApi();
  const redis = new Redis(api.context.config.redisUrl);
  const queue = new QueueRedis(redis, api.context.shards.ofText(''));
  const observe = defineJobScript(`observe('run', { model = 'm', lane = 'l' }, tonumber(ARGV[3]))`);

  for (const boundMs of TIME_BOUNDS_MS) await queue.call(observe, boundMs);
  await queue.call(observe, 1 + Math.max(...TIME_BOUNDS_MS));
  const { times } = await api.context.figures.queues();
  redis.disconnect();

  expect(Object.fromEntries(times)).toEqual({
    ...Object.fromEntries(TIME_BOUNDS_MS.map((boundMs) => [`run|m|l|${boundMs}`, 1])),
    ...{ 'run|m|l|+Inf': 1, 'run|m|l|sum': expect.any(Number) },
  });
});

test('evictions and look-ups are told by tier', async () => {
  await using api = await openApi({ CACHE_MAX_SIZE: '1' });
  for (const text of ['a', 'b', 'c']) {
    const { body } = await post(`${api.url}${run}`, { text });
    await computed(api, body.job_id);
    await post(`${api.url}${run}`, { text });
  }
  await expect
    .poll(async () =>
      (await samplesOf(api)).get('deja_cache_evictions_total{tier="memory",reason="entries"}'),
    )
    .toBe(2);
  const samples = await samplesOf(api);
  expect(samples.get('deja_cache_lookup_seconds_count{tier="redis"}')).toBe(3);
  expect(samples.get('deja_compute_saved_seconds_total{model="echo"}')).toBeCloseTo(6);
  expect((await call(`${api.url}/cache/stats`)).body).toMatchObject({
    ...{ hits: 3, misses: 3, hit_ratio: 0.5, compute_seconds_saved: 6 },
    models: { echo: { hits: 3, misses: 3, compute_seconds_saved: 6 } },
    own: { hits: 3, misses: 3, stale: 0, bypass: 0, collapsed: 0, fenced: 0 },
  });
});
