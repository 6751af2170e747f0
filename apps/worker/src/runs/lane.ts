import { setTimeout as delay } from 'node:timers/promises';
import { LANES, type Lane, queueNameOf, type RunMessage, type Shard } from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Slots } from './attempt.ts';
import { GivenBackError } from './errors.ts';
import type { IdleGate } from './idle-gate.ts';
import type { RunProcessor } from './processor.ts';

export interface LaneOptions {
  readonly lane: Lane;
  /**
   * Runs to take at once: as many as the pool's slots can hold of the model with the largest
   * `perSlot`. The model of a run is known only once the run is taken
   * (docs/adr/0007-several-runs-in-a-slot.md).
   */
  readonly concurrency: number;
  /** The gate that each run passes before it begins, so that it yields to other lanes. Default: none. */
  readonly gate?: IdleGate;
  /** Aborts as soon as the worker must stop: runs that have not begun are given back. */
  readonly stopping: AbortSignal;
  readonly pool: Slots;
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
  const { lane, concurrency, gate, stopping, pool, processor } = options;
  const { redis, shard, log } = options;
  const underWay = new Set<Promise<void>>();
  const begin = async (run: string) => {
    const leave = await gate?.pass(LANES.indexOf(lane), stopping);
    try {
      if (stopping.aborted) throw new GivenBackError();
      const onTaken = (perSlot: number) => {
        // As many as the slots can hold of such runs. Others would keep them from other workers.
        worker.concurrency = concurrency * perSlot;
        leave?.();
      };
      const slots = leave ? { run: runThen(pool, onTaken) } : pool;
      await processor.process(run, slots, lane);
    } finally {
      leave?.();
    }
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
      skipVersionCheck: true, // a user without INFO would never get a run
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

/** When `run` returns its promise, the run has its slot. */
function runThen(pool: Slots, onTaken: (perSlot: number) => void): Slots['run'] {
  return (computation) => {
    const answer = pool.run(computation);
    onTaken(computation.perSlot);
    return answer;
  };
}
