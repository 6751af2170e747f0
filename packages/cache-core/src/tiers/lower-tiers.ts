import { join } from 'node:path';
import { cachePrefixOf, FORMAT, shardPrefixesOf } from '../names.ts';
import type { RedisClient } from '../redis-client.ts';
import type { OnEvict } from '../tier.ts';
import { type BreakerOptions, type GuardedTier, withBreaker } from './breaker.ts';
import { type DiskTier, openDiskTier } from './disk/disk.ts';
import { createRedisTier, type RedisTier } from './redis/redis.ts';

export interface LowerTiersOptions {
  /** Connection to the cache role's server. Undefined: no Redis tier. */
  readonly redis: RedisClient | undefined;
  /** `REDIS_PREFIX`. */
  readonly namespace: string;
  /** The number of shards. Default: 1. */
  readonly shards?: number;
  /** Set if entries share the queue's server, which evicts nothing: then we bound them. */
  readonly maxRedisBytes: number | undefined;
  /** Absent: no disk tier. */
  readonly dir: string | undefined;
  readonly maxDiskBytes: number;
  /** The longest time that a look-up waits for a tier. Unit: ms. */
  readonly deadlineMs: number;
  /** Called with the reason if there is no disk tier although a directory was given. */
  readonly onDiskError: (error: unknown) => void;
  /** Default: not called. */
  readonly onEvict?: OnEvict;
  /** Called when a tier begins to be skipped, and when it is back. Default: not called. */
  readonly onChange?: BreakerOptions['onChange'];
}

export interface LowerTiers {
  /** In the order of the look-up, each behind a breaker. */
  readonly all: readonly GuardedTier[];
  /** Set if entries share the queue's server: then one of its scripts can store an entry, too. */
  readonly storeArguments: RedisTier['storeArguments'] | undefined;
  /** The disk tier itself, which also keeps the log's replica. */
  readonly disk: DiskTier | undefined;
}

/** The tiers that outlive a process; API and workers open the same ones. */
export function openLowerTiers(options: LowerTiersOptions): LowerTiers {
  const { redis: connection, namespace, maxRedisBytes, dir, maxDiskBytes, onEvict } = options;
  const { shards = 1 } = options;
  const redis =
    connection &&
    createRedisTier(connection, {
      keyPrefix:
        maxRedisBytes === undefined ? cachePrefixOf(namespace) : shardPrefixesOf(namespace, shards),
      ...(maxRedisBytes !== undefined && { maxBytes: maxRedisBytes }),
      onEvict,
    });
  let disk: DiskTier | undefined;
  try {
    if (dir !== undefined)
      disk = openDiskTier({ dir: join(dir, FORMAT), maxBytes: maxDiskBytes, onEvict });
  } catch (error) {
    options.onDiskError(error); // the process continues without this tier
  }
  const breaker = { deadlineMs: options.deadlineMs, onChange: options.onChange ?? (() => {}) };
  const all = [redis, disk].flatMap((tier) => (tier ? [withBreaker(tier, breaker)] : []));
  return {
    disk,
    all,
    storeArguments: maxRedisBytes === undefined ? undefined : redis?.storeArguments,
  };
}
