import { FACTORS } from '@deja/cache-core';
import { z } from 'zod';
import { tierName, time } from '../wire/schema.ts';

const ratio = z.number().min(0).max(1);
const saved = {
  lookup_seconds_saved: z.number().optional().meta({ description: 'Of memory' }),
  compute_seconds_saved: z.number().optional().meta({ description: 'Of the lowest bounded tier' }),
};

export const advice = z
  .object({
    sizes: z
      .array(
        z.object({
          tier: tierName,
          factor: z.literal([...FACTORS]).meta({ description: '1: the actual size' }),
          max_bytes: z.int(),
          hit_ratio: ratio,
          ...saved,
        }),
      )
      .meta({ description: 'Simulated: what a tier of this size would have answered' }),
    measured: z
      .array(z.object({ tier: tierName, hit_ratio: ratio, ...saved }))
      .meta({ description: 'What the tiers did answer' }),
    trusted: z.boolean().meta({
      description:
        '200 keys or more were sampled, and the actual size was simulated within 5 points',
    }),
    ttls: z
      .array(
        z.object({
          model: z.string(),
          factor: z.literal([...FACTORS]).meta({ description: '1: the actual lifetime' }),
          ttl_s: z.number(),
          hit_ratio: ratio,
          compute_seconds_saved: z.number(),
          unchanged_ratio: ratio
            .nullable()
            .meta({ description: 'Computations that gave the answer of the one before' }),
        }),
      )
      .meta({ description: 'Simulated, in a cache without bounds: other lifetimes of answers' }),
    since: time,
  })
  .meta({ id: 'Advice' });
