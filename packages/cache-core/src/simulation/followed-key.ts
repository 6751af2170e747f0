import { type EntryHeader, isNewer } from '../entry.ts';
import { FACTORS, type ModelCounts } from './counts.ts';

/** Within a second nothing changes that a simulation could tell. */
const REPEAT_MS = 1000;

export interface FollowedRequest {
  /** Epoch ms. */
  readonly now: number;
  /** For how many requests it stands. */
  readonly weight: number;
  /** How long the model's answers are fresh. */
  readonly freshMs: number;
  /** An answer that is fresh for less is limited by its computation. Unit: ms. */
  readonly least: number;
}

/**
 * A sampled key: its latest entry, and when its answer would have been computed last if answers were
 * fresh for a quarter, half, … eight times as long as their model says, in a cache without bounds.
 */
export class FollowedKey {
  header: EntryHeader | undefined;
  bodyBytes = 0;
  seenAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #repeats = 0;
  readonly #computedAt = new Float64Array(FACTORS.length).fill(Number.NEGATIVE_INFINITY);

  /** Whether memory gave this entry within the last second, too: then it counts with the next look. */
  isRepeat(header: EntryHeader, now: number): boolean {
    if (header !== this.header || now - this.#lookedAt >= REPEAT_MS) return false;
    this.#repeats += 1;
    return true;
  }

  /** How many requests a look at the simulations stands for: itself, and the repeats before it. */
  look(now: number): number {
    const requests = 1 + this.#repeats;
    this.#repeats = 0;
    this.#lookedAt = now;
    return requests;
  }

  /**
   * Takes an entry that was found. Returns whether it is another than before.
   *
   * @param wasFenced Asked only if there was one before: whether that may no longer be served.
   */
  take(
    header: EntryHeader,
    bodyBytes: number,
    counts: ModelCounts,
    wasFenced: () => boolean,
  ): boolean {
    const before = this.header;
    if (before && !isNewer(header, before)) return false;
    this.header = header;
    this.bodyBytes = bodyBytes;
    if (before) {
      counts.recomputed += 1;
      if (header.digest !== '' && header.digest === before.digest) counts.unchanged += 1;
    }
    if (!before || wasFenced()) this.#computed(header.createdAt);
    return true;
  }

  /** No earlier answer counts any more. */
  forget(): void {
    this.#computedAt.fill(Number.NEGATIVE_INFINITY);
  }

  request({ now, weight, freshMs, least }: FollowedRequest, counts: ModelCounts): void {
    const { header } = this;
    const ownMs = header ? header.freshUntil - header.createdAt : freshMs;
    const mostMs = ownMs < least ? ownMs : Number.POSITIVE_INFINITY;
    counts.sampled += weight;
    const savedMs = weight * (header?.computeMs ?? 0);
    const computedAt = this.#computedAt;
    for (let at = 0; at < FACTORS.length; at += 1) {
      const lifeMs = Math.min(freshMs * (FACTORS[at] as number), mostMs);
      if (now < (computedAt[at] as number) + lifeMs) {
        counts.hits[at] = (counts.hits[at] as number) + weight;
        counts.savedMs[at] = (counts.savedMs[at] as number) + savedMs;
      } else computedAt[at] = now;
    }
  }

  #computed(at: number): void {
    for (const [index, before] of this.#computedAt.entries())
      this.#computedAt[index] = Math.max(before, at);
  }
}
