/** A lane of BullMQ in a Cluster whose slots move and whose primaries are killed. */
import { createRunQueues, LaneDeliveries, shardOf } from '@deja/jobs';
import { type ClusterNode, startCluster } from '@deja/local-redis/topologies';
import { isRedisAway, openRedisConnections } from '@deja/redis';
import type { Logger } from '@deja/runtime';
import { expect, test } from 'vitest';
import type { Slots } from '../src/runs/attempt.ts';
import { Lanes } from '../src/runs/lanes.ts';
import type { RunProcessor } from '../src/runs/processor.ts';

const PATIENTLY = { timeout: 40_000, interval: 50 };

/** What it was told, at any level. */
function createTestLog() {
  const errors: string[] = [];
  const note = ({ err }: { err?: unknown }) => {
    if (err !== undefined) errors.push(String(err));
  };
  const log = { debug: note, info: note, warn: note, error: note } as unknown as Logger;
  return { log, errors };
}

test('a slot that moves and a primary that is killed lose no run, and break no script of BullMQ', async () => {
  await using owned = new AsyncDisposableStack();
  const cluster = owned.use(await startCluster());
  const shard = shardOf('lane');
  const key = `${shard.prefix}none`;
  const { log, errors } = createTestLog();
  const connections = owned.use(
    openRedisConnections({ url: cluster.url, role: 'queue', probeKeys: [key], log }),
  );
  const queues = owned.use(createRunQueues(connections.connect('request'), shard));
  const done = new Set<string>();
  const process = async (run: string) => void done.add(run);
  const redis = connections.connect('worker');
  const stopping = new AbortController();
  const deliveries = [new LaneDeliveries({ lane: 'long', redis, shard, log })];
  owned.use(
    new Lanes({
      ...{ lanes: [{ lane: 'long', most: 4, deliveries }], stopping: stopping.signal, log },
      ...{ pool: {} as Slots, processor: { process } as unknown as RunProcessor },
    }),
  );
  owned.defer(() => stopping.abort());
  await expect.poll(() => connections.isUp, PATIENTLY).toBe(true);
  let isOver = false;
  const added: string[] = [];
  // As the reconciler does: what is not done is added again, which does nothing if it is there.
  const add = async (run: string) =>
    await queues.add({ run, key: 'k', lane: 'long' }).catch((error) => {
      if (!isRedisAway(error)) throw error;
    });
  const load = (async () => {
    for (let n = 0; !isOver; n += 1) {
      added.push(`run${n}`);
      await add(`run${n}`);
    }
  })();
  const moreAreDone = async (count: number) => {
    const before = done.size;
    await expect.poll(() => done.size, PATIENTLY).toBeGreaterThan(before + count);
  };
  await moreAreDone(20);

  const from = await cluster.primaryOf(key);
  const others = Array.from({ length: 2000 }, (_, n) => from.redis.set(`${key}:${n}`, 'x'));
  await Promise.all(others); // so that the move takes a while
  const [to] = await primaries(cluster.nodes, from);
  await cluster.moveSlot(key, to, 1);
  await moreAreDone(20);
  await to.kill();
  await moreAreDone(20);
  isOver = true;
  await load;
  const undone = () => added.filter((run) => !done.has(run));
  await expect
    .poll(async () => {
      for (const run of undone()) await add(run);
      return undone();
    }, PATIENTLY)
    .toEqual([]);

  expect(errors.filter((text) => /non local|CROSSSLOT|NOSCRIPT/.test(text))).toEqual([]);
});

async function primaries(nodes: readonly ClusterNode[], but: ClusterNode) {
  const roles = await Promise.all(nodes.map(({ redis }) => redis.role()));
  return nodes.filter((node, at) => node !== but && roles[at]?.[0] === 'master') as [ClusterNode];
}
