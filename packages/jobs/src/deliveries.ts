/**
 * The deliveries of one lane: BullMQ hands out its runs, keeps their locks, and gives those of dead workers
 * to others. Its own loop is not used, because it locks runs for which the worker has no slot: one worker of
 * ours takes from several queues, and each of them would hoard. So the caller asks, and no connection blocks.
 *
 *  - a run is handed to one worker, until that worker dies;
 *  - a delivery that its worker holds stays locked, however long it takes;
 *  - `next` does not say that there is nothing while a run waits.
 */

import type { RedisClient } from '@deja/cache-core/redis';
import { type Job, Worker } from 'bullmq';
import { queueNameOf, type RunMessage } from './queue.ts';
import type { Lane } from './runs/run.ts';
import type { Shard } from './shard.ts';

export interface Delivery {
  readonly run: string;
  /** One of those that `heads` told. */
  readonly place: string;
  /** It is over. Resolves to the next one if the caller wants and there is one. */
  complete(options: { readonly wantsNext: boolean }): Promise<Delivery | undefined>;
  /** Another worker gets it at once. */
  giveBack(): Promise<void>;
}

export interface LaneDeliveriesOptions {
  readonly lane: Lane;
  readonly redis: RedisClient;
  readonly shard: Shard;
  readonly log: {
    debug(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/**
 * How long a dead worker's delivery stays locked, and how often the others look for stalled ones.
 * Measured: another worker takes over a killed worker's run after 15 to 20 s. The lock is longer than
 * any pause of a loaded machine.
 */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;

export class LaneDeliveries implements AsyncDisposable {
  readonly lane: Lane;
  readonly #worker: HandWorker;
  readonly #redis: RedisClient;
  readonly #waitKey: string;
  /** By BullMQ's id: the lock's token. */
  readonly #held = new Map<string, string>();
  readonly #renewing: NodeJS.Timeout;
  #tokens = 0;

  constructor({ lane, redis, shard, log }: LaneDeliveriesOptions) {
    const name = queueNameOf(lane);
    this.lane = lane;
    this.#redis = redis;
    this.#waitKey = `${shard.queuePrefix}:${name}:wait`;
    this.#worker = new HandWorker(name, null, {
      connection: redis,
      prefix: shard.queuePrefix,
      skipVersionCheck: true, // a user without INFO would never get a run
      autorun: false,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // START counts attempts. BullMQ's own verdict would never reach the run's waiters.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#worker.on('error', (err) => log.debug({ err, lane }, 'bullmq worker'));
    this.#worker.on('stalled', (job) => log.warn({ job, lane }, 'run of a dead worker taken over'));
    void this.#worker.startStalledCheckTimer();
    this.#renewing = setInterval(() => void this.#renew(), LOCK_MS / 3);
  }

  /** The places of the runs that BullMQ hands out next, the first in front: without keys they are the runs. */
  async heads(most: number): Promise<readonly string[]> {
    const ids = await this.#redis.lrange(this.#waitKey, -most, -1);
    return ids.map(placeOf).reverse();
  }

  async next(): Promise<Delivery | undefined> {
    const token = `${this.#worker.id}:${this.#tokens++}`;
    return this.#deliver(await this.#worker.getNextJob(token, { block: false }), token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewing);
    await this.#worker.close();
  }

  #deliver(job: Job<RunMessage> | undefined, token: string): Delivery | undefined {
    if (job?.id === undefined) return undefined;
    const { id } = job;
    this.#held.set(id, token);
    return {
      run: job.data.run,
      place: placeOf(id),
      complete: async ({ wantsNext }) => {
        this.#held.delete(id);
        const next = await job.moveToCompleted('', token, wantsNext);
        if (!Array.isArray(next)) return undefined;
        return this.#deliver(await this.#worker.jobOf(next, token), token);
      },
      giveBack: async () => {
        this.#held.delete(id);
        await job.moveToWait(token);
      },
    };
  }

  /** One that cannot be renewed is not ours any more, and its run's START or FINALISE says so. */
  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    const [ids, tokens] = [[...this.#held.keys()], [...this.#held.values()]];
    await this.#worker.extendJobLocks(ids, tokens, LOCK_MS).catch(() => undefined);
  }
}

/** Of BullMQ's id. */
const placeOf = (id: string): string => id.slice(id.indexOf('-') + 1);

/** Has no connection for calls that block: nobody makes any. */
class HandWorker extends Worker<RunMessage> {
  protected override createBackend(): void {
    this.backend = this.backendFactory(this.name, this.opts, { withBlockingConnection: false });
  }

  /** @param reply What `moveToCompleted` replied. */
  async jobOf([data, id]: unknown[], token: string): Promise<Job<RunMessage> | undefined> {
    return await this.nextJobFromJobData(
      data as Parameters<HandWorker['nextJobFromJobData']>[0],
      id as string,
      token,
    );
  }
}
