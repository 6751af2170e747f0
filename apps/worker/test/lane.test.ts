import { setTimeout as delay } from 'node:timers/promises';
import { createRunQueues, shardOf } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { openRedisConnections } from '@deja/redis';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Slots } from '../src/runs/attempt.ts';
import type { IdleGate } from '../src/runs/idle-gate.ts';
import { startLane } from '../src/runs/lane.ts';
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
    const connections = owned.use(openRedisConnections({ url, role, probeKey: 'lane:none', log }));
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
    owned.use(
      startLane({
        ...{ lane: 'long', concurrency: 1, stopping: new AbortController().signal, log, shard },
        ...{ pool: {} as Slots, processor: { process } as unknown as RunProcessor },
        redis: connections.connect('worker'),
      }),
    );
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

test('a gated lane takes as many runs as the slots can hold of the kind that came last', async () => {
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await startOwnRedis());
  const admin = owned.adopt(new Redis(server.url), (redis) => redis.disconnect());
  const [shard, log] = [shardOf('gated'), createLogger('test', 'silent')];
  const options = { url: server.url, role: 'queue', probeKey: 'gated:none', log } as const;
  const connections = owned.use(openRedisConnections(options));
  const queues = owned.use(createRunQueues(admin, shard));
  for (let n = 0; n < 40; n += 1) await queues.add({ run: `run${n}`, key: 'k', lane: 'bulk' });
  let perSlot = 4;
  const held: (() => void)[] = [];
  const pool = { run: () => new Promise<void>((resolve) => held.push(resolve)) };
  const process = (_: string, slots: Slots) => slots.run({ perSlot } as never);
  owned.use(
    startLane({
      ...{ lane: 'bulk', concurrency: 1, stopping: new AbortController().signal, log, shard },
      ...{ pool: pool as unknown as Slots, processor: { process } as unknown as RunProcessor },
      gate: { pass: async () => () => {} } as unknown as IdleGate,
      redis: connections.connect('worker'),
    }),
  );
  const end = (count: number) => {
    for (const one of held.splice(0, count)) one();
  };
  owned.defer(() => void setInterval(() => end(held.length), 5).unref()); // it closes when all have ended

  await expect.poll(() => held.length).toBe(1);
  end(1);
  await expect.poll(() => held.length).toBe(4);
  perSlot = 1;
  end(1);
  await expect.poll(() => held.length).toBe(4); // the first of the other kind
  end(4);

  await expect.poll(() => held.length).toBe(1);
  await delay(200); // and no more come
  expect(held).toHaveLength(1);
}, 30_000);
