const SHORTEST_MS = 100;
const LONGEST_MS = 300_000;

/**
 * Tells those who find every place taken when to come again: one after the other, as fast as places
 * become free, instead of all at once. Nobody is kept in a list: who does not return costs nothing.
 */
export class Turns {
  #meanMs: number;
  #lastAt = 0;

  /** @param meanMs How long a place is taken, until `took` knows better. */
  constructor(meanMs: number) {
    this.#meanMs = meanMs;
  }

  /** A place was taken for so long. */
  took(ms: number): void {
    this.#meanMs += (ms - this.#meanMs) / 5;
  }

  /** How long the next one waits, 0.1 s to 5 min; with more waiting than that, turns are shared. */
  nextMs(now: number, places: number): number {
    const at = Math.max(this.#lastAt, now) + this.#meanMs / places;
    this.#lastAt = at - now > LONGEST_MS ? now : at;
    return Math.round(Math.max(this.#lastAt - now, SHORTEST_MS));
  }
}
