import type { MetaTable } from '../tiers/disk/meta.ts';
import type { ReplicaStore } from './invalidation-log.ts';
import type { LogSnapshot } from './replica.ts';

/** The processes of a host share one kept replica: the newest that any of them has had (R8). */
export function createReplicaStore(kept: MetaTable): ReplicaStore {
  return {
    load() {
      const json = kept.readMeta('view');
      const confirmedAt = kept.readMeta('confirmed_at');
      const snapshot = json === undefined ? undefined : parse(json);
      if (snapshot === undefined) return undefined;
      return {
        snapshot,
        confirmedAt: confirmedAt === undefined ? undefined : Number(confirmedAt),
      };
    },
    save(snapshot, { durable }) {
      const { epoch, records } = snapshot;
      const rank = digits(epoch) + digits(records.at(-1)?.seq ?? 0);
      kept.writeMeta('view', JSON.stringify(snapshot), { rank, durable });
    },
    saveConfirmed(confirmedAt) {
      const rank = digits(confirmedAt);
      kept.writeMeta('confirmed_at', String(confirmedAt), { rank, durable: false });
    },
  };
}

/** A snapshot that cannot be read counts as absent: nothing is served until the log answers. */
function parse(json: string): LogSnapshot | undefined {
  try {
    return JSON.parse(json) as LogSnapshot;
  } catch {
    return undefined;
  }
}

const digits = (n: number): string => String(n).padStart(16, '0');
