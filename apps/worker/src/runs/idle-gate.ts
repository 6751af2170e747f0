import type { SlotPool } from '../slots/slot-pool.ts';

/** Lets the next run pass. A run that passed calls it once it has a slot, or needs none. */
type Leave = () => void;

interface Waiting {
  readonly rank: number;
  readonly open: (leave: Leave) => void;
}

/**
 * A gate for work that yields to all other work: a run passes only while a slot has nothing to do, or
 * only small work of this kind.
 *
 *  - one run passes at a time, and the next one only when that has its slot: no two see the same one;
 *  - of those who wait the lowest rank passes first, however late it came.
 */
export class IdleGate {
  readonly #pool: Pick<SlotPool, 'room'>;
  readonly #waiting: Waiting[] = [];
  #isServing = false;

  constructor(pool: Pick<SlotPool, 'room'>) {
    this.#pool = pool;
  }

  /** Resolves at once when `signal` has aborted. */
  async pass(rank: number, signal: AbortSignal): Promise<Leave> {
    const { promise, resolve } = Promise.withResolvers<Leave>();
    this.#waiting.push({ rank, open: resolve });
    if (!this.#isServing) void this.#serve(signal);
    return await promise;
  }

  async #serve(signal: AbortSignal): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.length > 0) {
      await this.#pool.room(signal);
      const first = Math.min(...this.#waiting.map(({ rank }) => rank));
      const [next] = this.#waiting.splice(
        this.#waiting.findIndex(({ rank }) => rank === first),
        1,
      );
      const { promise: left, resolve: leave } = Promise.withResolvers<void>();
      next?.open(leave);
      await left;
    }
    this.#isServing = false;
  }
}
