/**
 * Knows which workers are alive: each sends a heartbeat every second, on the queue Redis' clock. Every
 * shard hears of every worker; lists and counts are the first one's.
 */
import { repliesOf } from './lua/reply.ts';
import {
  announceScript,
  countWorkersScript,
  leaveScript,
  listWorkersScript,
  workerModelsScript,
} from './lua/workers.ts';
import type { QueueRedis, QueueShards } from './queue-redis.ts';
import { LANES, type Lane } from './runs/run.ts';

/** A model of a worker. */
export interface WorkerModel {
  readonly name: string;
  readonly version: number;
  readonly engine?: string | undefined;
}

/** What a worker does, as it says with its heartbeat. */
export interface WorkerAbout {
  /** Name of its machine, and process id there. */
  readonly host: string;
  readonly pid: number;
  /** Epoch ms, on its own clock. */
  readonly startedAt: number;
  /** Resident memory of the worker with its slots. Unit: bytes. */
  readonly memoryBytes: number;
  readonly running: readonly RunningRun[];
  /** The hosts that its webhooks went to. */
  readonly receivers: readonly Receiver[];
}

export interface RunningRun {
  readonly run: string;
  readonly model: string;
  readonly lane: Lane;
  /** How long its attempt has been under way. Unit: ms. */
  readonly forMs: number;
}

/** A receiver of webhooks as one worker knows it. */
export interface Receiver {
  /** Host and port. */
  readonly host: string;
  /** `rests`: nothing is sent to it for now, because it does not answer. */
  readonly state: 'answers' | 'silent' | 'rests';
  /** Unit: ms. 0: it does not rest. */
  readonly restsMs: number;
  /** Attempts since the worker started, and those of them that were accepted. */
  readonly attempts: number;
  readonly delivered: number;
  /** Of the last answer. Undefined: there was none. */
  readonly lastStatus?: number | undefined;
  /** 95 in 100 of the last answers came within this time. Unit: ms. Undefined: there was none. */
  readonly p95Ms?: number | undefined;
}

export interface LiveWorker {
  readonly id: string;
  /** Since its last heartbeat. Unit: ms. */
  readonly silentMs: number;
  readonly slots: number;
  readonly models: readonly WorkerModel[];
  /** Undefined: it is of a version that does not say. */
  readonly about: WorkerAbout | undefined;
}

interface Announcement extends Pick<LiveWorker, 'slots' | 'models' | 'about'> {
  readonly holds?: Readonly<Partial<Record<Lane, number>>>;
}

export class WorkerRegistry {
  readonly #queues: QueueShards;
  readonly #queue: QueueRedis;

  constructor(queues: QueueShards) {
    this.#queues = queues;
    this.#queue = queues.all[0];
  }

  /**
   * The worker's heartbeat.
   *
   * @param slots How many long computations it can do in parallel.
   * @param holds How many runs of each lane it takes at once. Default: `slots`.
   */
  async announce(worker: string, { slots, models, about, holds }: Announcement): Promise<void> {
    const known = models.map(({ name, version, engine }) => ({ name, version, engine }));
    const said = about === undefined ? '' : JSON.stringify(about);
    const held = holds ?? Object.fromEntries(LANES.map((lane) => [lane, slots]));
    const json = [JSON.stringify(known), said, JSON.stringify(held)] as const;
    const all = this.#queues.all.map((queue) => queue.call(announceScript, worker, slots, ...json));
    await Promise.all(all);
  }

  /** Those with a heartbeat in the last 5 s. */
  async list(): Promise<readonly LiveWorker[]> {
    return repliesOf(await this.#queue.call(listWorkersScript)).map((worker) => {
      const about = worker.optionalText('about');
      return {
        id: worker.text('worker'),
        silentMs: worker.number('silentMs'),
        slots: worker.number('slots'),
        models: JSON.parse(worker.text('models')),
        about: about === undefined ? undefined : JSON.parse(about),
      };
    });
  }

  /** The models of each worker with a heartbeat in the last 5 s. */
  async models(): Promise<readonly (readonly WorkerModel[])[]> {
    const known = (await this.#queue.call(workerModelsScript)) as string[];
    return known.map((json) => JSON.parse(json));
  }

  async leave(worker: string): Promise<void> {
    await Promise.all(this.#queues.all.map((queue) => queue.call(leaveScript, worker)));
  }

  /** The number of workers with a heartbeat in the last 5 s, and of their slots for long work. */
  async count(): Promise<{ readonly workers: number; readonly slots: number }> {
    const reply = await this.#queue.ask(countWorkersScript);
    return { workers: reply.number('workers'), slots: reply.number('slots') };
  }
}
