/**
 * The BullMQ queues, one per lane. They carry runs to workers and nothing else: the run store knows
 * what a run is, who wants it and how it ended, and a lost BullMQ job is added again.
 *
 * BullMQ's id is `<key>-<run>` and is never used twice. Finished jobs are removed at once, because
 * a kept job would turn the next add into a silent no-op (seen in BullMQ 6.7).
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Lane } from './runs/run.ts';
import type { PendingRun } from './runs/run-store.ts';
import type { Shard } from './shard.ts';

/** Short work never waits behind long work; background refreshes wait behind both. */
export const LANES = ['short', 'long', 'refresh'] as const satisfies readonly Lane[];

export const queueNameOf = (lane: Lane): string => `runs-${lane}`;

/** The payload of a BullMQ job. */
export interface RunMessage {
  readonly run: string;
}

export interface RunQueues extends AsyncDisposable {
  /** BullMQ's own queues, for the page that shows them. */
  readonly all: readonly Queue[];
  /** Hands a run to the workers. Does nothing if the run is already waiting or active. */
  add(run: PendingRun): Promise<void>;
  /** Takes back a run that was handed over in vain. If a worker has it already, START turns it away. */
  remove(run: PendingRun): Promise<void>;
}

/** `redis` must fail fast: on a lazy connection, `queue.add` waits for ever if Redis is down at the start. */
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
