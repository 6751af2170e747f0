import { MISS_REASONS } from '@deja/jobs';
import { z } from 'zod';
import { cacheKey, tierName, time } from '../wire/schema.ts';

const missReasons = z.partialRecord(z.enum(MISS_REASONS), z.number()).meta({
  description: 'Questions that the cache did not answer, by reason; what never held is absent',
});

export const modelCounts = z.object({
  hits: z.number(),
  misses: z.number(),
  stale: z.number(),
  bypass: z.number(),
  collapsed: z.number(),
  compute_seconds_saved: z.number(),
});

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

export const statsQuery = z.object({
  tenant: z.string().min(1).optional().meta({
    description: 'Of this tenant; with the scope `admin`. Default: of your own, with it of all',
  }),
});

const ofAll = { description: 'Of all tenants together: absent from the figures of one' };

export const stats = z
  .object({
    tenant: z.string().optional().meta({ description: 'Whose figures these are. Absent: of all' }),
    hits: z.number(),
    misses: z.number(),
    hit_ratio: z.number(),
    size: z.number().optional().meta(ofAll),
    max_size: z.number().optional().meta(ofAll),
    evictions: z.number().optional().meta(ofAll),
    ttl_seconds: z.number(),
    memory_mb: z.number().optional().meta(ofAll),
    stale: z.number(),
    bypass: z.number(),
    collapsed: z.number(),
    fenced: z.number().optional().meta(ofAll),
    compute_seconds_saved: z.number(),
    miss_reasons: missReasons,
    tiers: z.object({ memory: tier, redis: tier, disk: tier }).optional().meta(ofAll),
    models: z.record(z.string(), modelCounts.extend({ miss_reasons: missReasons })),
    replica: z.string().optional().meta(ofAll),
    own: z.record(z.string(), z.number()).optional().meta(ofAll),
    since: time,
  })
  .meta({ id: 'Stats' });

export const entry = z
  .object({
    key: cacheKey,
    model: z.string(),
    tags: z.array(z.string()),
    tier: tierName,
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
    tiers: z.partialRecord(tierName, z.enum(['absent', 'fresh', 'stale', 'fenced'])),
  })
  .meta({ id: 'Entry' });

const invalidationSeq = z.union([z.number(), z.record(z.string(), z.number())]).meta({
  description:
    'The number of the record; where the queue has several shards, that of each by the number of the shard. `X-Cache-Min-Seq` takes it back, the object as JSON',
});

export const invalidated = z
  .object({ message: z.string(), scope: z.string(), seq: invalidationSeq })
  .meta({ id: 'Invalidated' });
