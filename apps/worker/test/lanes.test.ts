import { setTimeout as delay } from 'node:timers/promises';
import { createRunQueues, LANES, type Lane, LaneDeliveries, newRunId, shardOf } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { openRedisConnections } from '@deja/redis';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Slots } from '../src/runs/attempt.ts';
import { Lanes, type LanesOptions } from '../src/runs/lanes.ts';
import type { RunProcessor } from '../src/runs/processor.ts';

const WATCH_MS = 1000;

test.each([
  [
    'NOREPLICAS',
    ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
    ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  ],
  ['NOPERM', ['ACL', 'SETUSER', 'u', '-rpoplpush'], ['ACL', 'SETUSER', 'u', '+rpoplpush']],
] as const)(
  'a lane with runs to take does not spin while Redis refuses them (%s), and goes on by itself',
  async (_, ill, well) => {
    await using owned = new AsyncDisposableStack();
    const server = owned.use(await startOwnRedis());
    const admin = owned.adopt(new Redis(server.url), (redis) => redis.disconnect());
    await admin.call('ACL', 'SETUSER', 'u', 'on', '>pw', '~*', '&*', '+@all');
    const { href: url } = Object.assign(new URL(server.url), { username: 'u', password: 'pw' });
    const shard = shardOf('lane');
    const log = createLogger('test', 'silent');
    const role = 'queue' as const;
    const connections = owned.use(
      openRedisConnections({ url, role, probeKeys: ['lane:none'], log }),
    );
    const queues = owned.use(createRunQueues(admin, shard));
    const RUNS = 300;
    for (let n = 0; n < RUNS; n += 1) await queues.add({ run: `run${n}`, key: 'k', lane: 'long' });
    let isIll: Promise<unknown> | undefined;
    const done = new Set<string>();
    const process = async (run: string) => {
      done.add(run);
      if (done.size === 20) isIll = admin.call(ill[0], ...ill.slice(1));
      await isIll;
    };
    const redis = connections.connect('worker');
    const stopping = new AbortController();
    const deliveries = [new LaneDeliveries({ lane: 'long', redis, shard, log })];
    owned.use(
      new Lanes({
        ...{ lanes: [{ lane: 'long', most: 1, deliveries }], stopping: stopping.signal, log },
        ...{ pool: {} as Slots, processor: { process } as unknown as RunProcessor },
      }),
    );
    owned.defer(() => stopping.abort());
    await expect.poll(() => done.size, { timeout: 10_000 }).toBeGreaterThanOrEqual(20);
    await isIll;
    const refused = async () =>
      Number(/total_error_replies:(\d+)/.exec(await admin.info('stats'))?.[1]);

    const before = await refused();
    await delay(WATCH_MS);

    expect((await refused()) - before).toBeLessThan(60);
    expect(done.size).toBeLessThan(RUNS);
    await admin.call(well[0], ...well.slice(1));
    await expect.poll(() => done.size, { timeout: 20_000 }).toBe(RUNS);
  },
);

interface Shards {
  readonly shards?: number;
  readonly lanes?: readonly (readonly [Lane, number])[];
  readonly idle?: LanesOptions['idle'];
  /** Between the openings of two runs. */
  readonly gapMs?: number;
}

/** A worker's lanes over some shards; its runs end when the test says so. */
async function setUp({ shards: count = 1, lanes: of = [['long', 2]], idle, gapMs = 1000 }: Shards) {
  const owned = new AsyncDisposableStack();
  const server = owned.use(await startOwnRedis());
  const redis = owned.adopt(new Redis(server.url, { maxRetriesPerRequest: null }), (open) =>
    open.disconnect(),
  );
  const log = createLogger('test', 'silent');
  const shards = Array.from({ length: count }, (_, index) => shardOf('lanes', index));
  const queues = shards.map((shard) => owned.use(createRunQueues(redis, shard)));
  const held = new Map<string, () => void>();
  const begun: string[] = [];
  const stopping = new AbortController();
  const process = async (run: string, slots: Slots) => {
    begun.push(run);
    await slots.run({ run } as never);
  };
  const run = ({ run }: { run: string }) =>
    new Promise<void>((resolve) => held.set(run, () => resolve(void held.delete(run))));
  const start = () => {
    const lanes = new Lanes({
      lanes: of.map(([lane, most]) => ({
        ...{ lane, most },
        deliveries: shards.map((shard) => new LaneDeliveries({ lane, redis, shard, log })),
      })),
      ...{ pool: { run } as unknown as Slots, stopping: stopping.signal, log },
      ...(idle && { idle }),
      processor: { process } as unknown as RunProcessor,
    });
    owned.use(lanes);
    owned.defer(() => {
      stopping.abort();
      for (const end of held.values()) end();
    });
    return lanes;
  };
  let made = 0;
  const add = async (shard = 0, lane: Lane = 'long', handedAt?: number) => {
    made += 1;
    const run = newRunId(undefined, made * gapMs);
    await queues[shard]?.add({ run, key: 'k', lane, ...(handedAt !== undefined && { handedAt }) });
    return run;
  };
  const ended = async (of: string) => {
    held.get(of)?.();
    await expect.poll(() => held.has(of)).toBe(false);
  };
  return { add, start, begun, held, ended, stopping, queues, dispose: () => owned.disposeAsync() };
}

test('no more runs of a lane are held than it may hold, however many shards there are', async () => {
  const t = await setUp({ shards: 4 });
  for (let n = 0; n < 12; n += 1) await t.add(n % 4);
  t.start();
  await expect.poll(() => t.held.size).toBe(2);
  let active = 0;
  for (let n = 0; n < 12; n += 1) {
    await expect.poll(() => t.held.size).toBe(Math.min(2, 12 - n));
    const counts = t.queues.map(({ all }) => all[LANES.indexOf('long')]?.getActiveCount());
    active = Math.max(
      active,
      (await Promise.all(counts)).reduce<number>((sum, one) => sum + (one ?? 0), 0),
    );
    await t.ended(t.begun[n] ?? '');
  }

  expect(active).toBe(2);
  expect(t.begun).toHaveLength(12);
  await t.dispose();
});

test('of a lane, the run that has waited longest goes first, whatever its shard', async () => {
  const t = await setUp({ shards: 3, lanes: [['long', 1]] });
  const runs = [];
  for (const shard of [2, 0, 1, 0, 2]) runs.push(await t.add(shard));
  t.start();

  for (const run of runs) {
    await expect.poll(() => [...t.held.keys()]).toEqual([run]);
    await t.ended(run);
  }

  await t.dispose();
});

test('where tenants take turns, the time of its turn counts, not that of the run', async () => {
  const t = await setUp({ shards: 2, lanes: [['long', 1]] });
  const runs: string[] = [];
  for (const [shard, handedAt] of [
    [0, 50_000],
    [0, 80_000],
    [1, 60_000],
    [1, 70_000],
  ] as const)
    runs.push(await t.add(shard, 'long', handedAt));
  t.start();

  for (const at of [0, 2, 3, 1]) {
    await expect.poll(() => [...t.held.keys()]).toEqual([runs[at]]);
    await t.ended(runs[at] ?? '');
  }

  await t.dispose();
});

test('of runs that are equally old, those of one shard are taken with the end of the one before', async () => {
  const next = vi.spyOn(LaneDeliveries.prototype, 'next');
  onTestFinished(() => next.mockRestore());
  const t = await setUp({ shards: 4, lanes: [['long', 1]], gapMs: 1 });
  const runs = [];
  for (let n = 0; n < 40; n += 1) runs.push(await t.add(n % 4));
  t.start();

  for (let n = 0; n < 40; n += 1) {
    await expect.poll(() => t.begun.length).toBe(n + 1);
    await t.ended(t.begun[n] ?? '');
  }

  expect([...t.begun].sort()).toEqual(runs);
  expect(next.mock.calls.length).toBeLessThan(20); // one for each change of the shard, and each second
  await t.dispose();
});

test('a lane goes before those behind it', async () => {
  const idle = { room: async () => {}, hasRoom: true };
  const lanes = [['bulk', 1] as const, ['refresh', 1] as const];
  const t = await setUp({ lanes, idle });
  const [refresh, bulk] = [await t.add(0, 'refresh'), await t.add(0, 'bulk')];
  t.start();

  await expect.poll(() => t.begun).toEqual([bulk, refresh]);

  await t.dispose();
});

test('a lane of idle work takes a run only when there is room for it', async () => {
  let open = () => {};
  const gate = () => new Promise<void>((resolve) => (open = resolve));
  let passes = 0;
  const idle = {
    room: async () => {
      passes += 1;
      if (passes > 1) await gate();
    },
    hasRoom: false,
  };
  const t = await setUp({ lanes: [['bulk', 8]], idle });
  const first = await t.add(0, 'bulk');
  await t.add(0, 'bulk');
  t.start();
  await expect.poll(() => t.begun).toEqual([first]);
  await expect.poll(() => passes).toBe(2);
  expect(await t.queues[0]?.all[LANES.indexOf('bulk')]?.getWaitingCount()).toBe(1);

  open();

  await expect.poll(() => t.begun.length).toBe(2);
  t.stopping.abort();
  open();
  await t.dispose();
});

test('a notification brings a run at once, and without one it comes within a second or two', async () => {
  const t = await setUp({});
  const lanes = t.start();
  await delay(50); // it has found nothing by now
  await t.add();
  lanes.wake('long');
  await expect.poll(() => t.begun.length, { timeout: 500 }).toBe(1);

  await t.add();

  await expect.poll(() => t.begun.length, { timeout: 5000 }).toBe(2);
  await t.dispose();
});

test('what has not begun when the worker stops is given back', async () => {
  const t = await setUp({ lanes: [['long', 1]] });
  const first = await t.add();
  const second = await t.add();
  t.start();
  await expect.poll(() => [...t.held.keys()]).toEqual([first]);

  t.stopping.abort();
  await t.ended(first);

  await t.dispose();
  expect(t.begun).toEqual([first]);
  expect(t.begun).not.toContain(second);
});
