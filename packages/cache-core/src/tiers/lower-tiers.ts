import type { Redis } from 'ioredis';
import { type BreakerOptions, type GuardedTier, withBreaker } from './breaker.ts';
import { type DiskTier, openDiskTier } from './disk/disk.ts';
import { createRedisTier } from './redis/redis.ts';

export interface LowerTiersOptions {
  /** Connection to the cache role's server. */
  readonly redis: Redis;
  /** `REDIS_PREFIX`. */
  readonly namespace: string;
  /** Set when entries share the queue's server, which evicts nothing: then we bound them. */
  readonly maxRedisBytes: number | undefined;
  /** Left out: no disk tier. */
  readonly dir: string | undefined;
  readonly maxDiskBytes: number;
  /** A look-up waits for a tier this long at most. Unit: ms. */
  readonly deadlineMs: number;
  /** Hears why there is no disk tier although a directory was given. */
  readonly onDiskError: (error: unknown) => void;
  /** Hears when a tier is skipped from now on, and when it is back. Default: nobody does. */
  readonly onChange?: BreakerOptions['onChange'];
}

export interface LowerTiers {
  /** In the order in which they are asked, each behind a breaker. */
  readonly all: readonly GuardedTier[];
  /** The disk tier itself, which also keeps the log's view. */
  readonly disk: DiskTier | undefined;
}

/** The tiers that outlive a process, the same for the API and the workers. */
export function openLowerTiers(options: LowerTiersOptions): LowerTiers {
  const { redis: connection, namespace, maxRedisBytes, dir, maxDiskBytes } = options;
  const redis = createRedisTier(connection, {
    keyPrefix: maxRedisBytes === undefined ? `${namespace}:` : `${namespace}:{d0}:`,
    ...(maxRedisBytes !== undefined && { maxBytes: maxRedisBytes }),
  });
  let disk: DiskTier | undefined;
  try {
    disk = dir === undefined ? undefined : openDiskTier({ dir, maxBytes: maxDiskBytes });
  } catch (error) {
    options.onDiskError(error); // a tier less, not a process less
  }
  const breaker = { deadlineMs: options.deadlineMs, onChange: options.onChange ?? (() => {}) };
  const all = (disk ? [redis, disk] : [redis]).map((tier) => withBreaker(tier, breaker));
  return { disk, all };
}
