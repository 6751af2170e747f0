/**
 * A miniature of a tier: the tier's own policy over sampled keys, with its bounds scaled by the sampling
 * rate (Waldspurger et al., "Cache modeling and optimization using miniature simulations", USENIX ATC
 * 2017). The largest entry is that of the full size, since entries are not scaled.
 */
import type { Entry, EntryHeader } from '../entry.ts';
import { createMemoryTier } from '../tiers/memory/memory.ts';
import { LruEntries } from './lru.ts';

export interface Miniature {
  /** Counts as a use. */
  get(key: string, now: number): EntryHeader | undefined;
  put(entry: SizedHeader, now: number): void;
  remove(key: string): void;
  /** @param rate The share of all keys that it gets to see from now on. */
  scale(rate: number): void;
}

/** An entry without its body. */
export interface SizedHeader {
  readonly header: EntryHeader;
  /** The body as it lies in memory. */
  readonly bodyBytes: number;
  /** What the entry takes in a lower tier. */
  readonly storedBytes: number;
}

export interface MiniatureOptions {
  readonly tier: 'memory' | 'redis' | 'disk';
  /** Of the full size. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** Begins with the bounds of the full size. */
export function createMiniature({ tier, maxBytes, maxEntries }: MiniatureOptions): Miniature {
  const maxEntryBytes = maxBytes / 8;
  if (tier !== 'memory') {
    const entries = new LruEntries(maxBytes, maxEntryBytes);
    return {
      get: (key) => entries.get(key),
      put: ({ header, storedBytes }) => entries.put(header, storedBytes),
      remove: (key) => entries.remove(key),
      scale: (rate) => entries.resize(maxBytes * rate),
    };
  }
  let at = 0;
  const entries = createMemoryTier({ maxBytes, maxEntries, maxEntryBytes, now: () => at });
  return {
    get: (key, now) => entries.getSync(key, now)?.header,
    put(entry, now) {
      at = now;
      void entries.put(withoutBody(entry));
    },
    remove: (key) => void entries.remove(key),
    scale(rate) {
      const scaled = Math.max(1, Math.round(maxEntries * rate));
      entries.resize({ maxBytes: maxBytes * rate, maxEntries: scaled });
    },
  };
}

/** The tier looks at a body's length alone, and at whether it has memory of its own. */
function withoutBody({ header, bodyBytes }: SizedHeader): Entry {
  const body = { byteLength: bodyBytes, buffer: { byteLength: bodyBytes } };
  return { header, body: body as unknown as Buffer };
}
