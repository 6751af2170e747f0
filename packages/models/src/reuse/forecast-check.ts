/**
 * What a kept model had forecast, against what then came: the points after the last one that it had
 * seen. For the log of the series; whether the model may answer is `decide`'s matter.
 */
import { InputError } from '../errors.ts';
import type { Series } from '../prophet/answer-rows.ts';
import type { FittedModel } from '../prophet/fitted-model.ts';
import { predictRows } from '../prophet/predict.ts';
import { smallErrorOf } from './degradation.ts';

/** More would say little, and a check takes about 1 ms for as many. */
const MAX_POINTS = 100;

export interface ForecastCheck {
  /** When the model was trained. Unit: epoch ms. */
  readonly madeAt: number;
  /** Of the points that came: UNIX seconds, what they were, and what was forecast with a band of 80 %. */
  readonly ds: readonly number[];
  readonly y: readonly number[];
  readonly yhat: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Root mean square of the errors. */
  readonly error: number;
  /** That over the error in training. */
  readonly ratio: number;
  /** Share of the points within the band. */
  readonly coverage: number;
}

/** Undefined: nothing came since, or the model has no forecast for it. */
export function checkForecast(model: FittedModel, series: Series): ForecastCheck | undefined {
  try {
    return check(model, series);
  } catch (error) {
    if (error instanceof InputError) return undefined; // no answer depends on it
    throw error;
  }
}

function check(model: FittedModel, series: Series): ForecastCheck | undefined {
  const known = model.series.ds.at(-1) as number;
  const first = series.ds.findLastIndex((ds) => ds <= known) + 1;
  const from = Math.max(first, series.ds.length - MAX_POINTS);
  if (first >= series.ds.length) return undefined;
  const [ds, y] = [series.ds.slice(from), series.y.slice(from)];
  const extra = Object.fromEntries(
    Object.entries(series.extra).map(([name, column]) => [name, column.slice(from)]),
  );
  const { yhat, bounds } = predictRows(model.fit, { ds, extra }, WITH_BAND);
  const [{ lower, upper } = { lower: yhat, upper: yhat }] = bounds;
  const errors = y.map((value, at) => value - (yhat[at] as number));
  const error = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
  const within = y.filter(
    (value, at) => value >= (lower[at] as number) && value <= (upper[at] as number),
  );
  const usual = Math.max(model.residuals.rmse, smallErrorOf(model.residuals, y));
  return {
    madeAt: model.trainedAt,
    ds,
    y,
    yhat,
    lower,
    upper,
    error,
    ratio: error / usual,
    coverage: within.length / y.length,
  };
}

const WITH_BAND = {
  interval_width: 0.8,
  interval_widths: [],
  uncertainty_samples: 100,
  include_history: false,
  components: false,
} as const;
