/**
 * The BullMQ queues, one per lane: they carry runs to workers and nothing else. What a run is, who
 * wants it and how it ended stands in the run store; a BullMQ job that is lost is added again.
 *
 * BullMQ's id is `<key>-<run>`, never used twice, and finished jobs are removed at once: a kept one
 * would turn the next add into a silent no-op (research of BullMQ 6.7).
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Lane } from './runs/run.ts';
import type { PendingRun } from './runs/run-store.ts';
import type { Shard } from './shard.ts';

/** Short work never waits behind long work; background refreshes wait behind both. */
export const LANES = ['short', 'long', 'refresh'] as const satisfies readonly Lane[];

export const queueNameOf = (lane: Lane): string => `runs-${lane}`;

/** What a BullMQ job carries. */
export interface RunMessage {
  readonly run: string;
}

export interface RunQueues extends AsyncDisposable {
  /** BullMQ's queues themselves, for a page that shows them. */
  readonly all: readonly Queue[];
  /** Hands a run to the workers; nothing happens where it is already waiting or being worked on. */
  add(run: PendingRun): Promise<void>;
  /** Takes back what was handed over in vain, unless a worker has taken it: START turns that away. */
  remove(run: PendingRun): Promise<void>;
}

/** `redis` must fail fast; a `queue.add` on a lazy one waits for ever when Redis is down at the start. */
export function createRunQueues(redis: Redis, shard: Shard): RunQueues {
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
  const jobIdOf = ({ key, run }: PendingRun) => `${key}-${run}`;
  return {
    all: [...queues.values()],
    async add(pending) {
      const { run, lane } = pending;
      await queues.get(lane)?.add('run', { run }, { jobId: jobIdOf(pending) });
    },
    async remove(pending) {
      await queues.get(pending.lane)?.remove(jobIdOf(pending), { removeChildren: false });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
