import { z } from 'zod';
import type { Limits } from '../settings.ts';
import { parseFreq, unknownFreq } from './freq.ts';
import { nullIsAbsent } from './null-members.ts';
import { forecastOptions } from './options-schema.ts';
import { type Columns, parseRows } from './rows.ts';

const freq = z.string().transform((code, context) => {
  const parsed = parseFreq(code.trim());
  if (parsed !== undefined) return parsed;
  context.issues.push({ code: 'custom', message: unknownFreq(code), input: code });
  return z.NEVER;
});

const value = { type: ['number', 'boolean'] } as const;
const ds = {
  type: 'string',
  description: 'ISO 8601 date, or date and time; docs/api.md lists other spellings',
  minLength: 4,
} as const;

/** The input of `POST /forecast`. Parsing turns the rows into columns and reads `freq`. */
export function forecastInput(limits: Limits) {
  const { maxPoints, maxPeriods } = limits;
  const options = forecastOptions(limits);
  const data = z.unknown().meta({
    type: 'array',
    minItems: 2,
    maxItems: maxPoints,
    description:
      'The series, in any order. Dates all without a time zone, or all with one. Beside y: cap, floor, and what the options name.',
    items: {
      type: 'object',
      properties: {
        ds,
        y: { type: ['number', 'null'], minimum: -1e15, maximum: 1e15, description: 'null: a gap' },
      },
      required: ['ds', 'y'],
      additionalProperties: { type: ['number', 'boolean', 'null'] },
    },
  });
  const future = z.unknown().meta({
    type: 'array',
    maxItems: maxPeriods,
    description: 'Values of cap, floor, regressors and conditions at the dates of the forecast.',
    items: { type: 'object', properties: { ds }, required: ['ds'], additionalProperties: value },
  });
  return z.strictObject(
    nullIsAbsent({
      model_id: z
        .string()
        .min(1)
        .max(200)
        .refine((id) => id.isWellFormed(), { error: 'holds half of a surrogate pair' }),
      data: data.transform(columnsOf({ maxRows: maxPoints, hasY: true })),
      periods: z
        .int()
        .min(1)
        .max(maxPeriods)
        .optional()
        .meta({ description: 'Steps of freq after the last date. Default: the dates of future' }),
      freq: freq.optional(),
      future: future
        .transform((rows, context): Columns | undefined =>
          rows === undefined
            ? undefined
            : columnsOf({ maxRows: maxPeriods, hasY: false })(rows, context),
        )
        .optional(),
      // Not a prefault, because it would parse the defaults of two dozen options for every body.
      options: options.default(options.parse({})),
    }),
  );
}

function columnsOf(rules: Parameters<typeof parseRows>[1]) {
  return (rows: unknown, context: z.core.ParsePayload): Columns => {
    const { columns, issues } = parseRows(rows, rules);
    for (const issue of issues) context.issues.push({ code: 'custom', ...issue, input: rows });
    return columns;
  };
}

/** What `compute` gives; `forecastMembers` makes the members of the answer of it. */
export const forecastOutput = z.strictObject({
  forecast: z.array(
    z
      .object({
        ds: z.string(),
        yhat: z.number(),
        /** Absent if `uncertainty_samples` is 0. */
        yhat_lower: z.number().optional(),
        yhat_upper: z.number().optional(),
      })
      // yhat_lower_50, yhat_upper_50 and so on: of `interval_widths`.
      .catchall(z.number()),
  ),
  /** Columns beside `forecast`, if requested. docs/api.md says how they add up to yhat. */
  components: z
    .strictObject({
      trend: z.array(z.number()),
      seasonalities: z.record(z.string(), z.array(z.number())),
      holidays: z.record(z.string(), z.array(z.number())),
      regressors: z.record(z.string(), z.array(z.number())),
      additive_terms: z.array(z.number()),
      multiplicative_terms: z.array(z.number()),
    })
    .optional(),
  model_id: z.string(),
  /** Where the model came from; see docs/api.md. */
  model: z.strictObject({
    source: z.enum(['trained', 'cached', 'reused']),
    reason: z.string(),
    cache_hit: z.enum(['memory', 'redis', 'disk', 'none']),
    trained_at: z.iso.datetime(),
    /** The last date that had a y. */
    trained_through: z.string(),
    /** How many rows had a y. */
    points: z.int(),
    data_change: z.number().min(0),
    training_time_ms: z.number(),
    /** The last date that had a y, and a step of freq on; written like ds. */
    next_point_due: z.string(),
  }),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

/** The members of an answer: what was computed, and when and by which model. */
export const forecastAnswer = forecastOutput.extend({
  generated_at: z.iso.datetime(),
  model: forecastOutput.shape.model.extend({
    name: z.string(),
    version: z.int(),
    engine: z.string(),
  }),
});

export type ForecastAnswer = z.input<typeof forecastAnswer>;
export type ForecastBody = z.output<ReturnType<typeof forecastInput>>;
export type ForecastOutput = z.output<typeof forecastOutput>;
