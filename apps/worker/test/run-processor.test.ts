/** One run from its delivery to its end: a real store, real slots, a model that does as it is told. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Entry, Tier } from '@deja/cache-core';
import { newJobId, newRunId, openJobStores, shardOf } from '@deja/jobs';
import { loadModels } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { GivenBackError } from '../src/runs/errors.ts';
import { RunProcessor } from '../src/runs/processor.ts';
import { createPublish } from '../src/runs/publish.ts';
import { SlotDiedError } from '../src/slots/errors.ts';
import { SlotPool } from '../src/slots/slot-pool.ts';

const log = createLogger('test', 'silent');
const KEY = 'a'.repeat(64);
const slotModels = {
  modulePaths: [fileURLToPath(new URL('./behaviours.ts', import.meta.url))],
  cwd: process.cwd(),
};

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ size: 2, models: slotModels, warm: [], log });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

async function setUp() {
  const redis = new Redis(inject('redisUrl'));
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  const { runs, jobs, operatorRuns } = openJobStores(redis, shard);
  const entries: Entry[] = [];
  const order: string[] = [];
  // What the processor needs of a tier: it writes, and removes what was fenced.
  const tier: Pick<Tier, 'name' | 'put' | 'remove'> = {
    name: 'disk',
    put: async (entry) => {
      const jobs = await redis.zcard(`${shard.prefix}deadlines`);
      order.push(`entry while ${jobs} open`);
      entries.push(entry);
      return 'stored';
    },
    remove: async () => void entries.pop(),
  };
  const queues = { add: async () => {} };
  const shutdown = new AbortController();
  const processor = new RunProcessor({
    ...{ worker: { worker: 'w', host: 'h' }, operatorRuns },
    runs,
    models: await loadModels(slotModels),
    tiers: [],
    queues,
    publish: createPublish({
      ...{ runs, queues, log },
      ...{ tiers: [tier as Tier], defaultTtlMs: 60_000, keepStaleMs: 0, jitter: 0 },
      index: { add: async () => {}, used: async () => {} },
      counters: { add: () => {} },
    }),
    log,
    shutdown: shutdown.signal,
  });
  const submit = async (
    how: string,
    version = 1,
    { model = 'behave', key = KEY, engine = '' } = {},
  ) => {
    const job = newJobId(shard);
    const identity = { key, model, version, engine, tags: [`model:${model}`] };
    const more = { lane: 'long', deadlineMs: 60_000 } as const;
    const input = JSON.stringify({ how });
    const { run } = await runs.join({ job, run: newRunId(), ...identity, ...more }, input);
    return { job, run };
  };
  return {
    ...{ redis, shard, runs, jobs, entries, order, operatorRuns, shutdown, processor, submit },
    async outcome(job: string) {
      const seen = await jobs.read(job);
      if (seen.outcome !== 'found') return seen.outcome;
      const body = await jobs.readResult(seen.job.run);
      return { status: seen.job.status, body: body && JSON.parse(body.toString()) };
    },
    async begun(run: string) {
      return (await redis.hget(`${shard.prefix}r:${run}`, 'begun')) === '1';
    },
    /** How often a worker saw it fail, and went on. */
    async failures(run: string) {
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
  expect(t.entries[0]?.header).toMatchObject({ key: KEY, model: 'behave', runSeq: 1 });
});

test('an input that the model refuses fails at once, with its issues', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('refuse');

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({
    status: 'failed',
    body: { code: 'INPUT_REFUSED', issues: [{ path: '/how' }] },
  });
  expect(await t.failures(run)).toBe(0);
});

test('any other error of the model fails at once', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('throw');

  await t.processor.process(run, pool);

  const message = expect.stringContaining(run); // what it threw is in the log, under this id
  expect(await t.outcome(job)).toMatchObject({ body: { code: 'MODEL_FAILED', message } });
  expect(await t.failures(run)).toBe(0);
});

test('what may work the next time is tried three times, then fails with its reason', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('retry');

  await t.processor.process(run, pool);

  const message = expect.stringContaining(run);
  expect(await t.outcome(job)).toMatchObject({ body: { code: 'MODEL_FAILED', message } });
  expect(await t.failures(run)).toBe(2);
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

test('a run that was in a slot with a poisonous one is computed alone, and no try counts', async () => {
  await using t = await setUp();
  await using one = new SlotPool({ size: 1, models: slotModels, warm: [], log });
  const poison = await t.submit('crash', 1, { model: 'share' });
  const other = await t.submit('well', 1, { model: 'share', key: 'b'.repeat(64) });

  await Promise.all([poison, other].map(({ run }) => t.processor.process(run, one)));

  expect(await t.outcome(poison.job)).toMatchObject({ body: { code: 'RUN_POISONED' } });
  expect(await t.outcome(other.job)).toMatchObject({ status: 'succeeded' });
  expect(await t.failures(other.run)).toBe(0);
});

test('a run that needs too much memory fails at once', async () => {
  await using t = await setUp();
  await using small = new SlotPool({
    size: 1,
    models: slotModels,
    warm: [],
    maxMemoryBytes: 400 * 1024 * 1024,
    log,
  });
  const { job, run } = await t.submit('native');

  await t.processor.process(run, small);

  expect(await t.outcome(job)).toMatchObject({
    body: { code: 'MODEL_OUT_OF_MEMORY', message: expect.stringContaining('allows 400 MB') },
  });
  expect(await t.failures(run)).toBe(0);
});

test('a worker that stops after it saw a slot die gives the run back, and the try counts', async () => {
  await using t = await setUp();
  const { run } = await t.submit('crash');
  const processing = t.processor.process(run, {
    run: async () => {
      setTimeout(() => t.shutdown.abort(), 20);
      throw new SlotDiedError('SIGSEGV');
    },
  });

  await expect(processing).rejects.toThrow(GivenBackError);
  expect(await t.failures(run)).toBe(1);
  expect((await t.runs.pending()).map((pending) => pending.run)).toEqual([run]);
});

test('workers that die leave the run all its tries', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('well');
  for (let at = 1; at <= 5; at += 1) {
    await t.runs.start(run, `aid-of-a-dead-worker-${at}`);
    await t.redis.hset(`${t.shard.prefix}r:${run}`, 'heartbeat', 1);
  }

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ status: 'succeeded' });
  expect(await t.failures(run)).toBe(0);
});

test('a run that nobody wants any more is stopped by the heartbeat, without a notifier (R22)', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.begun(run)).toBe(true);

  await t.redis.hset(`${t.shard.prefix}j:${job}`, 'deadline', 0);
  await t.jobs.expire(job);

  await processing;
  expect(await t.outcome(job)).toMatchObject({ status: 'expired' });
});

test('the notifier stops it at once', async () => {
  await using t = await setUp();
  const { run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.begun(run)).toBe(true);

  t.processor.stop(run);

  await processing;
});

test('a worker that stops gives the run back, and the try does not count', async () => {
  await using t = await setUp();
  const { run } = await t.submit('loop');
  const processing = t.processor.process(run, pool);
  await expect.poll(() => t.begun(run)).toBe(true);

  t.shutdown.abort();

  await expect(processing).rejects.toThrow(GivenBackError);
  expect(await t.failures(run)).toBe(0);
  expect((await t.runs.pending()).map((pending) => pending.run)).toEqual([run]);
});

test('a run of a model version that this worker has not is left to others', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('well', 2);

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ status: 'running' });
  expect(await t.failures(run)).toBe(0);
});

test('nor is a run of another engine computed here', async () => {
  await using t = await setUp();
  const { job, run } = await t.submit('well', 1, { engine: 'other@2' });

  await t.processor.process(run, pool);

  expect(await t.outcome(job)).toMatchObject({ status: 'running' });
  expect(t.entries).toEqual([]);
});

test('a delivery that comes twice computes once (R19, R20)', async () => {
  await using t = await setUp();
  const { run } = await t.submit('well');

  await Promise.all([t.processor.process(run, pool), t.processor.process(run, pool)]);
  await t.processor.process(run, pool);

  expect(t.entries.map(({ header }) => header.runSeq)).toEqual([1]);
  expect(await t.redis.hget(`${t.shard.prefix}meta`, 'lastrunseq')).toBe('1');
});

test('operators see what is computed, and of each attempt how long its steps took', async () => {
  await using t = await setUp();
  const { run } = await t.submit('sleep');
  const done = t.processor.process(run, pool);
  await expect
    .poll(() => t.processor.running())
    .toMatchObject([{ run, model: 'behave', lane: 'long' }]);
  await done;
  const refused = await t.submit('refuse', 1, { key: 'b'.repeat(64) });
  await t.processor.process(refused.run, pool);

  expect(t.processor.running()).toEqual([]);
  const attempts = async (of: string) => (await t.operatorRuns.read(of))?.attempts;
  expect(await attempts(run)).toMatchObject([
    {
      ...{ worker: 'w', host: 'h', outcome: 'answered', number: 1, lane: 'long' },
      steps: [{ step: 'compute' }, { step: 'store' }, { step: 'publish' }],
    },
  ]);
  await expect
    .poll(() => attempts(refused.run))
    .toMatchObject([
      {
        ...{ outcome: 'failed', code: 'INPUT_REFUSED' },
        steps: [{ step: 'compute', ms: expect.any(Number) }],
      },
    ]);
});
