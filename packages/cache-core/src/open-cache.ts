import { setTimeout as delay } from 'node:timers/promises';
import { Cache } from './cache.ts';
import { type ComputeCache, createComputeCache } from './compute-cache.ts';
import { createLocalLog } from './log/local-log.ts';
import { createLogClient } from './log/log-client.ts';
import { createNotifier } from './log/notifier.ts';
import { createReplicaStore } from './log/replica-store.ts';
import { shardPrefixOf } from './names.ts';
import type { RedisClient } from './redis-client.ts';
import { openLowerTiers } from './tiers/lower-tiers.ts';
import { createMemoryTier } from './tiers/memory/memory.ts';

/** An ioredis client, also of a Cluster: `openCache` opens its own connections like this one. */
export interface RedisToDuplicate {
  duplicate(...args: never[]): unknown;
}

export interface OpenCacheOptions {
  /** Most bytes that values take in memory. Default: 64 MiB. */
  readonly maxMemoryBytes?: number;
  /**
   * The URL of one server, or an ioredis client, also of a Cluster or by Sentinel, which the caller
   * keeps; install ioredis for it. Processes with the
   * same server and namespace share values and invalidations. The server must evict nothing, because
   * it also keeps the invalidation log. Default: no Redis.
   */
  readonly redis?: string | RedisToDuplicate;
  /** First part of every key in Redis. Default: `cache`. */
  readonly namespace?: string;
  /** Most bytes that values take in Redis. Default: 256 MiB. */
  readonly maxRedisBytes?: number;
  /**
   * A directory on a local disk, created if it does not exist. Without Redis, invalidations are not
   * shared, so only one process may use it at a time. Default: no disk.
   */
  readonly dir?: string;
  /** Most bytes that values take on disk. Default: 1 GiB. */
  readonly maxDiskBytes?: number;
  /** How long to serve values while Redis is unavailable. Unit: ms. Default: 60,000. */
  readonly serveUnverifiedMs?: number;
  /** Called with errors of the connections. They fail no call. Default: not called. */
  readonly onError?: (error: unknown) => void;
}

interface Overrides extends Record<string, unknown> {
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue?: boolean;
  readonly commandTimeout?: number;
}

const MIB = 1024 ** 2;
const TIER_DEADLINE_MS = 250;
const START_PATIENCE_MS = 2000;
const FAIL_FAST = { maxRetriesPerRequest: 1, enableOfflineQueue: false };
/** After a failover, the name may lead to another server. */
const reconnectOnError = ({ message }: Error): boolean => message.includes('READONLY');

/**
 * Opens a cache in memory, and in Redis and on disk if these are given. Rejects with `TierError` if
 * the directory cannot be used. It waits up to 2 s for an unavailable Redis, and uses it once it is
 * available.
 */
export async function openCache(options: OpenCacheOptions = {}): Promise<ComputeCache> {
  const { redis, namespace = 'cache', dir, onError = () => {} } = options;
  await using opened = new AsyncDisposableStack();
  const open = redis === undefined ? undefined : await connector(redis);
  const connect = (overrides: Overrides) => {
    const connection = open?.({ reconnectOnError, ...overrides }).on('error', onError);
    opened.defer(() => connection?.disconnect());
    return connection;
  };
  const lower = openLowerTiers({
    redis: connect({ ...FAIL_FAST, commandTimeout: TIER_DEADLINE_MS }),
    ...{ namespace, dir, deadlineMs: TIER_DEADLINE_MS },
    maxRedisBytes: options.maxRedisBytes ?? 256 * MIB,
    maxDiskBytes: options.maxDiskBytes ?? 1024 * MIB,
    onDiskError: (error) => {
      throw error;
    },
  });
  for (const tier of lower.all) opened.use(tier);
  const store = lower.disk && createReplicaStore(lower.disk);
  const logRedis = connect({ ...FAIL_FAST, commandTimeout: 1000 });
  const subscriber = connect({ maxRetriesPerRequest: null });
  const prefix = shardPrefixOf(namespace);
  const log = opened.use(
    logRedis && subscriber
      ? createLogClient({
          ...{ redis: logRedis, prefix, ...(store && { store }) },
          notifier: opened.use(createNotifier(subscriber, `${prefix}notify`)),
          serveUnverifiedMs: options.serveUnverifiedMs ?? 60_000,
        })
      : createLocalLog(store),
  );
  const deadline = performance.now() + START_PATIENCE_MS;
  while (!(await log.catchUp()) && performance.now() < deadline) await delay(20);

  const memory = createMemoryTier({ maxBytes: options.maxMemoryBytes ?? 64 * MIB });
  const cache = new Cache({ log, memory, lower: lower.all, counters: { add: () => {} } });
  const resources = opened.move();
  const close = () => resources.disposeAsync();
  return createComputeCache({ cache, log, tiers: [memory, ...lower.all], close });
}

/** Loads ioredis only for a URL. */
async function connector(
  redis: string | RedisToDuplicate,
): Promise<(overrides: Overrides) => RedisClient> {
  if (typeof redis !== 'string') return (overrides) => duplicate(redis as RedisClient, overrides);
  const ioredis = await import('ioredis');
  return (overrides) => new ioredis.Redis(redis, overrides);
}

function duplicate(redis: RedisClient, overrides: Overrides): RedisClient {
  if (!('nodes' in redis)) return redis.duplicate(overrides);
  const { enableOfflineQueue = true } = overrides;
  return redis.duplicate([], { enableOfflineQueue, redisOptions: overrides });
}
