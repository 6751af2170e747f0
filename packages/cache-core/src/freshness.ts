/** The arithmetic of freshness: no clock, no state. Times are epoch ms, `now` included. */
import type { EntryHeader } from './header.ts';

export type Freshness = 'fresh' | 'stale' | 'expired';

export function freshnessOf(
  { freshUntil, staleUntil }: Pick<EntryHeader, 'freshUntil' | 'staleUntil'>,
  now: number,
): Freshness {
  if (now >= staleUntil) return 'expired';
  return now < freshUntil ? 'fresh' : 'stale';
}

/** HTTP's Age: whole seconds since the answer was computed; 0 if this clock is behind. */
export function ageSecondsOf({ createdAt }: Pick<EntryHeader, 'createdAt'>, now: number): number {
  return Math.max(0, Math.floor((now - createdAt) / 1000));
}

/** Cache-Status's ttl: whole seconds of freshness left. 0 or more while fresh, otherwise -1 or less. */
export function ttlSecondsOf({ freshUntil }: Pick<EntryHeader, 'freshUntil'>, now: number): number {
  const leftMs = freshUntil - now;
  return leftMs > 0 ? Math.floor(leftMs / 1000) : Math.min(-1, Math.ceil(leftMs / 1000));
}

export interface Lifetime {
  /** From the computation. Whole ms. */
  readonly freshMs: number;
  /** From the end of freshness. Whole ms. */
  readonly staleMs: number;
}

/**
 * How long the entry of `key` lives. Freshness is shortened by up to the fraction `jitter` (0 to
 * 1), so that entries written together do not expire together. The amount depends only on the key,
 * so every replica computes the same, and no entry is served longer than requested.
 */
export function lifetimeFor(
  key: string,
  { freshMs, staleMs, jitter }: Lifetime & { readonly jitter: number },
): Lifetime {
  return { freshMs: Math.ceil(freshMs * (1 - jitter * unitOf(key))), staleMs };
}

/** In [0, 1), from the key's last 8 digits; its first 8 choose the shard. */
function unitOf(key: string): number {
  return Number.parseInt(key.slice(-8), 16) / 2 ** 32;
}

/**
 * What a reader accepts (RFC 9111 section 5.2.1, RFC 5861 section 3). Unit: ms. Absent: no demand.
 */
export interface Demand {
  /** The answer may not be older than this, unless `maxStaleMs` says otherwise. */
  readonly maxAgeMs?: number;
  /** It must stay fresh for at least this long. */
  readonly minFreshMs?: number;
  /** Accept an answer that has been stale for at most this long. Infinity: however long. */
  readonly maxStaleMs?: number;
  /** How long the model allows a stale answer that is refreshed in the background. */
  readonly staleWhileRevalidateMs?: number;
}

/**
 *  - fresh: may be served as it is;
 *  - revalidate: stale, may be served because the model allows it, and should be computed again;
 *  - stale: stale, may be served because the reader accepts it;
 *  - too-old: fresh, but not fresh enough for this reader;
 *  - expired: stale, and neither the model nor the reader accepts that.
 */
export type Use = 'fresh' | 'revalidate' | 'stale' | 'too-old' | 'expired';

export function useOf(
  header: Pick<EntryHeader, 'createdAt' | 'freshUntil' | 'staleUntil'>,
  now: number,
  demand: Demand,
): Use {
  const { maxAgeMs, minFreshMs = 0, maxStaleMs, staleWhileRevalidateMs = 0 } = demand;
  const freshness = freshnessOf(header, now);
  if (freshness === 'expired') return 'expired';
  const isFresh = freshness === 'fresh';
  const wantedUntil = Math.min(header.freshUntil, youngUntil(header.createdAt, maxAgeMs));
  const lateMs = now + minFreshMs - wantedUntil;
  if (isFresh && lateMs <= 0) return 'fresh';
  if (maxStaleMs !== undefined && lateMs <= maxStaleMs) return isFresh ? 'fresh' : 'stale';
  if (isFresh) return 'too-old';
  // A reader that states how fresh the answer must be does not get a stale one because the model allows it.
  const isModest =
    maxAgeMs === undefined && maxStaleMs === undefined && demand.minFreshMs === undefined;
  const isAllowed = staleWhileRevalidateMs > 0 && now - header.freshUntil <= staleWhileRevalidateMs;
  return isModest && isAllowed ? 'revalidate' : 'expired';
}

/** Age is in whole seconds: an age of 5 satisfies max-age=5. Nothing satisfies max-age=0. */
function youngUntil(createdAt: number, maxAgeMs = Number.POSITIVE_INFINITY): number {
  return maxAgeMs === 0 ? createdAt - 1 : createdAt + maxAgeMs + 999;
}

/** Whether a HIT comes so late in the entry's life that the answer should be recomputed in the background. */
export function isDue(
  { createdAt, freshUntil }: Pick<EntryHeader, 'createdAt' | 'freshUntil'>,
  now: number,
  fraction: number,
): boolean {
  return now >= createdAt + fraction * (freshUntil - createdAt);
}
