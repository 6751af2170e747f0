/** The faults that befall a cluster. Each is inflicted, lasts, and is healed by what it returned. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@deja/testing';
import type { Cluster } from './cluster.ts';
import { monotonicMs } from './history.ts';
import type { ReplicaHandle } from './replica-handle.ts';
import type { Server } from './server.ts';

type Heal = () => void | Promise<void>;

export interface Fault {
  readonly name: string;
  /** Faults of one place never overlap. */
  readonly place: 'queue' | 'cache' | 'process' | 'log' | 'notifier' | 'cache connection';
  /** Longest time that it lasts. Unit: ms. */
  readonly lastsMs: number;
  inflict(cluster: Cluster, replica: ReplicaHandle, random: Random): Promise<Heal> | Heal;
}

const AT_ONCE: Heal = () => {};

export const FAULTS: readonly Fault[] = [
  {
    ...{ name: 'subscriptions are killed', place: 'notifier', lastsMs: 0 },
    inflict: async ({ queue }) => {
      await queue.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub').catch(() => {});
      return AT_ONCE;
    },
  },
  {
    ...{ name: 'the subscription is deaf', place: 'notifier', lastsMs: 2500 },
    inflict: (_, { notifier }) => {
      notifier.blackhole();
      return () => notifier.heal();
    },
  },
  {
    ...{ name: 'cut off from the log', place: 'log', lastsMs: 3000 },
    inflict: (cluster, { log, index }) => {
      log.blackhole();
      return recordCut(cluster, () => log.heal(), index);
    },
  },
  {
    ...{ name: 'the log is slow', place: 'log', lastsMs: 1500 },
    inflict: (_, { log }, random) => {
      log.delay(random.pick([30, 120, 250, 600]));
      return () => log.heal();
    },
  },
  {
    ...{ name: 'the log’s connection is reset', place: 'log', lastsMs: 0 },
    inflict: (_, { log }) => {
      log.reset();
      return AT_ONCE;
    },
  },
  {
    ...{ name: 'a reply of the log is cut', place: 'log', lastsMs: 0 },
    inflict: (_, { log }, random) => {
      log.dropAfterBytes(random.between(0, 400));
      return AT_ONCE;
    },
  },
  {
    ...{ name: 'the cache is slow', place: 'cache connection', lastsMs: 1500 },
    inflict: (_, { cache }, random) => {
      cache.delay(random.pick([5, 40, 100, 200]));
      return () => cache.heal();
    },
  },
  {
    ...{ name: 'the replica is paused', place: 'process', lastsMs: 2500 },
    inflict: async (_, replica) => {
      await replica.pause();
      return () => replica.resume();
    },
  },
  {
    ...{ name: 'the replica is killed', place: 'process', lastsMs: 600 },
    inflict: async (_, replica) => {
      await replica.kill();
      return () => replica.start();
    },
  },
  ...(['SIGTERM', 'SIGKILL'] as const).map(
    (signal): Fault => ({
      ...{ name: `the queue Redis is restarted by ${signal}`, place: 'queue', lastsMs: 500 },
      inflict: async (cluster) => {
        const { queue, forgetsWhenKilled } = cluster;
        const since = monotonicMs() - 3000; // an fsync that takes long puts off writing as long
        const epoch = (await cluster.epoch()) ?? 0;
        await queue.stop(signal);
        return recordCut(cluster, async () => {
          const mayForget = forgetsWhenKilled && signal === 'SIGKILL';
          await (mayForget ? startForgetful(cluster, since, epoch) : queue.start());
        });
      },
    }),
  ),
  {
    ...{ name: 'the queue Redis is paused', place: 'queue', lastsMs: 2500 },
    inflict: async (cluster) => {
      await cluster.queue.pause();
      return recordCut(cluster, () => cluster.queue.resume());
    },
  },
  {
    ...{ name: 'the queue Redis is emptied', place: 'queue', lastsMs: 0 },
    inflict: async ({ queue }) => flush(queue),
  },
  {
    ...{ name: 'the queue Redis forgets its scripts', place: 'queue', lastsMs: 0 },
    inflict: async ({ queue }) => {
      await queue.admin.script('FLUSH').catch(() => {});
      return AT_ONCE;
    },
  },
  {
    ...{ name: 'an older state of the queue Redis comes back', place: 'queue', lastsMs: 2000 },
    inflict: async (cluster) => {
      const { queue } = cluster;
      const epoch = (await cluster.epoch()) ?? 0;
      await queue.stop('SIGTERM');
      queue.keepCopy();
      const since = monotonicMs();
      await queue.start();
      return async () => {
        await queue.stop('SIGTERM');
        queue.rollBack();
        await startForgetful(cluster, since, epoch);
      };
    },
  },
  {
    ...{ name: 'the cache Redis is emptied', place: 'cache', lastsMs: 0 },
    inflict: async ({ cache }) => (cache ? flush(cache) : AT_ONCE),
  },
  {
    ...{ name: 'the cache Redis is paused', place: 'cache', lastsMs: 1500 },
    inflict: async ({ cache }) => {
      await cache?.pause();
      return () => cache?.resume();
    },
  },
  {
    ...{ name: 'the cache Redis is killed', place: 'cache', lastsMs: 500 },
    inflict: async ({ cache }) => {
      await cache?.stop('SIGKILL');
      return () => cache?.start();
    },
  },
];

async function flush({ admin }: Server): Promise<Heal> {
  await admin.flushall().catch(() => {});
  return AT_ONCE;
}

/** From now until it is healed, the log answers nobody, or not that replica. */
function recordCut({ history }: Cluster, heal: Heal, replica?: number): Heal {
  const from = monotonicMs();
  return async () => {
    const until = monotonicMs();
    history.cutOffs.push({ from, until, ...(replica !== undefined && { replica }) });
    await heal();
  };
}

/**
 * Starts the queue Redis without some of what it had since then; notes when the log has found out.
 * `epoch` is the one that it comes back with, or a later one.
 */
async function startForgetful(cluster: Cluster, since: number, epoch: number): Promise<void> {
  const { history, queue } = cluster;
  const loss = { since, from: monotonicMs(), foundOutAt: Number.POSITIVE_INFINITY };
  history.losses.push(loss);
  await queue.start();
  void (async () => {
    while (queue.admin.status !== 'end' && !(((await cluster.epoch()) ?? 0) > epoch))
      await delay(20);
    loss.foundOutAt = monotonicMs();
  })();
}
