/**
 * The BullMQ queues, one per lane. They carry runs to workers and nothing else: the run store knows
 * what a run is, who wants it, how it ended, and whose turn it is to be added here (lua/dispatch.ts). A lost
 * BullMQ job is added again.
 *
 * BullMQ's id is `<key>-<run>`, with the time of the turn before the run where tenants take turns, and is
 * never used twice. Finished jobs are removed at once, because
 * a kept job would turn the next add into a silent no-op (seen in BullMQ 6.7).
 */
import type { RedisClient } from '@deja/cache-core/redis';
import { Queue } from 'bullmq';
import { LRUCache } from 'lru-cache';
import { placeId } from './ids.ts';
import { LANES, type Lane, type PendingRun } from './runs/run.ts';
import type { Shard } from './shard.ts';

export const queueNameOf = (lane: Lane): string => `runs-${lane}`;

/** Announced to the workers when BullMQ has got a run. */
const wakeMessageOf = (lane: Lane): string => `work ${lane}`;

/** The payload of a BullMQ job. */
export interface RunMessage {
  readonly run: string;
}

export interface RunQueues extends AsyncDisposable {
  /** BullMQ's own queues, the fastest lane first. */
  readonly all: readonly Queue[];
  /**
   * Hands a run to the workers, and wakes those that have nothing to do. Adds nothing if the run is
   * already waiting or active.
   */
  add(run: PendingRun): Promise<void>;
  /**
   * The same for a joiner of a run, because the run's opener may have died before its own add. Sends
   * nothing for a run that this process has handed over within the last second.
   */
  addJoined(run: PendingRun): Promise<void>;
}

const RECENT_MS = 1000;
const MAX_RECENT = 10_000;

/** `redis` must fail fast: on a lazy connection, `queue.add` waits for ever if Redis is down at the start. */
export function createRunQueues(redis: RedisClient, shard: Shard): RunQueues {
  const recent = new LRUCache<string, true>({ max: MAX_RECENT, ttl: RECENT_MS });
  const queues = new Map<Lane, Queue<RunMessage>>();
  for (const lane of LANES) {
    const queue = new Queue<RunMessage>(queueNameOf(lane), {
      connection: redis,
      prefix: shard.queuePrefix,
      skipWaitingForReady: true,
      skipVersionCheck: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => {}); // the connection's owner reports its errors
    queues.set(lane, queue);
  }
  const add = async ({ run, key, lane, handedAt }: PendingRun) => {
    await queues.get(lane)?.add('run', { run }, { jobId: `${key}-${placeId(run, handedAt)}` });
    recent.set(`${lane} ${run}`, true);
    redis.publish(shard.workersChannel, wakeMessageOf(lane)).catch(() => {}); // workers also look by themselves
  };
  return {
    all: [...queues.values()],
    add,
    async addJoined(pending) {
      if (!recent.has(`${pending.lane} ${pending.run}`)) await add(pending);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
