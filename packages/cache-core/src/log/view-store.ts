import type { MetaTable } from '../tiers/disk-meta.ts';
import type { ViewStore } from './invalidation-log.ts';
import type { ViewSnapshot } from './view.ts';

/** The processes of a host share one kept view: the newest that any of them has had (R8). */
export function createViewStore(kept: MetaTable): ViewStore {
  return {
    load() {
      const snapshot = kept.readMeta('view');
      if (snapshot === undefined) return undefined;
      const confirmedAt = kept.readMeta('confirmed_at');
      return {
        snapshot: JSON.parse(snapshot) as ViewSnapshot,
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

const digits = (n: number): string => String(n).padStart(16, '0');
