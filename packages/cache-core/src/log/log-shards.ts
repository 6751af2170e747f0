/**
 * The invalidation logs of several shards (docs/protocol.md#shards). An entry is judged by the log of its
 * key's shard, and so is how far a replica can be trusted: a shard that is out of reach makes no other
 * shard's entries doubtful. What is not of one key is recorded in every log.
 */
import type { InvalidationLog } from './invalidation-log.ts';
import { checkTenant, scopeOfKey } from './scopes.ts';

export interface LogShards {
  /** By the number of their shard. */
  readonly all: readonly InvalidationLog[];
  ofKey(key: string): InvalidationLog;
}

/** The number of a record; with several shards, that of each by the shard's number. */
export type InvalidationSeq = number | Readonly<Record<string, number>>;

/**
 * What the cache needs of its log, or of its logs. They take a tenant and reject as
 * `InvalidationLog.invalidate` does.
 */
export interface Logs {
  ofKey(key: string): InvalidationLog;
  /** Records it in the log of the key's shard. */
  invalidateKey(key: string, tenant?: string): Promise<InvalidationSeq>;
  /** Records it in every log. If it rejects, some may have it: entries of theirs are misses for nothing. */
  invalidate(scope: string, tenant?: string): Promise<InvalidationSeq>;
  /**
   * Whether the replicas know these records; asks the logs if necessary. A number alone is one of the
   * first shard, from when there was no other. A shard that has gone has no entry that is served.
   */
  reach(seq: InvalidationSeq): Promise<boolean>;
}

export function logsOf(log: InvalidationLog | LogShards): Logs {
  const { all, ofKey } = 'all' in log ? log : { all: [log], ofKey: () => log };
  const seqOf = (seqs: readonly (readonly [shard: number, seq: number])[]): InvalidationSeq =>
    all.length === 1 ? (seqs[0]?.[1] as number) : Object.fromEntries(seqs);
  return {
    ofKey,
    async invalidateKey(key, tenant) {
      checkTenant(tenant);
      const own = ofKey(key);
      return seqOf([[all.indexOf(own), await own.invalidate(scopeOfKey(key), tenant)]]);
    },
    async invalidate(scope, tenant) {
      checkTenant(tenant);
      const recorded = all.map(
        async (each, shard) => [shard, await each.invalidate(scope, tenant)] as const,
      );
      return seqOf(await Promise.all(recorded));
    },
    async reach(seq) {
      const asked: Readonly<Record<string, number>> = typeof seq === 'number' ? { 0: seq } : seq;
      const reached = all.map(async (each, shard) => {
        const isReached = () => (each.replica.position?.seq ?? 0) >= (asked[shard] ?? 0);
        if (!isReached()) await each.catchUp();
        return isReached();
      });
      return (await Promise.all(reached)).every(Boolean);
    },
  };
}
