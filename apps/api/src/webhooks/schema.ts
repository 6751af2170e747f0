import { z } from 'zod';
import { time } from '../wire/schema.ts';

export const webhookStatus = {
  url: z.string().meta({ description: 'Without its query' }),
  status: z.enum(['waiting', 'none', 'pending', 'delivered', 'gone', 'dead']),
  attempts: z.int(),
  last_status_code: z.int().optional(),
  next_attempt_at: time.optional(),
};

export const delivery = z
  .object({
    delivery_id: z.string().meta({ description: 'The `webhook-id` of every attempt' }),
    job_id: z.string(),
    type: z.string(),
    created_at: time,
    ...webhookStatus,
    log: z.array(
      z.object({
        at: time,
        duration_ms: z.number(),
        outcome: z.string().meta({ description: '`delivered`, `gone`, or why it failed' }),
        status_code: z.int().optional(),
      }),
    ),
  })
  .meta({ id: 'Delivery' });

export const deliveries = z.object({ deliveries: z.array(delivery) });
