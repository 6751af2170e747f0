/**
 * The eviction order of the memory tier: the entry that saves the fewest seconds of computing per
 * byte goes first.
 *
 * This is GreedyDual-Size-Frequency (Cherkasova 1998): priority = clock + weight * computeMs /
 * bytes, where the clock is the highest priority evicted so far. An entry takes the clock's value
 * whenever it is used, so others overtake an unused entry sooner or later, however expensive it
 * was. This implementation differs in three points:
 *
 *  - an entry that was not used since it was put weighs 1/4, and one used n times weighs n + 1, up to
 *    16. So a scan of keys that nobody asks for again passes without displacing entries in use;
 *  - an entry that is no longer fresh goes before all fresh ones, the least recently used first,
 *    since few requests accept it;
 *  - a use updates weight and clock at once, but moves the entry in the heap only when it reaches the
 *    top, so a use costs a few stores. Weight and clock only grow, so a stored priority is never too
 *    high, except for freshness, which every eviction checks for a few entries.
 *
 * Amortised O(log n) to put or remove an entry, O(1) for a use. bench/results/eviction.md compares it
 * with LRU, S3-FIFO and plain GDSF.
 */
import type { Entry } from '../../entry.ts';

const UNUSED_WEIGHT = 0.25;
const MAX_USES = 15;
/** Even an answer that cost nothing saves a read from a lower tier. */
const MIN_COST_MS = 0.1;
/** A wrong or infinite time must not keep an entry for ever. */
const MAX_COST_MS = 600_000;
/** Entries that each eviction checks for freshness. n / 8 evictions check the whole tier. */
const INSPECTED = 8;

/** An entry in the queue. Only the queue changes it. */
export class QueueNode {
  readonly entry: Entry;
  readonly bytes: number;
  readonly staleUntil: number;
  uses: number;
  usedAt: number;
  clock = 0.5; // a fraction, so that these fields are doubles from the start
  priority = 0.5;
  index = -1;

  constructor(entry: Entry, bytes: number, usedAt: number, uses = 0) {
    this.entry = entry;
    this.bytes = bytes;
    this.staleUntil = entry.header.staleUntil;
    this.usedAt = usedAt;
    this.uses = uses;
  }
}

export class EvictionQueue {
  /** A binary heap with the lowest stored priority first. */
  readonly #heap: QueueNode[] = [];
  #clock = 0.5;
  #cursor = 0;

  add(held: QueueNode, now: number): void {
    held.clock = this.#clock;
    held.priority = priorityOf(held, now);
    this.#heap.push(held);
    this.#rise(held, this.#heap.length - 1);
  }

  noteUse(held: QueueNode, now: number): void {
    if (held.uses < MAX_USES) held.uses += 1;
    held.clock = this.#clock;
    held.usedAt = now;
  }

  remove(held: QueueNode): void {
    const { index } = held;
    const last = this.#heap.pop() as QueueNode;
    if (last === held) return;
    this.#sink(last, index);
    this.#rise(last, last.index);
  }

  /** Removes and returns the entry that is worth least; undefined if there is none. */
  popLowest(now: number): QueueNode | undefined {
    this.#inspect(now);
    for (;;) {
      const worst = this.#heap[0];
      if (worst === undefined) return undefined;
      const priority = priorityOf(worst, now);
      if (priority <= worst.priority) {
        if (priority > this.#clock) this.#clock = priority;
        this.remove(worst);
        return worst;
      }
      worst.priority = priority; // it was used since it was placed
      this.#sink(worst, 0);
    }
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #inspect(now: number): void {
    for (let i = 0; i < INSPECTED; i += 1) {
      this.#cursor = this.#cursor + 1 < this.#heap.length ? this.#cursor + 1 : 0;
      const held = this.#heap[this.#cursor];
      if (held === undefined) return;
      const priority = priorityOf(held, now);
      if (priority >= held.priority) continue;
      held.priority = priority;
      this.#rise(held, held.index);
    }
  }

  #rise(held: QueueNode, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as QueueNode;
      if (parent.priority <= held.priority) break;
      heap[at] = parent;
      parent.index = at;
      at = parentAt;
    }
    heap[at] = held;
    held.index = at;
  }

  #sink(held: QueueNode, from: number): void {
    const heap = this.#heap;
    const { length } = heap;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= length) break;
      let child = heap[childAt] as QueueNode;
      const right = heap[childAt + 1];
      if (right !== undefined && right.priority < child.priority) {
        child = right;
        childAt += 1;
      }
      if (child.priority >= held.priority) break;
      heap[at] = child;
      child.index = at;
      at = childAt;
    }
    heap[at] = held;
    held.index = at;
  }
}

/** Below 0 for an entry that is no longer fresh: then it encodes the time of the last use. */
function priorityOf(held: QueueNode, now: number): number {
  const { freshUntil, computeMs } = held.entry.header;
  if (held.staleUntil <= now) return Number.NEGATIVE_INFINITY;
  if (freshUntil <= now) return held.usedAt - Number.MAX_SAFE_INTEGER;
  const weight = held.uses === 0 ? UNUSED_WEIGHT : held.uses + 1;
  return held.clock + (weight * costOf(computeMs)) / held.bytes;
}

/** NaN counts as 0; a header read from bytes never holds it. */
function costOf(computeMs: number): number {
  return computeMs > MIN_COST_MS ? Math.min(computeMs, MAX_COST_MS) : MIN_COST_MS;
}
