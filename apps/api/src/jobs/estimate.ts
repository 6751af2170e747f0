/**
 * Estimates when a job will be ready, for `Retry-After` of a 202 and for `estimated_ready_at`: from its
 * place in its lane, what goes before that lane, when slots become free, and the usual times of the
 * models. Where nothing is known, there is no estimate. What was told is compared with what came.
 */
import type { Lane, Wait } from '@deja/jobs';
import { LRUCache } from 'lru-cache';
import type { Work, WorkReader } from './work.ts';

/** Lanes whose runs begin before those of this one. Short work has a slot of its own. */
const FIRST: Readonly<Record<Lane, readonly Lane[]>> = {
  short: [],
  long: [],
  bulk: ['long'],
  refresh: ['long', 'bulk'],
};
/** Runs of which an estimate was told and that have not ended; the oldest are forgotten. */
const MAX_TOLD = 10_000;
/** Nobody plans with shorter waits. */
const LEAST_MS = 2000;

interface Told {
  readonly lane: Lane;
  readonly leftMs: number;
  readonly at: number;
}

/** @param ratio How far the estimate was off, 1 or more: 2 is twice or half. */
export type OnEstimateOver = (lane: Lane, ratio: number) => void;

export class Estimator {
  readonly #work: Pick<WorkReader, 'peek'>;
  readonly #onOver: OnEstimateOver;
  readonly #shards: number;
  readonly #told = new LRUCache<string, Told>({ max: MAX_TOLD });

  /** @param shards The number of shards, whose runs take turns. */
  constructor(work: Pick<WorkReader, 'peek'>, onOver: OnEstimateOver = () => {}, shards = 1) {
    this.#work = work;
    this.#onOver = onOver;
    this.#shards = shards;
  }

  /** Time until the run ends. Unit: ms. Undefined: no run of this model has ended yet. */
  leftMs({ lane, place, runningMs = 0, usualMs }: Wait): number | undefined {
    const work = this.#work.peek();
    if (usualMs === undefined) return undefined;
    if (place === undefined) return Math.max(0, usualMs - runningMs);
    return startMs(this.#placeOf(place, lane, work), { lane, usualMs, work }) + usualMs;
  }

  /** Its place among the runs of all shards, of which each has about as many before it. */
  #placeOf(place: number, lane: Lane, work: Work | undefined): number {
    const { queued = Number.POSITIVE_INFINITY } =
      work?.lanes.find((own) => own.lane === lane) ?? {};
    return Math.max(place, Math.min(place * this.#shards, queued - 1));
  }

  /** The same for a client that will be told it. The first estimate of a run is judged when it ends. */
  tell(run: string, wait: Wait): number | undefined {
    const leftMs = this.leftMs(wait);
    if (leftMs !== undefined && !this.#told.has(run))
      this.#told.set(run, { lane: wait.lane, leftMs, at: performance.now() });
    return leftMs;
  }

  /** A run has ended. */
  ended(run: string, hasSucceeded: boolean): void {
    const told = this.#told.get(run);
    if (!told) return;
    this.#told.delete(run);
    const tookMs = performance.now() - told.at;
    if (!hasSucceeded || Math.max(tookMs, told.leftMs) < LEAST_MS) return;
    const [low, high] = [tookMs, told.leftMs].sort((a, b) => a - b) as [number, number];
    this.#onOver(told.lane, high / Math.max(1, low));
  }
}

/** When a run begins that has `place` others before it in its lane. Unit: ms from now. */
function startMs(
  place: number,
  { lane, usualMs, work }: { lane: Lane; usualMs: number; work: Work | undefined },
): number {
  const before = work?.lanes.filter((other) => FIRST[lane].includes(other.lane)) ?? [];
  const ownMs = work?.lanes.find((own) => own.lane === lane)?.averageMs ?? usualMs;
  const count = before.reduce((sum, { queued }) => sum + queued, place);
  const allMs = before.reduce(
    (sum, { queued, averageMs = usualMs }) => sum + queued * averageMs,
    place * ownMs,
  );
  const averageMs = count === 0 ? ownMs : allMs / count;
  const free = freeSlots(lane, averageMs, work);
  return (free[count % free.length] as number) + Math.floor(count / free.length) * averageMs;
}

/** When each slot becomes free, the first one first. Unit: ms from now. */
function freeSlots(lane: Lane, averageMs: number, work: Work | undefined): number[] {
  if (!work) return [0];
  const { slots, workers, leftMs, readAt } = work;
  const own = slots + (lane === 'short' ? workers.length : 0);
  const size = Math.max(1, own, leftMs.length);
  const ageMs = performance.now() - readAt;
  // A slot that has become free since has begun the next one, if any waited.
  const waits = work.lanes.some(({ queued }) => queued > 0);
  const left = leftMs.map((ms) => {
    const now = ms - ageMs;
    if (now >= 0 || !waits || averageMs <= 0) return Math.max(0, now);
    return now + Math.ceil(-now / averageMs) * averageMs;
  });
  const idle = Array.from({ length: size - left.length }, () => 0);
  return [...idle, ...left.sort((a, b) => a - b)];
}
