/**
 * Decides whether a kept model may answer for a series, or one must be trained:
 *
 *  - a model older than allowed never answers;
 *  - for the very series on which it was trained it answers, whatever else is asked;
 *  - one that has seen points after the end of the series never answers for it;
 *  - if no more points have changed than allowed, the model still describes the points that it has
 *    not seen, and it did not learn from an outlier or a scale that is no more, it answers for now;
 *  - otherwise it does not.
 *
 * Pure: no clock, no I/O.
 */
import type { ReuseOptions } from '../forecast/reuse-options.ts';
import type { Rows, Series } from '../prophet/answer-rows.ts';
import type { FittedModel } from '../prophet/fitted-model.ts';
import { predictRows } from '../prophet/predict.ts';
import { type Degradation, degradationOf, smallErrorOf } from './degradation.ts';
import { changeOf, type SeriesChange } from './series-change.ts';

export type Decision =
  | { readonly is: 'same'; readonly ageMs: number }
  | { readonly is: 'close'; readonly ageMs: number; readonly change: SeriesChange }
  | { readonly is: 'too_old'; readonly ageMs: number }
  | { readonly is: 'changed'; readonly ageMs: number; readonly change: SeriesChange }
  | { readonly is: 'degraded'; readonly ageMs: number; readonly degradation: Degradation };

export function decide(
  model: FittedModel,
  series: Series,
  { now, options }: { readonly now: number; readonly options: ReuseOptions },
): Decision {
  const ageMs = Math.max(0, now - model.trainedAt);
  if (ageMs > options.max_model_age_s * 1000) return { is: 'too_old', ageMs };
  const change = changeOf(model.series, series);
  if (change.share === 0) return { is: 'same', ageMs };
  const sawLater = (model.series.ds.at(-1) as number) > (series.ds.at(-1) as number);
  if (sawLater || change.share > options.max_data_change) return { is: 'changed', ageMs, change };
  const degradation = degradationOn(model, series, [...change.altered, ...change.added]);
  if (degradation.isDegraded) return { is: 'degraded', ageMs, degradation };
  if (
    hasOutlier(model, model.series, change.lost) ||
    hasOutlier(model, series, change.altered) ||
    hasOtherScale(model.series, series)
  )
    return { is: 'changed', ageMs, change };
  return { is: 'close', ageMs, change };
}

/**
 * A point this many bands (four in five points lie within one) from the fit is an outlier: of normal
 * noise, one in 8,000. One that is corrected or gone may have bent the whole fit.
 */
const OUTLIER_BANDS = 3;

/** @param rows Rows of `series` that have changed. */
function hasOutlier(
  { fit, residuals }: FittedModel,
  series: Series,
  rows: readonly number[],
): boolean {
  if (rows.length === 0) return false;
  const y = rows.map((at) => series.y[at] as number);
  const limit = OUTLIER_BANDS * Math.max(residuals.band, smallErrorOf(residuals, y));
  return errorsOf(fit, pick(series, rows), y).some((error) => Math.abs(error) > limit);
}

/** Prophet scales a series by its values, so that its priors mean something else at another scale. */
const CLEAR_CHANGE = 2;

/** Whether the standard deviation of y or of a regressor has clearly changed. */
function hasOtherScale(before: Series, now: Series): boolean {
  const columns = [[before.y, now.y] as const].concat(
    Object.keys(before.extra).map((name) => [before.extra[name] ?? [], now.extra[name] ?? []]),
  );
  return columns.some(([was, is]) => {
    const [a, b] = [deviationOf(was), deviationOf(is)];
    return Math.max(a, b) > CLEAR_CHANGE * Math.min(a, b);
  });
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** @param unseen Rows of `series`, in any order. */
function degradationOn(model: FittedModel, series: Series, unseen: number[]): Degradation {
  const rows = unseen.sort((a, b) => a - b);
  const y = rows.map((at) => series.y[at] as number);
  return degradationOf(errorsOf(model.fit, pick(series, rows), y), y, model.residuals);
}

/** Distances of `y` from the fit's values for `rows`. */
function errorsOf(fit: FittedModel['fit'], rows: Rows, y: readonly number[]): number[] {
  const { yhat } = predictRows(fit, rows, POINT_ONLY);
  return y.map((value, at) => value - (yhat[at] as number));
}

const POINT_ONLY = {
  interval_width: 0.8,
  interval_widths: [],
  uncertainty_samples: 0,
  include_history: false,
  components: false,
} as const;

function pick({ ds, extra }: Rows, rows: readonly number[]): Rows {
  const of = (column: readonly number[]) => rows.map((at) => column[at] as number);
  return {
    ds: of(ds),
    extra: Object.fromEntries(Object.entries(extra).map(([name, column]) => [name, of(column)])),
  };
}
