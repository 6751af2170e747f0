/**
 * The settings of the cache. They live here and not in cache-core, which is a library of its own: it
 * reads no environment and needs no zod.
 */
import { z } from 'zod';
import { integer, MB } from './settings.ts';

const YEAR_S = 31_536_000;

/** API and workers read these, and must be given the same values. */
export const cacheSettings = {
  CACHE_DIR: z.string().default('.deja/cache').meta({
    unit: 'path',
    description:
      'The disk tier lives in this directory, on a local disk. All processes of a host share one. `off` switches the tier off.',
  }),
  CACHE_TTL: integer(1, YEAR_S).default(3600).meta({
    unit: 's',
    description: 'An answer stays fresh for this time unless its model says otherwise.',
  }),
  CACHE_KEEP_STALE: integer(0, YEAR_S).default(3600).meta({
    unit: 's',
    description:
      'The cache keeps a stale answer for this time, for clients that accept one (`max-stale`, `stale-if-error`).',
  }),
  CACHE_TIER_DEADLINE_MS: integer(1, 10_000).default(50).meta({
    unit: 'ms',
    description:
      'A look-up waits for a tier for this time, then goes on without it. After three such waits in a row the tier is skipped for a second.',
  }),
  CACHE_TTL_JITTER: z.coerce.number().min(0).max(0.5).default(0.05).meta({
    unit: 'share',
    description:
      'The cache shortens each lifetime by up to this share (0 to 0.5), so that entries do not all expire together.',
  }),
  CACHE_MAX_REDIS_MB: integer(1).default(256).meta({
    unit: 'MB',
    description:
      "Entries take at most this much of the queue's Redis. With `CACHE_REDIS_URL` this setting has no effect: set `maxmemory` there.",
  }),
  CACHE_MAX_DISK_MB: integer(1).default(1024).meta({
    unit: 'MB',
    description: 'Entries take at most this much of the disk.',
  }),
} as const;

/** The API reads these: it alone keeps entries in memory and serves them. */
export const servingSettings = {
  CACHE_MAX_SIZE: integer(1).default(10_000).meta({
    unit: 'entries',
    description: 'The memory tier holds at most this many entries.',
  }),
  CACHE_MAX_MEMORY_MB: integer(1).default(128).meta({
    unit: 'MB',
    description: 'Entries take at most this much memory, overhead included.',
  }),
  MAX_INVALIDATIONS_PER_MINUTE: integer(1, 1_000_000).default(600).meta({
    unit: 'invalidations',
    description:
      'All API processes together take at most this many invalidations in a minute, of each tenant apart; they answer further ones with 429. An invalidation pushes an older one out of the log, and entries from before that one become misses. With `QUEUE_SHARDS` this holds for each log.',
  }),
  SERVE_UNVERIFIED_S: integer(0).default(300).meta({
    unit: 's',
    description:
      'An API that cannot reach the invalidation log goes on serving what it has for this time. `0`: it serves nothing then.',
  }),
  LOG_RESTART: z.enum(['keep', 'rotate']).default('keep').meta({
    description:
      "`rotate`: after a restart or a replacement of the queue's Redis, nothing older is served. Choose it for a Redis that does not persist, or that fails over.",
  }),
} as const;

type CacheEnv = z.output<z.ZodObject<typeof cacheSettings>>;
type ServingEnv = z.output<z.ZodObject<typeof servingSettings>>;

export const cacheConfigOf = (env: CacheEnv) => ({
  cacheDir: env.CACHE_DIR === 'off' ? undefined : env.CACHE_DIR,
  cacheTtlMs: env.CACHE_TTL * 1000,
  cacheKeepStaleMs: env.CACHE_KEEP_STALE * 1000,
  cacheTierDeadlineMs: env.CACHE_TIER_DEADLINE_MS,
  cacheTtlJitter: env.CACHE_TTL_JITTER,
  cacheMaxRedisBytes: env.CACHE_MAX_REDIS_MB * MB,
  cacheMaxDiskBytes: env.CACHE_MAX_DISK_MB * MB,
});

export const servingConfigOf = (env: ServingEnv) => ({
  cacheMaxEntries: env.CACHE_MAX_SIZE,
  cacheMaxMemoryBytes: env.CACHE_MAX_MEMORY_MB * MB,
  maxInvalidationsPerMinute: env.MAX_INVALIDATIONS_PER_MINUTE,
  serveUnverifiedMs: env.SERVE_UNVERIFIED_S * 1000,
  logRestart: env.LOG_RESTART,
});
