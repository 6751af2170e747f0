/**
 * The seam between the cache and the invalidation log: a view of it, how far that view can be
 * trusted now, and a way to add to it. The implementation on Redis is in ../redis/log-client.ts.
 */
import type { LogReplica, LogSnapshot, Position } from './replica.ts';

/**
 * May entries be served?
 *  - verified: the view was the log's head less than a lease ago;
 *  - unverified: the log is out of reach; entries may be served, marked with `sinceMs`;
 *  - none: it has been out of reach for too long, or this process never saw it.
 */
export type Trust =
  | { readonly mode: 'verified' }
  | { readonly mode: 'unverified'; readonly sinceMs: number }
  | { readonly mode: 'none' };

export interface InvalidationLog extends AsyncDisposable {
  readonly replica: LogReplica;
  /** Answers at once while the lease holds; else it waits for the log, 500 ms at most. */
  trust(): Trust | Promise<Trust>;
  /** Moves the view to the head. Shared by all who ask meanwhile; resolves to false if it failed. */
  catchUp(): Promise<boolean>;
  /**
   * Tells the log of a record that is newer than its head: if it is, the log starts a new epoch; if
   * not, this view has the record afterwards. Does nothing while the view is not verified.
   */
  suspect(position: Position): Promise<void>;
  /**
   * Makes every entry of `scope` from before now unservable, everywhere. Resolves to the record's
   * sequence number once it is in the log, in this view and on this host's disk; rejects with
   * `LogUnavailableError` otherwise, and then nothing is promised.
   */
  invalidate(scope: string): Promise<number>;
}

/** Keeps the view of a host over restarts, beside the entries of its disk tier. */
export interface ReplicaStore {
  load(): { readonly snapshot: LogSnapshot; readonly confirmedAt: number | undefined } | undefined;
  /** Keeps the snapshot unless a newer one is kept. `durable`: it is on the disk when this returns. */
  save(snapshot: LogSnapshot, options: { readonly durable: boolean }): void;
  /** Unit: epoch ms. */
  saveConfirmed(confirmedAt: number): void;
}
