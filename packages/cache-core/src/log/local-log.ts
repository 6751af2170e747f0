/**
 * An invalidation log of one process, without a server: for a cache in memory, or in memory and on
 * the disk of one process, which then keeps the log as well.
 *
 *  - an invalidation is acknowledged when this process knows it, and its disk, if there is one;
 *  - a log that was kept goes on after a restart; one that was not begins anew, under another birth id.
 */
import { randomBytes } from 'node:crypto';
import { LogUnavailableError } from './errors.ts';
import type { InvalidationLog, ReplicaStore, Trust } from './invalidation-log.ts';
import type { LogRecord } from './records.ts';
import { LogReplica, type Position } from './replica.ts';
import { recordedScope } from './scopes.ts';

/** Entries older than the oldest of so many invalidations are no longer served. */
const MAX_RECORDS = 1000;
const VERIFIED: Trust = { mode: 'verified' };

export function createLocalLog(store?: ReplicaStore): InvalidationLog {
  const replica = new LogReplica();
  const newId = () => randomBytes(9).toString('base64url');
  let first = 1;

  /** Moves the log on by one record; with `epoch`, to a new epoch that only holds this record. */
  const append = (scope: string, epoch?: number): number => {
    const at = replica.position ?? { log: newId(), epoch: 0, seq: 0 };
    const record: LogRecord = { seq: at.seq + 1, id: newId(), scope };
    first = epoch === undefined ? Math.max(first, record.seq - MAX_RECORDS + 1) : record.seq;
    replica.apply({
      ...{ log: at.log, epoch: epoch ?? at.epoch, seq: record.seq, first },
      ...{ reset: epoch !== undefined, more: false, records: [record] },
    });
    store?.save(replica.snapshot(), { durable: true });
    return record.seq;
  };

  const kept = store?.load();
  if (kept) replica.restore(kept.snapshot);
  first = kept?.snapshot.first ?? first;
  if (!replica.position) append('-', Date.now());
  return {
    replica,
    trust: () => VERIFIED,
    catchUp: async () => true,
    suspect: async ({ log, epoch }: Position) => {
      const at = replica.position;
      if (at?.log === log) append('-', Math.max(Date.now(), at.epoch + 1, epoch + 1));
    },
    invalidate: async (scope, tenant) => {
      const recorded = recordedScope(scope, tenant);
      try {
        return append(recorded);
      } catch (cause) {
        throw new LogUnavailableError({ cause });
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
