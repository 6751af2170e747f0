import { MISS_REASONS } from '@deja/jobs';
import { z } from 'zod';
import { webhookStatus } from '../webhooks/schema.ts';
import { cacheKey, problem, time } from '../wire/schema.ts';

export const jobStatus = z.enum([
  'queued',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'expired',
]);

export const missReason = z
  .enum(MISS_REASONS)
  .meta({ description: 'Why the cache did not answer: the first that holds' });

export const job = z
  .object({
    job_id: z.string(),
    status: jobStatus,
    model: z.object({ name: z.string(), version: z.int() }),
    cache_key: cacheKey,
    deduplicated: z.boolean(),
    miss_reason: missReason.optional(),
    created_at: time,
    started_at: time.optional(),
    finished_at: time.optional(),
    deadline_at: time,
    retained_until: time,
    queue_position: z.int().optional(),
    estimated_ready_at: time.optional(),
    progress: z
      .object({ fraction: z.number().min(0).max(1), stage: z.string().optional() })
      .optional(),
    webhook: z.object(webhookStatus).optional(),
    result: z.record(z.string(), z.unknown()).optional(),
    error: problem.optional(),
  })
  .meta({ id: 'Job' });

/** The body of a webhook. */
export const jobEvent = z
  .object({
    type: z.string().meta({ example: 'job.completed' }),
    timestamp: time,
    data: job.omit({ webhook: true }).extend({
      result_url: z.string().optional().meta({ description: 'In place of a large `result`' }),
    }),
  })
  .meta({ id: 'WebhookEvent' });
