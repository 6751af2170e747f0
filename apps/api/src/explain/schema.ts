import { z } from 'zod';
import { missReason } from '../jobs/schema.ts';
import { cacheKey, tierName, time } from '../wire/schema.ts';

export const question = z.strictObject({ model: z.string(), input: z.unknown() });

const difference = z.object({
  path: z.string().meta({
    description: 'A JSON Pointer into the input; `/model/version`, `/model/engine`',
  }),
  was: z.unknown().optional().meta({ description: 'Of short values of a forecast only' }),
  is: z.unknown().optional(),
  added: z.int().optional().meta({ description: 'Of the series: rows that are new' }),
  altered: z.int().optional(),
  removed: z.int().optional(),
  from: z.string().optional().meta({ description: 'The first date that differs' }),
});

export const explanation = z
  .object({
    cache_key: cacheKey,
    outcome: z.enum(['hit', 'stale', 'miss']),
    tier: tierName.optional(),
    reason: missReason.optional(),
    sentence: z.string(),
    nearest: z
      .object({ cache_key: cacheKey, asked_at: time, differs: z.array(difference) })
      .optional()
      .meta({ description: 'The earlier question that is most like this one' }),
  })
  .meta({ id: 'Explanation' });
