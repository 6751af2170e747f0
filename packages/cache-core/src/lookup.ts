/** What a look-up finds. */
import type { Entry } from './entry.ts';
import type { Use } from './freshness.ts';
import type { TierName } from './tier.ts';

/** An entry, and the tier in which it was found. */
export interface Found {
  readonly entry: Entry;
  readonly tier: TierName;
}

export interface Hit extends Found {
  readonly outcome: 'hit';
  /** Why the entry may be served; see `Use`. */
  readonly use: 'fresh' | 'revalidate' | 'stale';
  /** Set while the log is out of reach: the time since the replica was confirmed. Unit: ms. */
  readonly unverifiedMs?: number;
}

export type Lookup =
  | Hit
  /**
   * `refused`: the newest entry that may be served but that this reader does not accept. `fenced`: a
   * tier still held an entry that was invalidated.
   */
  | {
      readonly outcome: 'miss';
      readonly refused?: Found & { readonly use: Use };
      readonly fenced?: true;
    }
  /** The log has been out of reach for too long, so nothing may be served. */
  | { readonly outcome: 'untrusted' };

/** What one tier holds of a key. */
export type Explanation =
  | { readonly tier: TierName; readonly state: 'absent' }
  | {
      readonly tier: TierName;
      readonly state: 'fresh' | 'stale' | 'fenced';
      readonly entry: Entry;
    };
