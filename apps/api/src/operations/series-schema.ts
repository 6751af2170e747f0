/** What operators and data scientists read about series. */
import { z } from 'zod';
import { time } from '../wire/schema.ts';

const share = z.number().min(0);
const tenant = z.string().meta({ description: 'Whose it is; `default` without keys' });

const decision = z.object({
  at: time,
  source: z.enum(['trained', 'cached', 'reused']),
  reason: z.string().meta({
    description: 'same_series, small_change, no_model, model_too_old, data_changed, model_degraded',
  }),
  data_change: share.meta({ description: 'Share of the points that differ from the kept model’s' }),
  points: z.int(),
  trained_at: time.meta({ description: 'When the model that answered was trained' }),
  error_training: z.number().optional().meta({
    description: 'Root mean square error of the model that answered, on what it was trained on',
  }),
  error_new: z.number().optional().meta({
    description: 'The same of the kept model, on points that it had not seen',
  }),
  error_ratio: z.number().optional().meta({
    description: 'error_new over the kept model’s error in training',
  }),
  coverage: z.number().optional().meta({
    description: 'Share of the new points within the band of 80 %',
  }),
  new_points: z.int(),
  took_ms: z.number(),
});

const line = z.object({
  model_id: z.string(),
  tenant,
  asked_at: time,
  trained_at: time,
  age_s: z.number().meta({ description: 'Of the model that answered last' }),
  last_decision: decision,
  error_ratio: z.number().optional().meta({ description: 'The last that could be told' }),
  coverage: z.number().optional(),
});

export const seriesList = z
  .object({ series: z.array(line), next_cursor: z.string().optional() })
  .meta({ id: 'SeriesList' });

export const series = z
  .object({
    model_id: z.string(),
    tenant,
    decisions: z.array(decision).meta({ description: 'The last 100, the newest first' }),
    came: z
      .object({
        ds: z.array(z.string()),
        y: z.array(z.number()),
        yhat: z.array(z.number()),
        yhat_lower: z.array(z.number()),
        yhat_upper: z.array(z.number()),
        made_at: z.array(time).meta({ description: 'When the model was trained that said so' }),
      })
      .meta({ description: 'What was forecast for the last points before they came, by ds' }),
    accuracy: z
      .object({
        points: z.int(),
        mean_error_share: z.number().optional().meta({
          description: 'Sum of |y - yhat| over the sum of |y|',
        }),
        within_band: z.number().meta({ description: 'Share within the band of 80 %' }),
      })
      .optional()
      .meta({ description: 'Of what came. Absent: nothing has yet' }),
  })
  .meta({ id: 'Series' });

export const seriesPlot = z
  .object({
    model_id: z.string(),
    trained_at: time,
    freq: z.string(),
    ds: z
      .array(z.string())
      .meta({ description: 'The last points of the series, then the forecast' }),
    y: z.array(z.number().nullable()),
    yhat: z.array(z.number()),
    yhat_lower: z.array(z.number()),
    yhat_upper: z.array(z.number()),
    components: z.record(z.string(), z.array(z.number())).meta({
      description: 'trend, each seasonality, holidays; columns beside ds',
    }),
    changepoints: z.array(z.object({ ds: z.string(), delta: z.number() })),
  })
  .meta({ id: 'SeriesPlot' });
