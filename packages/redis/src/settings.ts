/** Where Redis is. API and workers read these, and must be given the same values. */
import { z } from 'zod';
import { parseRedisUrl, RedisUrlError } from './address.ts';

const redisUrl = z.string().check(({ value, issues }) => {
  try {
    parseRedisUrl(value);
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error;
    issues.push({ code: 'custom', message: error.message, input: 'a URL' });
  }
});

export const redisSettings = {
  REDIS_URL: redisUrl.optional().meta({
    unit: 'URL',
    description:
      'This Redis holds runs, jobs and the invalidation log: `redis://`, `unix://`, `redis-sentinel://host:26379,host:26379/name` or `redis+cluster://host:6379,host:6379`, and with TLS `rediss://`, `rediss-sentinel://`, `rediss+cluster://`. Run it with `maxmemory-policy noeviction`: an evicted key is a lost job.',
  }),
  REDIS_HOST: z.string().default('127.0.0.1').meta({
    description: 'Deja finds that Redis on this host unless `REDIS_URL` is set.',
  }),
  REDIS_PORT: z.coerce.number().int().min(1).max(65_535).default(6379).meta({
    description: 'Deja finds that Redis at this port unless `REDIS_URL` is set.',
  }),
  CACHE_REDIS_URL: redisUrl.optional().meta({
    unit: 'URL',
    description:
      'A second Redis, in the same forms, holds cache entries only; it may evict. Without it, entries share the first one and `CACHE_MAX_REDIS_MB` bounds them.',
  }),
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/)
    .default('deja')
    .meta({
      description:
        'Every key in Redis begins with this, so several installations can share a server: at most 32 of `a-z 0-9 _ -`.',
    }),
} as const;

type RedisEnv = z.output<z.ZodObject<typeof redisSettings>>;

export const redisConfigOf = (env: RedisEnv) => ({
  redisUrl: env.REDIS_URL ?? `redis://${env.REDIS_HOST}:${env.REDIS_PORT}`,
  cacheRedisUrl: env.CACHE_REDIS_URL,
  redisPrefix: env.REDIS_PREFIX,
});
