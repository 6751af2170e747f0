import { setTimeout as delay } from 'node:timers/promises';
import { type Lane, queueNameOf, type RunMessage, type Shard } from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { SlotPool } from '../slots/slot-pool.ts';
import { GivenBackError, type RunProcessor } from './processor.ts';

export interface LaneOptions {
  readonly lane: Lane;
  /**
   * Runs to take at once: as many as the pool's slots can hold of the model with the largest
   * `perSlot`. The model of a run is known only once the run is taken
   * (docs/adr/0007-several-runs-in-a-slot.md).
   */
  readonly concurrency: number;
  /** Begin a run only when the pool has a slot that nobody else wants. Default: false. */
  readonly yields?: boolean;
  /** Aborts as soon as the worker must stop: runs that have not begun are given back. */
  readonly stopping: AbortSignal;
  readonly pool: SlotPool;
  readonly processor: RunProcessor;
  readonly redis: Redis;
  readonly shard: Shard;
  readonly log: Logger;
}

/**
 * How long a dead worker's delivery stays locked, and how often the others look for stalled ones.
 * Measured: another worker takes over a killed worker's run after 15 to 20 s. The lock is longer than
 * any pause of a loaded machine.
 */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
const CLOSE_MS = 2_000;

/** Takes the runs of one lane from BullMQ until it is disposed of; then it waits for its active runs. */
export function startLane(options: LaneOptions): AsyncDisposable {
  const { lane, concurrency, yields = false, stopping, pool, processor } = options;
  const { redis, shard, log } = options;
  const underWay = new Set<Promise<void>>();
  const begin = async (run: string) => {
    if (yields) await pool.idle(stopping);
    if (stopping.aborted) throw new GivenBackError('the worker is stopping');
    await processor.process(run, pool, lane);
  };
  const worker = new Worker<RunMessage>(
    queueNameOf(lane),
    async (job: Job<RunMessage>, token?: string) => {
      const work = begin(job.data.run);
      underWay.add(work);
      try {
        await work;
      } catch (error) {
        if (!(error instanceof GivenBackError)) throw error;
        await job.moveToWait(token); // no attempt is used up
        throw new WaitingError();
      } finally {
        underWay.delete(work);
      }
    },
    {
      connection: redis,
      prefix: shard.queuePrefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // START counts attempts. BullMQ's own verdict would never reach the run's waiters.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    },
  );
  worker.on('error', (err) => log.debug({ err, lane }, 'bullmq worker'));
  worker.on('failed', (_job, err) => log.error({ err, lane }, 'delivery failed'));
  worker.on('stalled', (job) => log.warn({ job, lane }, 'run of a dead worker taken over'));
  return {
    async [Symbol.asyncDispose]() {
      // From here on it fetches nothing. `close` resolves when the last run has ended, but never while
      // Redis is unavailable (taskforcesh/bullmq#4656). Runs end by themselves once `shutdown` aborts.
      const closed = worker.close();
      await Promise.race([closed, Promise.allSettled(underWay)]);
      await Promise.race([closed, delay(CLOSE_MS)]);
    },
  };
}
