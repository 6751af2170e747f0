/**
 * The seam between the cache and the places where it keeps entries. One suite, describeTier in
 * tiers/describe-tier.ts, says what every implementation does.
 *
 * A tier keeps and returns; it does not judge. Whether an entry may be served is decided by whoever
 * reads it, against the invalidation log, at every read (docs/protocol.md#log-replica-and-reads).
 */
import type { Entry, EntryHeader } from './entry.ts';

export type TierName = 'memory' | 'redis' | 'disk';

/** `evictions` and `errors` are this process's, since it opened the tier. */
export interface TierUsage {
  /** Entries held now. */
  readonly size: number;
  /** What they take, overhead included. */
  readonly bytes: number;
  /** 0: no limit of its own. */
  readonly maxBytes: number;
  /** Entries that had to go to make room; replaced, removed and expired ones do not count. */
  readonly evictions: number;
  /** Damaged entries, and calls that ended in a `TierError`. */
  readonly errors: number;
}

/** Which entry is meant, where only that one is: its token and number. */
export type EntryIdentity = Pick<EntryHeader, 'token' | 'runSeq'>;

/**
 * 'older': the tier holds a newer one (R27). 'refused': too large, already past `staleUntil`, or the
 * tier takes nothing for now (a full disk).
 */
export type PutOutcome = 'stored' | 'older' | 'refused';

/** Every method rejects with `TierError` when the tier itself fails. */
export interface Tier extends AsyncDisposable {
  readonly name: TierName;
  /**
   * The entry, whatever its token says, or undefined: absent, past `staleUntil`, or damaged (then it
   * is removed, and counted as an error). Its body is a view of no other buffer; do not change it.
   */
  get(key: string): Promise<Entry | undefined>;
  /**
   * Keeps the newer of this entry and the one that is there; of equals, this one. A refused entry
   * that is newer still takes the older one away, which is out of date. The tier may keep `entry`
   * itself: do not change its body afterwards.
   *
   * @param onSent Called by a tier on a server once the entry is on its way: what is sent over the same
   *   connection from then on is done after it. Not called by others, nor when it is not sent.
   */
  put(entry: Entry, onSent?: () => void): Promise<PutOutcome>;
  /** Removes the entry if it is there; with `only`, if it is still that one. */
  remove(key: string, only?: EntryIdentity): Promise<void>;
  clear(): Promise<void>;
  /** Sweeps the expired entries first, so that the figures are those of entries of use. */
  usage(): Promise<TierUsage>;
}

/** Is `header` that of the entry that is meant? */
export function isEntry(header: EntryHeader, only: EntryIdentity): boolean {
  const { token, runSeq } = header;
  return (
    runSeq === only.runSeq &&
    token.epoch === only.token.epoch &&
    token.seq === only.token.seq &&
    token.id === only.token.id
  );
}
