/**
 * The interface between the cache and the invalidation log: a local replica of the log, how far the
 * replica can be trusted now, and a way to add records. log-client.ts implements it on Redis.
 */
import type { LogReplica, LogSnapshot, Position } from './replica.ts';

/**
 * Whether entries may be served:
 *  - verified: the replica had the log's head less than a lease ago;
 *  - unverified: the log is out of reach; entries may be served, marked with `sinceMs`;
 *  - none: it has been out of reach for too long, or this process never saw it.
 */
export type Trust =
  | { readonly mode: 'verified' }
  | { readonly mode: 'unverified'; readonly sinceMs: number }
  | { readonly mode: 'none' };

export interface InvalidationLog extends AsyncDisposable {
  readonly replica: LogReplica;
  /** Answers at once while the lease holds; otherwise it waits for the log, up to 500 ms. */
  trust(): Trust | Promise<Trust>;
  /** Moves the replica to the head. Concurrent callers share it. Resolves to false if it failed. */
  catchUp(): Promise<boolean>;
  /**
   * Reports a record that seems newer than the log's head. If it is, the log starts a new epoch; if
   * not, the replica has the record afterwards. Does nothing while the replica is not verified.
   */
  suspect(position: Position): Promise<void>;
  /**
   * Makes every older entry of `scope` unservable, everywhere. Resolves to the record's sequence
   * number once the record is in the log, in this replica and on this host's disk. Otherwise it
   * rejects with `LogUnavailableError` and promises nothing, or, if the log is bounded, with
   * `TooManyInvalidationsError`.
   *
   * @param tenant For whom alone they are unservable. Default: for everybody.
   */
  invalidate(scope: string, tenant?: string): Promise<number>;
}

/** Keeps a host's replica across restarts, beside the entries of its disk tier. */
export interface ReplicaStore {
  load(): { readonly snapshot: LogSnapshot; readonly confirmedAt: number | undefined } | undefined;
  /** Keeps the snapshot unless a newer one is kept. `durable`: it is on disk when this returns. */
  save(snapshot: LogSnapshot, options: { readonly durable: boolean }): void;
  /** Unit: epoch ms. */
  saveConfirmed(confirmedAt: number): void;
}
