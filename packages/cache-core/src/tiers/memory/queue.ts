/**
 * The order in which the memory tier's entries go when room is needed: the one first that saves the
 * fewest seconds of computing for the bytes it takes.
 *
 * This is GreedyDual-Size-Frequency (Cherkasova 1998): priority = clock + weight * computeMs / bytes,
 * where the clock stands at the highest priority evicted so far. An entry takes the clock's time
 * whenever it is used, so an unused one is overtaken sooner or later, however dear it was. Ours is
 * different in three points:
 *
 *  - an entry not used since it was put weighs 1/4, one used n times n + 1, and at most 16. So a
 *    scan of keys that nobody asks for again passes through without moving what is in use;
 *  - an entry that is no longer fresh goes before all that are, the least recently used first: few
 *    requests take it;
 *  - what a use changes is written down at once, and moves the entry in the heap only when it comes
 *    to the top, so that a use costs a few stores. Weight and clock only ever grow, so the stored
 *    priority is never too high but for freshness, which every eviction looks for in a few entries.
 *
 * Amortised O(log n) for an entry put or removed, O(1) for a use. How it compares with LRU, S3-FIFO
 * and plain GDSF: bench/results/eviction.md.
 */
import type { Entry } from '../../entry.ts';

const UNUSED_WEIGHT = 0.25;
const MAX_USES = 15;
/** An answer that cost nothing still saves the way to a lower tier. */
const MIN_COST_MS = 0.1;
/** A wrong or endless time must not make an entry stay for good. */
const MAX_COST_MS = 600_000;
/** Looked at for freshness at each eviction. A tier that is full is gone through in n / 8 of them. */
const INSPECTED = 8;

/** An entry in the queue. The queue alone changes it. */
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
  /** A binary heap: the lowest stored priority first. */
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

  /** Removes the entry that is worth least; undefined if there is none. */
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
      worst.priority = priority; // used since it was placed
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

/** Below 0 for what is no longer fresh: then it is the time of the last use. */
function priorityOf(held: QueueNode, now: number): number {
  const { freshUntil, computeMs } = held.entry.header;
  if (held.staleUntil <= now) return Number.NEGATIVE_INFINITY;
  if (freshUntil <= now) return held.usedAt - Number.MAX_SAFE_INTEGER;
  const weight = held.uses === 0 ? UNUSED_WEIGHT : held.uses + 1;
  return held.clock + (weight * costOf(computeMs)) / held.bytes;
}

/** NaN, which no header read from bytes holds, counts as nothing. */
function costOf(computeMs: number): number {
  return computeMs > MIN_COST_MS ? Math.min(computeMs, MAX_COST_MS) : MIN_COST_MS;
}
