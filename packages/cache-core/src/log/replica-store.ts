import type { MetaTable } from '../tiers/disk/meta.ts';
import type { ReplicaTable } from '../tiers/disk/replica-table.ts';
import type { ReplicaStore } from './invalidation-log.ts';

/** The processes of a host share one kept replica: the newest that any of them has had (R8). */
export function createReplicaStore(kept: MetaTable & ReplicaTable): ReplicaStore {
  return {
    load() {
      const snapshot = kept.readReplica();
      if (snapshot === undefined) return undefined;
      const confirmedAt = kept.readMeta('confirmed_at');
      return {
        snapshot,
        confirmedAt: confirmedAt === undefined ? undefined : Number(confirmedAt),
      };
    },
    save: (snapshot, options) => kept.writeReplica(snapshot, options),
    saveConfirmed(confirmedAt) {
      const rank = String(confirmedAt).padStart(16, '0');
      kept.writeMeta('confirmed_at', String(confirmedAt), { rank, durable: false });
    },
  };
}
