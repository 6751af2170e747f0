/** What runs leave for later ones: real store, real log, real tiers, real slots. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artefactGroupFor, artefactKeyFor } from '@deja/cache-core';
import {
  createArtefactIndex,
  createLogClient,
  createNotifier,
  openLowerTiers,
} from '@deja/cache-core/redis';
import { type Lane, newJobId, newRunId, openJobStores, type PendingRun, shardOf } from '@deja/jobs';
import { loadModels } from '@deja/models';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { RunProcessor } from '../src/runs/processor.ts';
import { createPublish } from '../src/runs/publish.ts';
import { SlotPool } from '../src/slots/slot-pool.ts';

const log = createLogger('test', 'silent');
const slotModels = {
  modulePaths: [fileURLToPath(new URL('./keeping-model.ts', import.meta.url))],
  cwd: process.cwd(),
};
const models = await loadModels(slotModels);
const model = models.get('keeping');
if (!model) throw new Error('the model is not loaded');

let pool: SlotPool;
beforeAll(async () => {
  pool = new SlotPool({ size: 1, models: slotModels, warm: [], log });
  await pool.ready();
}, 60_000);
afterAll(() => pool[Symbol.asyncDispose]());

interface Ask {
  readonly name?: string;
  readonly how?: string;
  readonly lane?: Lane;
  readonly nocache?: boolean;
  readonly nostore?: boolean;
  readonly tenant?: string;
}

async function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'deja-test-'));
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const shard = shardOf(namespace);
  const [redis, subscriber] = [new Redis(inject('redisUrl')), new Redis(inject('redisUrl'))];
  const { runs, jobs } = openJobStores(redis, shard);
  const notifier = createNotifier(subscriber, shard.channel);
  const invalidations = createLogClient({
    redis,
    notifier,
    prefix: shard.prefix,
    serveUnverifiedMs: 0,
  });
  await invalidations.catchUp();
  const tiers = openLowerTiers({
    redis,
    namespace,
    maxRedisBytes: 10_000_000,
    dir,
    maxDiskBytes: 10_000_000,
    deadlineMs: 5000,
    onDiskError: (error) => {
      throw error;
    },
  });
  const added: PendingRun[] = [];
  const counted: string[] = [];
  const index = createArtefactIndex(redis, namespace);
  const queues = { add: async (run: PendingRun) => void added.push(run) };
  const counters = { add: (field: string) => void counted.push(field) };
  const processor = new RunProcessor({
    runs,
    models,
    tiers: tiers.all,
    queues,
    publish: createPublish({
      ...{ runs, queues, counters, index, log },
      ...{ tiers: tiers.all, defaultTtlMs: 3_600_000, keepStaleMs: 0, jitter: 0 },
    }),
    log,
    shutdown: new AbortController().signal,
  });
  let asked = 0;
  /** Asks under a key of its own, and computes. */
  const ask = async ({ name = 'n', how = 'plainly', lane = 'long', ...more }: Ask = {}) => {
    asked += 1;
    const key = asked.toString(16).padStart(64, '0');
    const tags = ['model:keeping', `model_id:${name}`];
    const identity = {
      key,
      model: 'keeping',
      version: 1,
      engine: undefined,
      tags,
      lane,
      deadlineMs: 60_000,
    };
    const input = JSON.stringify({ name, how });
    const { run } = await runs.join(
      { job: newJobId(shard), run: newRunId(), ...identity, ...more },
      input,
    );
    await processor.process(run, pool, lane);
    const body = await jobs.readResult(run);
    const payload = body && JSON.parse(body.toString());
    return { key, run, text: payload?.output.text as string, from: payload?.output.from as string };
  };
  return {
    ...{ redis, runs, tiers, added, counted, index, ask, processor, invalidations },
    entryOf: async (key: string) => (await tiers.all[0]?.get(key))?.header,
    async [Symbol.asyncDispose]() {
      await invalidations[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      for (const tier of tiers.all) await tier[Symbol.asyncDispose]();
      redis.disconnect();
      rmSync(dir, { recursive: true });
    },
  };
}

const keyOf = (name: string) =>
  artefactKeyFor({ model: model.name, version: model.version, engine: model.engine, name });

test('what a run leaves serves later runs, from whichever tier has it', async () => {
  await using t = await setUp();

  const made = await t.ask();
  const reused = await t.ask();
  await t.tiers.all[0]?.clear();
  const fromDisk = await t.ask();

  expect(made.from).toBe('none');
  expect(reused).toMatchObject({ text: made.text, from: 'redis' });
  expect(fromDisk).toMatchObject({ text: made.text, from: 'disk' });
  expect(t.counted).toEqual(
    ['made', 'reused', 'reused'].map((what) => `model:keeping:outcome:${what}`),
  );
});

test('nothing made before an invalidation is used after it, whatever was invalidated (R28)', async () => {
  for (const scope of ['*', 't:model:keeping', 't:model_id:n', `k:${keyOf('n')}`]) {
    await using t = await setUp();
    const made = await t.ask();

    await t.invalidations.invalidate(scope);

    const after = await t.ask();
    expect([scope, after.from]).toEqual([scope, 'none']);
    expect(after.text).not.toBe(made.text);
  }
});

test('an answer is invalidated with the artefact that it was made of (R28)', async () => {
  await using t = await setUp();
  await t.ask();
  const { key } = await t.ask();
  const header = await t.entryOf(key);
  if (!header) throw new Error('no entry');
  expect(header.derivedFrom).toEqual([keyOf('n')]);

  await t.invalidations.invalidate(`k:${keyOf('n')}`);

  expect(t.invalidations.replica.judge(header)).toBe('fenced');
});

test('an answer that owes nothing to what was read is not', async () => {
  await using t = await setUp();
  await t.ask();
  const { key, from } = await t.ask({ how: 'dismissing' });

  expect(from).toBe('none');
  expect((await t.entryOf(key))?.derivedFrom).toBeUndefined();
});

test('no-cache and no-store use nothing, and no-store leaves nothing', async () => {
  await using t = await setUp();
  await t.ask({ nostore: true });
  const first = await t.ask();
  const anew = await t.ask({ nocache: true });
  const alone = await t.ask({ nostore: true });
  const last = await t.ask();

  expect([first, anew, alone].map(({ from }) => from)).toEqual(['none', 'none', 'none']);
  expect(last.text).toBe(anew.text);
});

test('what would take long in the short lane is moved to the long one', async () => {
  await using t = await setUp();

  const { run, key, text } = await t.ask({ lane: 'short' });
  expect(text).toBeUndefined();
  expect(t.added).toEqual([{ run, key, lane: 'long' }]);
  await t.processor.process(run, pool, 'long');
  const next = await t.ask({ lane: 'short' });

  expect(next.from).toBe('redis');
  expect(t.counted).toHaveLength(2);
});

test('a stand-in is fresh for no longer than it says, and is replaced by one run that uses nothing', async () => {
  await using t = await setUp();
  const made = await t.ask();
  const provisional = await t.ask({ how: 'standing in' });
  const header = await t.entryOf(provisional.key);
  expect((header?.freshUntil ?? 0) - (header?.createdAt ?? 0)).toBe(600_000);
  await expect
    .poll(() => t.added)
    .toEqual([{ run: expect.any(String), key: provisional.key, lane: 'refresh' }]);

  await t.processor.process(t.added[0]?.run ?? '', pool, 'refresh');

  const better = await t.entryOf(provisional.key);
  expect((better?.freshUntil ?? 0) - (better?.createdAt ?? 0)).toBe(3_600_000);
  expect(better?.runSeq).toBeGreaterThan(header?.runSeq ?? 0);
  expect((await t.ask()).text).not.toBe(made.text);
  expect(t.added).toHaveLength(1);
});

test('artefacts are listed under their model_id, with how often they were used', async () => {
  await using t = await setUp();
  await t.ask({ name: 'sales' });
  await expect.poll(() => t.index.list('keeping/model_id:sales')).toHaveLength(1);
  await t.ask({ name: 'sales' });
  await t.ask({ name: 'sales' });

  await expect
    .poll(() => t.index.list('keeping/model_id:sales'))
    .toMatchObject([{ key: keyOf('sales'), facts: { size: expect.any(Number) }, uses: 2 }]);
});

test('a damaged artefact is none', async () => {
  await using t = await setUp();
  const made = await t.ask();
  await t.tiers.all[1]?.clear();
  for (const key of await t.redis.keys(`*:c:${keyOf('n')}`)) {
    const bytes = await t.redis.getBuffer(key);
    if (!bytes) throw new Error('no value');
    bytes[bytes.length - 40] = 255 - (bytes[bytes.length - 40] ?? 0);
    await t.redis.set(key, bytes);
  }

  const after = await t.ask();

  expect(after.from).toBe('none');
  expect(after.text).not.toBe(made.text);
});

test('G11 A tenant is alone: what a run of one leaves serves no run of another', async () => {
  await using t = await setUp();

  const made = await t.ask({ tenant: 'a' });
  const other = await t.ask({ tenant: 'b' });
  const again = await t.ask({ tenant: 'a' });
  const nobody = await t.ask();

  expect([made, other, again, nobody].map(({ from }) => from)).toEqual([
    ...['none', 'none', 'redis', 'none'],
  ]);
  expect(again.text).toBe(made.text);
  const listed = await Promise.all(
    ['a', 'b', undefined].map((tenant) =>
      t.index.list(artefactGroupFor('keeping', 'model_id:n', tenant)),
    ),
  );
  expect(new Set(listed.flat().map(({ key }) => key)).size).toBe(listed.flat().length);

  await t.invalidations.invalidate('t:model_id:n', 'a');

  expect((await t.ask({ tenant: 'a' })).from).toBe('none');
  expect((await t.ask({ tenant: 'b' })).from).toBe('redis');
});
