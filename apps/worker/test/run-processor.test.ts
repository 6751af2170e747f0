/** One run from its delivery to its end: a real store, real slots, a model that does as it is told. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Entry, Tier } from '@deja/cache-core';
import { newJobId, newRunId, RunStore, shardOf } from '@deja/jobs';
import { loadModels } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { EntryWriter } from '../src/entry-writer.ts';
import { GivenBackError, RunProcessor } from '../src/run-processor.ts';
import { SlotPool } from '../src/slots/slot-pool.ts';

const log = createLogger('test', 'silent');
const KEY = 'a'.repeat(64);
const slotModels = {
  modulePaths: [fileURLToPath(new URL('./behaviours.ts', import.meta.url))],
  cwd: process.cwd(),
};

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ size: 2, models: slotModels, log });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

async function setUp() {
  const redis = new Redis(inject('redisUrl'));
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  const runs = new RunStore(redis, shard);
  const entries: Entry[] = [];
  const order: string[] = [];
  // What the processor needs of a tier: it writes, and removes what was fenced.
  const tier: Pick<Tier, 'name' | 'put' | 'remove'> = {
    name: 'disk',
    put: async (entry) => {
      const jobs = await redis.zcard(`${shard.prefix}due`);
      order.push(`entry while ${jobs} open`);
      entries.push(entry);
      return 'stored';
    },
    remove: async () => void entries.pop(),
  };
  const shutdown = new AbortController();
  const processor = new RunProcessor({
    runs,
    models: await loadModels(slotModels),
    writer: new EntryWriter({
      tiers: [tier as Tier],
      defaultTtlMs: 60_000,
      keepStaleMs: 0,
      jitter: 0,
      log,
    }),
    log,
    shutdown: shutdown.signal,
  });
  const submit = async (how: string, version = 1) => {
    const job = newJobId(0);
    const identity = { key: KEY, model: 'behave', version, tags: ['model:behave'] };
    const more = { lane: 'long', deadlineMs: 60_000 } as const;
    const input = JSON.stringify({ how });
    const { run } = await runs.join({ job, run: newRunId(), ...identity, ...more }, input);
    return { job, run };
  };
  return {
    ...{ redis, shard, runs, entries, order, shutdown, processor, submit },
    async outcome(job: string) {
      const seen = await runs.readJob(job);
      if (seen.outcome !== 'found') return seen.outcome;
      const body = await runs.readResult(seen.job.run);
      return { status: seen.job.status, body: body && JSON.parse(body.toString()) };
    },
    async tries(run: string) {
      return Number(await redis.hget(`${shard.prefix}r:${run}`, 'tries'));
    },
    async [Symbol.asyncDispose]() {
      await redis.quit();
    },
  };
}

test('the entry is written before the run is announced', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('well');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({
    status: 'succeeded',
    body: { output: { pid: expect.any(Number) } },
  });
  expect(t.order).toEqual(['entry while 1 open']);
  expect(t.entries[0]?.header).toMatchObject({ key: KEY, model: 'behave', no: 1 });
});

test('an input that the model refuses fails at once, with its issues', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('refuse');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({
    status: 'failed',
    body: { code: 'INPUT_REFUSED', issues: [{ path: '/how' }] },
  });
  expect(await t.tries(run)).toBe(1);
});

test('any other error of the model fails at once', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('throw');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ body: { code: 'MODEL_FAILED', message: 'a bug' } });
  expect(await t.tries(run)).toBe(1);
});

test('what may work the next time is tried three times, then fails with its reason', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('retry');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ body: { code: 'MODEL_FAILED', message: 'later' } });
  expect(await t.tries(run)).toBe(3);
});

test('a run whose slot dies three times is poison', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('crash');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({
    body: { code: 'RUN_POISONED', message: expect.stringContaining('SIGSEGV') },
  });
  expect(t.entries).toEqual([]);
});

test('a run that nobody wants any more is stopped by the beat, without a bell (R22)', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.tries(run)).toBe(1);

  await t.redis.hset(`${t.shard.prefix}j:${job}`, 'deadline', 0);
  await t.runs.expire(job);

  await processing;
  expect(await t.outcome(job)).toMatchObject({ status: 'expired' });
});

test('the bell stops it at once', async () => {
  await using t = await setUp();
  const { run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.tries(run)).toBe(1);

  t.processor.stop(run);

  await processing;
});

test('a worker that stops gives the run back, and the try does not count', async () => {
  await using t = await setUp();
  const { run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.tries(run)).toBe(1);

  t.shutdown.abort();

  await expect(processing).rejects.toThrow(GivenBackError);
  expect(await t.tries(run)).toBe(0);
  expect((await t.runs.pendingRuns()).map((pending) => pending.run)).toEqual([run]);
});

test('a run of a model version that this worker has not is left to others', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('well', 2);

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ status: 'running' });
  expect(await t.tries(run)).toBe(0);
});

test('a delivery that comes twice computes once (R19, R20)', async () => {
  await using t = await setUp();
  const { run } = await t.submit('well');

  await Promise.all([t.processor.process(run, pool), t.processor.process(run, pool)]);
  await t.processor.process(run, pool);

  expect(await t.tries(run)).toBe(1);
  expect(t.entries).toHaveLength(1);
});
