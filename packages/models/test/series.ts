import type { ComputeContext, Model } from '../src/define-model.ts';

/** A context that nobody cancels. */
export const context: ComputeContext = {
  signal: new AbortController().signal,
  progress() {},
  artefacts: { read: async () => undefined, write() {} },
  beginLongWork() {},
  freshFor() {},
  count() {},
  note() {},
};

export interface Row {
  ds: string;
  y: number | null;
}

/** Rows of one a day from 2020-01-01. */
export function daily(count: number, y: (at: number) => number | null, start = '2020-01-01') {
  return every(86_400, count, y, start).map((row): Row => ({ ...row, ds: row.ds.slice(0, 10) }));
}

/** Rows of one every `seconds`, as local date-times. */
export function every(
  seconds: number,
  count: number,
  y: (at: number) => number | null,
  start = '2020-01-01',
): Row[] {
  const from = Date.parse(`${start}T00:00:00Z`);
  return Array.from({ length: count }, (_, at) => ({
    ds: new Date(from + at * seconds * 1000).toISOString().slice(0, 19),
    y: y(at),
  }));
}

/** Repeatable noise in -0.5..0.5. */
export function noise(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
}

export interface ForecastAnswer {
  forecast: { ds: string; yhat: number; yhat_lower: number; yhat_upper: number }[];
  components?: {
    trend: number[];
    seasonalities: Record<string, number[]>;
    holidays: Record<string, number[]>;
    regressors: Record<string, number[]>;
    additive_terms: number[];
    multiplicative_terms: number[];
  };
  model_id: string;
  generated_at: string;
  model: Record<string, unknown>;
  warnings: { code: string; message: string }[];
}

/** Prepares, sends the input through JSON as a queue would, and computes. */
export async function answer(model: Model, body: unknown): Promise<ForecastAnswer> {
  const input = JSON.parse(JSON.stringify(model.prepare(body).input));
  return (await model.run(input, context)) as unknown as ForecastAnswer;
}

/** The issues with which `prepare` refuses a body, as `path: message`. */
export function refusals(model: Model, body: unknown): string[] {
  try {
    model.prepare(body);
  } catch (error) {
    const { issues } = error as { issues?: { path: string; message: string }[] };
    if (issues === undefined) throw error;
    return issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}
