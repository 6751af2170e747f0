/** Prophet's options under Prophet's names: https://facebook.github.io/prophet/docs/ */
import { z } from 'zod';
import type { Limits } from '../settings.ts';
import { countryCode } from './country-holidays.ts';
import { parseDs } from './ds.ts';
import { nullIsAbsent } from './null-members.ts';
import { reuseOptions } from './reuse-options.ts';

/** Beyond this, a double no longer resolves the unit, and a forecast would be noise. */
export const MAX_ABS_VALUE = 1e15;
/** With more changepoints and a loose prior, a trend follows every point. Prophet's default is 25. */
const MAX_CHANGEPOINTS = 1000;
const MAX_SEASONALITIES = 30;
const MAX_WIDTHS = 20;
const MAX_WINDOW_DAYS = 366;
/** Names that Prophet reserves, and names of a row's members. */
const RESERVED =
  /^(__proto__|ds|y|cap|floor|y_scaled|cap_scaled|(trend|additive_terms|multiplicative_terms|daily|weekly|yearly|holidays|zeros|extra_regressors_additive|extra_regressors_multiplicative|yhat)(_lower|_upper)?)$/;
const BUILT_IN = /^(daily|weekly|yearly)$/;

const mode = z.enum(['additive', 'multiplicative']);
const value = z.number().min(-MAX_ABS_VALUE).max(MAX_ABS_VALUE);
const priorScale = z.number().min(1e-9).max(1e9);

const plainName = z
  .string()
  .min(1)
  .max(200)
  .refine((name) => name.isWellFormed(), { error: 'holds half of a surrogate pair' });
const name = plainName.refine((text) => !RESERVED.test(text), { error: 'this name is reserved' });
const seasonalityName = plainName.refine((text) => BUILT_IN.test(text) || !RESERVED.test(text), {
  error: 'this name is reserved',
});

/** Which local time it is in depends on the series. */
export const date = z.string().transform((text, context) => {
  const parsed = parseDs(text);
  if (typeof parsed !== 'string') return parsed;
  context.issues.push({ code: 'custom', message: parsed, input: text });
  return z.NEVER;
});

/** Codes are upper case, as the rest of the code has them. */
const country = z.string().transform((code, context) => {
  const known = countryCode(code);
  if (known.code !== undefined) return known.code;
  context.issues.push({ code: 'custom', message: known.refused, input: code });
  return z.NEVER;
});

export function forecastOptions(limits: Limits) {
  const order = z.int().min(1).max(limits.maxFourierOrder);
  const builtIn = z
    .union([z.literal('auto'), z.boolean(), z.int().min(0).max(limits.maxFourierOrder)], {
      error: `must be "auto", true, false, or a Fourier order from 0 (off) to ${limits.maxFourierOrder}`,
    })
    .default('auto');
  return z.strictObject(
    nullIsAbsent({
      growth: z.enum(['linear', 'logistic', 'flat']).default('linear'),
      cap: value.optional().meta({ description: 'Of logistic growth: the same at every date' }),
      floor: value.optional().meta({ description: 'Of logistic growth: the same at every date' }),
      changepoints: z.array(date).max(MAX_CHANGEPOINTS).optional(),
      n_changepoints: z.int().min(0).max(MAX_CHANGEPOINTS).default(25),
      changepoint_range: z.number().min(0).max(1).default(0.8),
      changepoint_prior_scale: priorScale.default(0.05),
      yearly_seasonality: builtIn,
      weekly_seasonality: builtIn,
      daily_seasonality: builtIn,
      seasonality_mode: mode.default('additive'),
      seasonality_prior_scale: priorScale.default(10),
      seasonalities: z
        .array(
          z.strictObject(
            nullIsAbsent({
              name: seasonalityName,
              period: z.number().min(1e-5).max(1e6).meta({ description: 'Unit: days' }),
              fourier_order: order,
              prior_scale: priorScale.optional(),
              mode: mode.optional(),
              condition_name: name.optional(),
            }),
          ),
        )
        .max(MAX_SEASONALITIES)
        .default([]),
      holidays: z
        .array(
          z.strictObject(
            nullIsAbsent({
              holiday: name,
              ds: date,
              lower_window: z.int().min(-MAX_WINDOW_DAYS).max(0).default(0),
              upper_window: z.int().min(0).max(MAX_WINDOW_DAYS).default(0),
              prior_scale: priorScale.optional(),
            }),
          ),
        )
        .max(limits.maxHolidayDays)
        .default([]),
      holidays_prior_scale: priorScale.default(10),
      holidays_mode: mode.optional(),
      country_holidays: country.optional().meta({
        description: 'ISO 3166-1 or 3166-2, e.g. "US" or "US-CA"',
      }),
      regressors: z
        .array(
          z.strictObject(
            nullIsAbsent({
              name,
              prior_scale: priorScale.optional(),
              standardize: z.union([z.literal('auto'), z.boolean()]).default('auto'),
              mode: mode.optional(),
            }),
          ),
        )
        .max(limits.maxRegressors)
        .default([]),
      scaling: z.enum(['absmax', 'minmax']).default('absmax'),
      interval_width: z.number().gt(0).lt(1).default(0.8),
      interval_widths: z.array(z.number().gt(0).lt(1)).max(MAX_WIDTHS).default([]).meta({
        description: 'Further intervals: 0.5 adds yhat_lower_50 and yhat_upper_50, and so on',
      }),
      uncertainty_samples: z
        .int()
        .min(0)
        .max(100_000)
        .default(1000)
        .meta({ description: 'Simulated paths of logistic growth; 0, with any growth: no bounds' }),
      include_history: z.boolean().default(false),
      components: z.boolean().default(false),
      ...reuseOptions(limits),
    }),
  );
}

export type ForecastOptions = z.output<ReturnType<typeof forecastOptions>>;
