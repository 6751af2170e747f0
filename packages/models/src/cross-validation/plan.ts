/**
 * Prophet's cross-validation (`cross_validation` of its diagnostics.py): the series is cut at several
 * dates, and each time the values after the cut are forecast from those before it.
 *
 * Every cutoff is a question to the model `forecast` with its own key. Ordinary runs compute it,
 * equal questions share it, and the cache keeps it. This module combines the answers.
 */

import { InputError } from '../errors.ts';
import { DAY_SECONDS } from '../forecast/calendar.ts';
import { formatDs, localDate } from '../forecast/ds.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { normaliseForecast } from '../forecast/normalise.ts';
import { issuesOf } from '../issues.ts';
import type { PreparedInput } from '../question-parts.ts';
import { DEFAULT_LIMITS, type Limits } from '../settings.ts';
import { cutoffsOf, givenCutoffs } from './cutoffs.ts';
import { formatDuration } from './duration.ts';
import { performanceMetrics } from './metrics.ts';
import {
  type CrossValidationBody,
  type CrossValidationOutput,
  crossValidationInput,
} from './schema.ts';
import { cutAt, pick, pointsAfter, type Window, windowAt } from './window.ts';

export interface CrossValidation {
  /** The cutoffs as the answer writes them, ascending. */
  readonly cutoffs: readonly string[];
  /**
   * One question to `forecast` for each cutoff, made as it is read: together they may be a hundred times
   * as large as the series.
   */
  readonly questions: Iterable<PreparedInput>;
  /** @param answers The payloads of the forecasts, in the order of the questions. */
  evaluate(answers: readonly ForecastMembers[]): Promise<CrossValidationOutput>;
}

/** The members of a forecast's answer that are read here. */
interface ForecastMembers {
  readonly forecast: readonly {
    readonly ds: string;
    readonly yhat: number;
    readonly yhat_lower?: number;
    readonly yhat_upper?: number;
  }[];
}

/** Most points of all questions together, because each carries its part of the series to the queue. */
const MAX_POINTS_SENT = 2_000_000;
const MAX_PREDICTIONS = 100_000;

/** Reads bodies of `POST /forecast/cross-validate`. Throws `InputError`, as `Model.prepare` does. */
export function createCrossValidation(limits: Partial<Limits> = {}) {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const schema = crossValidationInput(bounds);
  return {
    input: schema,
    plan(body: unknown): CrossValidation {
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw new InputError(issuesOf(parsed.error));
      return planOf(parsed.data, bounds);
    },
  };
}

function planOf(body: CrossValidationBody, limits: Limits): CrossValidation {
  const whole = normaliseSeries(body, limits);
  const { horizon } = body;
  const longestDays = whole.fit.seasonalities.reduce(
    (most, { period }) => Math.max(most, period),
    0,
  );
  const initial = body.initial ?? Math.max(3 * horizon, longestDays * 86_400);
  const cutoffs = body.cutoffs
    ? givenCutoffs(
        body.cutoffs.map((date) => localDate(date, whole.offsets)),
        whole.ds,
        horizon,
      )
    : cutoffsOf(
        whole.ds,
        { horizon, initial, period: body.period ?? horizon / 2 },
        limits.maxCutoffs,
      );
  const windows = cutoffs.map((cutoff, at) => windowAt(whole, cutoff, horizon, pathOf(body, at)));
  refuseTooMuch(windows, whole.answer.uncertainty_samples, limits);

  const hasTimes = cutoffs.some((cutoff) => cutoff % DAY_SECONDS !== 0);
  const style = { dateOnly: whole.date_only && !hasTimes, offsets: whole.offsets };
  const written = cutoffs.map((cutoff) => formatDs(Math.floor(cutoff), style));
  // The dates that are asked about are those of the series, and written like them.
  const format = (ds: number) => formatDs(ds, { ...style, dateOnly: whole.date_only });
  const learnt =
    (body.cutoffs ? (cutoffs[0] as number) - (whole.ds[0] as number) : initial) / 86_400;
  return {
    cutoffs: written,
    questions: {
      *[Symbol.iterator]() {
        const tags = ['model:forecast', `model_id:${whole.model_id}`];
        for (const window of windows) yield { input: cutAt(whole, window), tags };
      },
    },
    async evaluate(answers) {
      const rows = windows.flatMap((window, at) => {
        const { cutoff } = window;
        const byDate = new Map(answers[at]?.forecast.map((row) => [row.ds, row]));
        return pointsAfter(whole, window).map(({ ds, y }) => {
          const date = format(ds);
          const row = byDate.get(date);
          if (row === undefined) throw new Error(`the forecast of ${written[at]} has no ${date}`);
          const { yhat, yhat_lower, yhat_upper } = row;
          return { at, horizon: ds - cutoff, ds: date, y, yhat, yhat_lower, yhat_upper };
        });
      });
      const performance = await performanceMetrics(rows, body.rolling_window);
      return {
        model_id: whole.model_id,
        cutoffs: written,
        forecasts: rows.map(({ at, horizon: _, ...row }) => ({
          cutoff: written[at] as string,
          ...row,
        })),
        performance: performance.map((row) => ({ ...row, horizon: formatDuration(row.horizon) })),
        warnings: longestDays > learnt ? [shortInitial(longestDays)] : [],
      };
    },
  };
}

/** The points that have a y, with all their columns. */
function normaliseSeries(body: CrossValidationBody, limits: Limits): ForecastInput {
  // It asks about one of its own rows, so that it needs nothing but the series.
  const { data } = body;
  const row = Math.max(
    0,
    data.y.findLastIndex((y) => y !== null),
  ); // others may lack columns
  const extra = new Map(Array.from(data.extra, ([name, column]) => [name, [column[row]]]));
  const zones = data.zones && [data.zones[row] as number];
  const future = { ...data, ds: [data.ds[row] as number], zones, y: [], extra };
  const { model_id, freq, options } = body;
  const input = normaliseForecast(
    { model_id, data, freq, options, future, periods: undefined },
    limits,
  );
  const rows = input.y.flatMap((y, at) => (y === null ? [] : [at]));
  const { future: _, freq_of_dates: __, ...rest } = input;
  return { ...rest, ...pick(input, rows), freq_guessed: false };
}

function refuseTooMuch(
  windows: readonly Window[],
  samples: number,
  { maxSampleSteps }: Limits,
): void {
  const refuse = (what: string, count: number, most: number, path: string) => {
    if (count <= most) return;
    const message = `${windows.length} cutoffs ${what}: ${count} are more than the ${most} allowed`;
    throw new InputError([{ path, message }]);
  };
  const points = windows.reduce((total, { learnt }) => total + learnt, 0);
  const periods = windows.reduce((total, window) => total + window.periods, 0);
  refuse('send their points', points, MAX_POINTS_SENT, '/period');
  refuse('predict points', periods, MAX_PREDICTIONS, '/period');
  const path = '/options/uncertainty_samples';
  refuse('simulate samples', periods * samples, maxSampleSteps, path);
}

function pathOf({ cutoffs }: CrossValidationBody, at: number): string {
  return cutoffs ? `/cutoffs/${at}` : '/initial';
}

function shortInitial(days: number) {
  const message = `a seasonality has a period of ${days} days, longer than the first window: send a longer initial`;
  return { code: 'short_initial', message };
}
