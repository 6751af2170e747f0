import type { MetaTable } from '../tiers/disk/meta.ts';
import type { ReplicaTable } from '../tiers/disk/replica-table.ts';
import type { ReplicaStore } from './invalidation-log.ts';

/**
 * The processes of a host share one kept replica: the newest that any of them has had (R8).
 *
 * @param shard Whose log it is.
 */
export function createReplicaStore(kept: MetaTable & ReplicaTable, shard = 0): ReplicaStore {
  const confirmed = `confirmed_at${shard === 0 ? '' : `:${shard}`}`;
  return {
    load() {
      const snapshot = kept.readReplica(shard);
      if (snapshot === undefined) return undefined;
      const confirmedAt = kept.readMeta(confirmed);
      return {
        snapshot,
        confirmedAt: confirmedAt === undefined ? undefined : Number(confirmedAt),
      };
    },
    save: (snapshot, options) => kept.writeReplica(snapshot, { ...options, shard }),
    saveConfirmed(confirmedAt) {
      const rank = String(confirmedAt).padStart(16, '0');
      kept.writeMeta(confirmed, String(confirmedAt), { rank, durable: false });
    },
  };
}
