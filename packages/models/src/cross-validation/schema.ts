import { z } from 'zod';
import { nullIsAbsent } from '../forecast/null-members.ts';
import { date } from '../forecast/options-schema.ts';
import { forecastInput } from '../forecast/schema.ts';
import type { Limits } from '../settings.ts';
import { parseDuration } from './duration.ts';

/** Unit: seconds. */
const duration = z.union([z.string().max(100), z.number()]).transform((value, context) => {
  const seconds = typeof value === 'string' ? parseDuration(value) : value * 86_400;
  if (typeof seconds === 'number' && seconds > 0 && seconds < 1e12) return seconds;
  const message =
    typeof seconds === 'string'
      ? seconds
      : 'must be a length of time like "30 days" or "12 hours", or a number of days';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

/** The input of `POST /forecast/cross-validate`: a series, options, and Prophet's windows. */
export function crossValidationInput(limits: Limits) {
  return forecastInput(limits)
    .omit({ periods: true, future: true })
    .extend(
      nullIsAbsent({
        horizon: duration.meta({ description: 'How far each forecast goes' }),
        initial: duration.optional().meta({
          description: 'The least to learn from. Default: 3 horizons, or the longest seasonality',
        }),
        period: duration.optional().meta({
          description: 'Between two cutoffs. Default: half a horizon',
        }),
        cutoffs: z.array(date).min(1).max(limits.maxCutoffs).optional().meta({
          description: 'Instead of initial and period',
        }),
        rolling_window: z.number().min(0).max(1).default(0.1).meta({
          description: 'Share of all predictions in each window of the metrics',
        }),
      }),
    );
}

export type CrossValidationBody = z.output<ReturnType<typeof crossValidationInput>>;

const metric = z.number();

/** Its answer once all forecasts are there. */
export const crossValidationOutput = z.object({
  model_id: z.string(),
  cutoffs: z.array(z.string()),
  forecasts: z.array(
    z.object({
      cutoff: z.string(),
      ds: z.string(),
      y: z.number(),
      yhat: z.number(),
      yhat_lower: z.number().optional(),
      yhat_upper: z.number().optional(),
    }),
  ),
  performance: z.array(
    z.object({
      horizon: z.string(),
      mse: metric,
      rmse: metric,
      mae: metric,
      mape: metric.optional(),
      mdape: metric.optional(),
      smape: metric,
      coverage: metric.optional(),
    }),
  ),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});

export type CrossValidationOutput = z.output<typeof crossValidationOutput>;
