import { z } from 'zod';
import { time } from '../wire/schema.ts';
import { HISTORY_METRICS } from './metrics.ts';

export const history = z
  .object({
    metric: z.enum(HISTORY_METRICS),
    step: z.int().meta({ description: 'Unit: s' }),
    times: z.array(time).meta({ description: 'When each step began' }),
    values: z.record(z.string(), z.array(z.number().nullable())).meta({
      description: 'By series; null: nothing is known of that step',
    }),
  })
  .meta({ id: 'History' });
