/**
 * The interface between the cache and the places where it keeps entries. The conformance suite,
 * describeTier in testing/describe-tier.ts, defines what every implementation does.
 *
 * A tier stores and returns entries; it does not judge them. At every read, the reader decides
 * against the invalidation log whether the entry may be served
 * (docs/protocol.md#log-replica-and-reads).
 */
import type { Entry, EntryHeader } from './entry.ts';

export type TierName = 'memory' | 'redis' | 'disk';

/** `evictions` and `errors` count this process's, since it opened the tier. */
export interface TierUsage {
  /** Entries held now. */
  readonly size: number;
  /** The bytes that they take, including overhead. */
  readonly bytes: number;
  /** 0: no limit of its own. */
  readonly maxBytes: number;
  /** Entries that were evicted to make room. Replaced, removed and expired ones do not count. */
  readonly evictions: number;
  /** Damaged entries, and calls that ended in a `TierError`. */
  readonly errors: number;
}

/**
 * Called when this process has evicted entries from a tier to make room: `bytes` or `entries` says
 * which bound they exceeded. A Redis that evicts by itself tells nobody.
 */
export type OnEvict = (tier: TierName, reason: 'bytes' | 'entries', count: number) => void;

/** Identifies one entry of a key: its token and run sequence. */
export type EntryIdentity = Pick<EntryHeader, 'token' | 'runSeq'>;

/**
 * 'older': the tier holds a newer entry (R27). 'refused': the entry is too large or already past
 * `staleUntil`, or the tier takes nothing at the moment (a full disk).
 */
export type PutOutcome = 'stored' | 'older' | 'refused';

/** Every method rejects with `TierError` when the tier itself fails. */
export interface Tier extends AsyncDisposable {
  readonly name: TierName;
  /**
   * The entry, whatever its token, or undefined if it is absent, past `staleUntil`, or damaged
   * (then it is removed and counted as an error). Its body has memory of its own; do not change it.
   */
  get(key: string): Promise<Entry | undefined>;
  /**
   * Keeps the newer of this entry and the stored one; of equals, this one. A refused entry that is
   * newer still removes the older one, which is out of date. The tier may keep `entry` itself: do
   * not change its body afterwards.
   */
  put(entry: Entry): Promise<PutOutcome>;
  /** Removes the entry if it exists; with `only`, if it is still that one. */
  remove(key: string, only?: EntryIdentity): Promise<void>;
  clear(): Promise<void>;
  /** Removes expired entries first, so that the figures cover only useful ones. */
  usage(): Promise<TierUsage>;
}

/** Whether `header` belongs to the identified entry. */
export function isEntry(header: EntryHeader, only: EntryIdentity): boolean {
  const { token, runSeq } = header;
  return (
    runSeq === only.runSeq &&
    token.epoch === only.token.epoch &&
    token.seq === only.token.seq &&
    token.id === only.token.id
  );
}
