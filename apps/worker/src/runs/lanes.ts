/**
 * Takes runs of some lanes, in every shard, while the worker has a slot for them.
 *
 *  - no more runs of a lane are held than it may hold, however many shards there are;
 *  - of a lane, the run that has waited longest goes first, whatever its shard; a tenth of a second is no
 *    difference, because it is cheaper to go on in the same shard;
 *  - a lane goes before those behind it;
 *  - runs that wait are taken, even if no notification came, and without hammering a Redis that refuses.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Lane, LaneDeliveries } from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import type { SlotPool } from '../slots/slot-pool.ts';
import type { Slots } from './attempt.ts';
import { GivenBackError } from './errors.ts';
import { LaneShard } from './lane-shard.ts';
import type { RunProcessor } from './processor.ts';

interface LaneOptions {
  readonly lane: Lane;
  /** One of each shard. */
  readonly deliveries: readonly LaneDeliveries[];
  /** Runs to hold at once. */
  readonly most: number;
}

export interface LanesOptions {
  /** Those that go first in front. */
  readonly lanes: readonly LaneOptions[];
  readonly pool: Slots;
  /**
   * Set for lanes whose runs begin only while a slot has nothing else to do; a run is then taken only once
   * the one before has its slot. Default: they begin whenever fewer are held than may be.
   */
  readonly idle?: Pick<SlotPool, 'room' | 'hasRoom'>;
  /** Aborts as soon as the worker must stop: runs that have not begun are given back. */
  readonly stopping: AbortSignal;
  readonly processor: Pick<RunProcessor, 'process'>;
  readonly log: Logger;
}

interface OpenLane {
  readonly lane: Lane;
  readonly most: number;
  readonly shards: readonly LaneShard[];
  held: number;
}

interface Taken {
  readonly lane: OpenLane;
  readonly shard: LaneShard;
  readonly delivery: Delivery;
}

/** How soon a run is found whose notification was lost. */
const LOOK_MS = 1000;
const CLOSE_MS = 2000;

export class Lanes implements AsyncDisposable {
  readonly #options: LanesOptions;
  readonly #lanes: readonly OpenLane[];
  readonly #computing = new Set<Promise<void>>();
  /** With what is told to BullMQ afterwards. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #events = new EventEmitter<{ change: [] }>();
  readonly #timer: NodeJS.Timeout;
  readonly #serving: Promise<void>;
  #version = 0;

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#lanes = options.lanes.map(({ lane, most, deliveries }) => ({
      ...{ lane, most, held: 0 },
      shards: deliveries.map((of) => new LaneShard(of, deliveries.length === 1)),
    }));
    this.#timer = setInterval(() => this.#lookAgain(), LOOK_MS);
    this.#serving = this.#serve();
  }

  /** Runs may wait in this lane. Default: in any. */
  wake(of?: string): void {
    for (const { lane, shards } of this.#lanes)
      if (of === undefined || of === lane) for (const shard of shards) shard.wake();
    this.#change();
  }

  #lookAgain(): void {
    for (const { shards } of this.#lanes) for (const shard of shards) shard.doubt();
    this.#change();
  }

  /** Takes nothing from now on, and waits for the runs that it holds; they end once the worker shuts down. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled(this.#computing);
    // None of this ends while Redis is unavailable (taskforcesh/bullmq#4656).
    await Promise.race([this.#close(), delay(CLOSE_MS, undefined, { ref: false })]);
  }

  async #close(): Promise<void> {
    await this.#serving;
    await Promise.all(this.#underWay);
    await Promise.all(this.#lanes.flatMap(({ shards }) => shards.map((shard) => shard.close())));
  }

  async #serve(): Promise<void> {
    const { idle, stopping } = this.#options;
    while (!stopping.aborted) {
      const version = this.#version;
      await idle?.room(stopping);
      const taken = await this.#take();
      if (taken) await this.#begin(taken);
      else if (version === this.#version)
        await once(this.#events, 'change', { signal: stopping }).catch(() => undefined);
    }
  }

  /** The next run for which there is room. */
  async #take(): Promise<Taken | undefined> {
    for (const lane of this.#lanes) {
      if (lane.held >= lane.most) continue;
      for (const shard of await inOrder(lane)) {
        if (this.#options.stopping.aborted) return undefined;
        const delivery = await shard.take().catch(this.#onError);
        if (delivery) return { lane, shard, delivery };
      }
    }
    return undefined;
  }

  async #begin({ lane, shard, delivery }: Taken): Promise<void> {
    const { promise: hasSlot, resolve } = Promise.withResolvers<void>();
    lane.held += 1;
    const work = this.#work(lane, shard, delivery, resolve)
      .catch(this.#onError)
      .finally(() => {
        lane.held -= 1;
        this.#underWay.delete(work);
        resolve();
        this.#change();
      });
    this.#underWay.add(work);
    if (this.#options.idle) await hasSlot;
  }

  /** Computes a run; then the next one of its shard, while no other is before it. */
  async #work(
    lane: OpenLane,
    shard: LaneShard,
    first: Delivery,
    onSlot: () => void,
  ): Promise<void> {
    const { processor, pool, idle, stopping, log } = this.#options;
    const slots = idle ? { run: runThen(pool, onSlot) } : pool;
    const isFrontLane = lane === this.#lanes[0];
    for (let delivery = first; ; ) {
      try {
        if (stopping.aborted) throw new GivenBackError();
        const computing = processor.process(delivery.run, slots, lane.lane);
        this.#computing.add(computing);
        await computing.finally(() => this.#computing.delete(computing));
      } catch (err) {
        if (err instanceof GivenBackError) return await delivery.giveBack();
        log.error({ err, lane: lane.lane }, 'delivery failed'); // the reconciler brings the run back
      }
      const mayTake = isFrontLane && !stopping.aborted && (idle?.hasRoom ?? true);
      const { complete } = delivery;
      if (!mayTake || !shard.isBefore(lane.shards))
        return void (await complete({ wantsNext: false }));
      const next = await shard.take(() => complete({ wantsNext: true }));
      if (!next) return;
      delivery = next;
    }
  }

  #change(): void {
    this.#version += 1;
    this.#events.emit('change');
  }

  readonly #onError = (err: unknown): undefined => {
    this.#options.log.debug({ err }, 'deliveries');
  };
}

/** The longest wait first; those with nothing to give are left out. */
async function inOrder({ shards }: OpenLane): Promise<readonly LaneShard[]> {
  const open = shards.filter(({ isDry }) => !isDry);
  if (open.length < 2) return open;
  await Promise.all(open.filter(({ head }) => head === undefined).map((shard) => shard.look()));
  return open
    .flatMap((shard) => (shard.head === undefined ? [] : [{ shard, head: shard.head }]))
    .sort((a, b) => (a.head < b.head ? -1 : 1))
    .map(({ shard }) => shard);
}

/** When `run` returns its promise, the run has its slot. */
function runThen(pool: Slots, onSlot: () => void): Slots['run'] {
  return (computation) => {
    const answer = pool.run(computation);
    onSlot();
    return answer;
  };
}
