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

/** HTTP's Age: whole seconds since the answer was computed; 0 where this clock is behind. */
export function ageSecondsOf({ createdAt }: Pick<EntryHeader, 'createdAt'>, now: number): number {
  return Math.max(0, Math.floor((now - createdAt) / 1000));
}

/** Cache-Status's ttl: whole seconds of freshness left, 0 or more while fresh, else -1 or less. */
export function ttlSecondsOf({ freshUntil }: Pick<EntryHeader, 'freshUntil'>, now: number): number {
  const leftMs = freshUntil - now;
  return leftMs > 0 ? Math.floor(leftMs / 1000) : Math.min(-1, Math.ceil(leftMs / 1000));
}

export interface Lifetime {
  /** Whole ms from the computation. */
  readonly freshMs: number;
  /** Whole ms from the end of freshness. */
  readonly staleMs: number;
}

/**
 * How long the entry of `key` lives. Its freshness is shortened by up to the fraction `jitter`
 * (0 to 1), so that entries written together do not end together. How much depends on the key alone:
 * every replica says the same, and nothing is served past the time that was asked for.
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
