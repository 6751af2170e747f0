import { z } from 'zod';
import type { Limits } from '../limits.ts';
import { parseFreq } from './freq.ts';
import { parseRows } from './rows.ts';

const seasonality = z
  .union([z.literal('auto'), z.boolean(), z.int().min(1).max(30)], {
    error: 'must be "auto", true, false, or a Fourier order from 1 to 30',
  })
  .default('auto');

const options = z.strictObject({
  yearly_seasonality: seasonality,
  weekly_seasonality: seasonality,
  daily_seasonality: seasonality,
  seasonality_mode: z.enum(['additive', 'multiplicative']).default('additive'),
  interval_width: z.number().gt(0).lt(1).default(0.8),
});

const freq = z.string().transform((code, context) => {
  const parsed = parseFreq(code);
  if (parsed !== undefined) return parsed;
  const message =
    'unknown frequency: use D, B, W, W-MON…, MS, ME, QS, QE, YS, YE, h, min or s, ' +
    'with a multiple if you like ("15min")';
  context.issues.push({ code: 'custom', message, input: code });
  return z.NEVER;
});

/** What `POST /forecast` takes. Parsing turns the rows into columns and reads `freq`. */
export function forecastInput({ maxPoints, maxPeriods }: Limits) {
  const data = z.unknown().meta({
    type: 'array',
    minItems: 2,
    maxItems: maxPoints,
    description: 'The series, in any order. Dates all without a time zone, or all with one.',
    items: {
      type: 'object',
      properties: {
        ds: { type: 'string', description: 'ISO 8601 date, or date and time', minLength: 10 },
        y: { type: ['number', 'null'], minimum: -1e15, maximum: 1e15, description: 'null: a gap' },
      },
      required: ['ds', 'y'],
      additionalProperties: false,
    },
  });
  return z.strictObject({
    model_id: z
      .string()
      .min(1)
      .max(200)
      .refine((id) => id.isWellFormed(), { error: 'holds half of a surrogate pair' }),
    data: data.transform((rows, context) => {
      const { columns, issues } = parseRows(rows, maxPoints);
      for (const issue of issues) context.issues.push({ code: 'custom', ...issue, input: rows });
      return columns;
    }),
    periods: z.int().min(1).max(maxPeriods),
    freq: freq.optional(),
    options: options.prefault({}),
  });
}

/** What `compute` gives; `forecastMembers` makes the members of the answer of it. */
export const forecastOutput = z.strictObject({
  forecast: z.array(
    z.strictObject({
      ds: z.string(),
      yhat: z.number(),
      /** Absent when `uncertainty_samples` is 0. */
      yhat_lower: z.number().optional(),
      yhat_upper: z.number().optional(),
    }),
  ),
  model_id: z.string(),
  /** The last date that had a y. */
  trained_through: z.string(),
  /** How many rows had a y. */
  points: z.int(),
  training_time_ms: z.number(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

export type ForecastBody = z.output<ReturnType<typeof forecastInput>>;
export type ForecastOutput = z.output<typeof forecastOutput>;
