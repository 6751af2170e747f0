import { z } from 'zod';

export const health = z
  .object({
    status: z.literal('ok'),
    version: z.string(),
    wire: z.literal(1).meta({
      description: 'Version of this contract; a new one may break clients of the one before',
    }),
  })
  .meta({ id: 'Health' });

const REDIS_STATES = 'failing: connected, but Redis refuses what Deja needs';

export const readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'starting', 'draining']),
    checks: z.object({
      redis: z.enum(['ok', 'failing', 'down']).meta({ description: REDIS_STATES }),
      cache_redis: z.enum(['ok', 'failing', 'down']),
      disk: z.enum(['ok', 'off']),
      workers: z.int(),
    }),
    reasons: z.object({ redis: z.string().optional(), cache_redis: z.string().optional() }).meta({
      description: 'What is wrong with a Redis: what it replied, or why it is not reached',
    }),
  })
  .meta({ id: 'Readiness' });
