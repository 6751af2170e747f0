/** Knows which workers are alive: each sends a heartbeat every second, on the queue Redis' clock. */
import { announceScript, countWorkersScript, workerModelsScript } from './lua/workers.ts';
import type { QueueRedis } from './queue-redis.ts';

/** A model of a worker. */
export interface WorkerModel {
  readonly name: string;
  readonly version: number;
  readonly engine?: string | undefined;
}

export class WorkerRegistry {
  readonly #queue: QueueRedis;

  constructor(queue: QueueRedis) {
    this.#queue = queue;
  }

  /** The worker's heartbeat. @param slots How many long computations it can do in parallel. */
  async announce(worker: string, slots: number, models: readonly WorkerModel[]): Promise<void> {
    const known = models.map(({ name, version, engine }) => ({ name, version, engine }));
    await this.#queue.call(announceScript, worker, slots, JSON.stringify(known));
  }

  /** The models of each worker with a heartbeat in the last 5 s. */
  async models(): Promise<readonly (readonly WorkerModel[])[]> {
    const known = (await this.#queue.call(workerModelsScript)) as string[];
    return known.map((json) => JSON.parse(json));
  }

  async leave(worker: string): Promise<void> {
    const { redis, shard } = this.#queue;
    await redis.zrem(`${shard.prefix}workers`, worker);
  }

  /** The number of workers with a heartbeat in the last 5 s, and of their slots for long work. */
  async count(): Promise<{ readonly workers: number; readonly slots: number }> {
    const reply = await this.#queue.ask(countWorkersScript);
    return { workers: reply.number('workers'), slots: reply.number('slots') };
  }
}
