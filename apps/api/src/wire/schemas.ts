/**
 * The API's answers as zod schemas. The OpenAPI document is generated from them, and tests check
 * answers against them.
 */
import { crossValidationOutput } from '@deja/models';
import { z } from 'zod';
import { webhookSchema } from '../webhooks/subscription.ts';

const time = z.iso.datetime();
const cacheKey = z.string().regex(/^[0-9a-f]{64}$/);

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const answerHead = z.object({
  job_id: z
    .string()
    .optional()
    .meta({ description: 'A finished job, from the cache, whose webhook is called' }),
  cached: z.boolean(),
  cache_hit: z.enum(['memory', 'redis', 'disk', 'none']),
  cache_key: cacheKey,
});

const modelIdentity = z.object({
  name: z.string(),
  version: z.int(),
  engine: z.string().optional(),
});

const prediction = answerHead
  .extend({
    result: z.object({
      sentiment: z.enum(['positive', 'negative', 'neutral']),
      confidence: z.number().min(0).max(1),
    }),
    model: modelIdentity,
    inference_time_ms: z.number(),
  })
  .meta({ id: 'Prediction' });

const forecast = answerHead
  .extend({
    forecast: z.array(
      z.object({
        ds: z.string(),
        yhat: z.number(),
        yhat_lower: z.number().optional(),
        yhat_upper: z.number().optional(),
      }),
    ),
    components: z
      .object({
        trend: z.array(z.number()),
        seasonalities: z.record(z.string(), z.array(z.number())),
        holidays: z.record(z.string(), z.array(z.number())),
        regressors: z.record(z.string(), z.array(z.number())),
        additive_terms: z.array(z.number()),
        multiplicative_terms: z.array(z.number()),
      })
      .optional(),
    model_id: z.string(),
    generated_at: time,
    model: modelIdentity.extend({
      source: z.enum(['trained', 'cached', 'reused']),
      reason: z.string(),
      cache_hit: z.enum(['memory', 'redis', 'disk', 'none']),
      trained_at: time,
      trained_through: z.string(),
      points: z.int(),
      data_change: z.number(),
      training_time_ms: z.number(),
    }),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  })
  .meta({ id: 'Forecast' });

const validationRuns = z.array(
  z.object({
    cutoff: z.string(),
    cache_key: cacheKey,
    done: z.boolean(),
    job_id: z.string().optional(),
    urls: z.object({ self: z.string(), result: z.string(), events: z.string() }).optional(),
  }),
);

const crossValidation = crossValidationOutput
  .extend({ cached: z.boolean(), runs: validationRuns })
  .meta({ id: 'CrossValidation' });

const crossValidationPending = z
  .object({
    status: z.literal('running'),
    total: z.int(),
    done: z.int(),
    runs: validationRuns,
  })
  .meta({ id: 'CrossValidationPending' });

/** The answer of any model: its own members beside those that every answer has. */
const answer = answerHead.loose().meta({ id: 'Answer' });

const accepted = z
  .object({
    job_id: z.string(),
    status: z.literal('queued'),
    cached: z.literal(false),
    cache_hit: z.literal('none'),
    cache_key: cacheKey,
    deduplicated: z.boolean(),
    retained_until: time,
    urls: z.object({ self: z.string(), result: z.string(), events: z.string() }),
  })
  .meta({ id: 'Accepted' });

const webhookStatus = {
  url: z.string().meta({ description: 'Without its query' }),
  status: z.enum(['waiting', 'none', 'pending', 'delivered', 'gone', 'dead']),
  attempts: z.int(),
  last_status_code: z.int().optional(),
  next_attempt_at: time.optional(),
};

const job = z
  .object({
    job_id: z.string(),
    status: z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired']),
    model: z.object({ name: z.string(), version: z.int() }),
    cache_key: cacheKey,
    deduplicated: z.boolean(),
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

const delivery = z
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

const event = z
  .object({
    type: z.string().meta({ example: 'job.completed' }),
    timestamp: time,
    data: job.omit({ webhook: true }).extend({
      result_url: z.string().optional().meta({ description: 'In place of a large `result`' }),
    }),
  })
  .meta({ id: 'WebhookEvent' });

const modelFigures = z.object({
  hits: z.number(),
  misses: z.number(),
  stale: z.number(),
  bypass: z.number(),
  collapsed: z.number(),
  compute_seconds_saved: z.number(),
});

const modelDescription = z
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
    live: modelFigures
      .extend({
        queued: z.int(),
        running: z.int(),
        usual_ms: z.number().optional(),
        workers: z.int(),
        workers_of_other_versions: z.int(),
      })
      .optional()
      .meta({ description: 'absent while the queue cannot be reached' }),
  })
  .meta({ id: 'Model' });

const models = z.object({ models: z.array(modelDescription) });

const tier = z.object({
  hits: z.number(),
  misses: z.number(),
  size: z.number(),
  bytes: z.number(),
  max_bytes: z.number(),
  evictions: z.number(),
  errors: z.number(),
  breaker: z.enum(['closed', 'open']),
});

const stats = z
  .object({
    hits: z.number(),
    misses: z.number(),
    hit_ratio: z.number(),
    size: z.number(),
    max_size: z.number(),
    evictions: z.number(),
    ttl_seconds: z.number(),
    memory_mb: z.number(),
    stale: z.number(),
    bypass: z.number(),
    collapsed: z.number(),
    fenced: z.number(),
    compute_seconds_saved: z.number(),
    tiers: z.object({ memory: tier, redis: tier, disk: tier }),
    models: z.record(z.string(), modelFigures),
    replica: z.string(),
    own: z.record(z.string(), z.number()),
    since: time,
  })
  .meta({ id: 'Stats' });

const entry = z
  .object({
    key: cacheKey,
    model: z.string(),
    tags: z.array(z.string()),
    tier: z.enum(['memory', 'redis', 'disk']),
    state: z.enum(['fresh', 'stale']),
    bytes: z.int(),
    created_at: time,
    fresh_until: time,
    stale_until: time,
    age: z.int(),
    ttl: z.int(),
    compute_ms: z.number(),
    token: z.object({ epoch: z.number(), seq: z.number(), id: z.string() }),
    computation: z.int(),
    tiers: z.partialRecord(
      z.enum(['memory', 'redis', 'disk']),
      z.enum(['absent', 'fresh', 'stale', 'fenced']),
    ),
  })
  .meta({ id: 'Entry' });

const fittedModels = z
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
        tier: z.enum(['memory', 'redis', 'disk']),
        bytes: z.int(),
        kept_until: time,
        uses: z.int(),
        last_used_at: time.optional(),
      }),
    ),
  })
  .meta({ id: 'FittedModels' });

const invalidated = z
  .object({ message: z.string(), scope: z.string(), seq: z.number() })
  .meta({ id: 'Invalidated' });

const readiness = z
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

/** Most questions in a batch. */
const MAX_BATCH = 1000;

const batch = z.strictObject({
  model: z.string(),
  inputs: z.array(z.unknown()).min(1).max(MAX_BATCH),
  webhook: webhookSchema.optional(),
});

const batchAnswer = z.object({
  items: z.array(z.object({ status: z.int(), body: z.record(z.string(), z.unknown()) })),
});

export const schemas = {
  accepted,
  answer,
  batch,
  batchAnswer,
  crossValidation,
  crossValidationPending,
  deliveries: z.object({ deliveries: z.array(delivery) }),
  delivery,
  entry,
  event,
  fittedModels,
  forecast,
  health: z.object({ status: z.literal('ok') }),
  invalidated,
  job,
  model: modelDescription,
  models,
  prediction,
  problem,
  readiness,
  stats,
};
