import type { EntryHeader } from './entry.ts';
import type { InvalidationLog } from './log/invalidation-log.ts';
import type { Verdict } from './log/replica.ts';

/**
 * Whether this tenant may be served the entry, after asking the log if the replica is behind the
 * entry's writer. 'ahead' only if the log cannot be asked.
 */
export async function judge(
  log: InvalidationLog,
  header: EntryHeader,
  tenant: string | undefined,
): Promise<Verdict> {
  const { replica } = log;
  let verdict = replica.judge(header, tenant);
  if (verdict === 'ahead' || verdict === 'foreign') {
    // The writer of this entry had seen more of the log than this replica, or a later log.
    const isCaughtUp = await log.catchUp();
    verdict = replica.judge(header, tenant);
    if (verdict === 'foreign' && !isCaughtUp) return 'ahead';
  }
  if (verdict === 'ahead') {
    // The entry is ahead of the log's head: the log has lost records. Only a new epoch is safe.
    await log.suspect({ log: header.log, ...header.token });
    verdict = replica.judge(header, tenant);
  }
  return verdict;
}
