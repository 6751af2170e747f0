import { z } from 'zod';
import { modelCounts } from '../cache/schema.ts';
import { cacheKey, tierName, time } from '../wire/schema.ts';

export const model = z
  .object({
    name: z.string(),
    version: z.int(),
    engine: z.string().optional(),
    lane: z.enum(['short', 'long']),
    scope: z.enum(['shared', 'tenant']),
    timeout_ms: z.number(),
    max_queue_ms: z.number().optional(),
    per_slot: z.int(),
    cache: z.union([
      z.literal(false),
      z.object({
        fresh_ms: z.number(),
        stale_ms: z.number(),
        stale_if_error_ms: z.number(),
        eager_refresh: z.number().optional(),
      }),
    ]),
    input: z.record(z.string(), z.unknown()),
    output: z.record(z.string(), z.unknown()),
    urls: z.object({ run: z.string() }),
    live: modelCounts
      .extend({
        queued: z.int(),
        running: z.int(),
        usual_ms: z.number().optional(),
        workers: z.int(),
        workers_of_other_versions: z.int(),
      })
      .optional()
      .meta({ description: 'Absent while the queue cannot be reached' }),
  })
  .meta({ id: 'Model' });

export const models = z.object({ models: z.array(model) });

export const fittedModels = z
  .object({
    model_id: z.string(),
    models: z.array(
      z.object({
        key: cacheKey,
        trained_at: time,
        training_time_ms: z.number(),
        points: z.int(),
        from: time,
        through: time,
        freq: z.string(),
        rmse: z.number(),
        options: z.record(z.string(), z.unknown()),
        tier: tierName,
        bytes: z.int(),
        kept_until: time,
        uses: z.int(),
        last_used_at: time.optional(),
      }),
    ),
  })
  .meta({ id: 'FittedModels' });
