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

export const readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'starting', 'draining']),
    checks: z.object({
      redis: z.enum(['ok', 'down']),
      cache_redis: z.enum(['ok', 'down']),
      disk: z.enum(['ok', 'off']),
      workers: z.int(),
    }),
  })
  .meta({ id: 'Readiness' });
