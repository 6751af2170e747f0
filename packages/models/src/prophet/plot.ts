/**
 * What a kept model shows: the end of its series, what it makes of it, and how it goes on. For people;
 * nothing is trained.
 */
import { formatDs } from '../forecast/ds.ts';
import { parseFreq } from '../forecast/freq.ts';
import { futureDates } from '../forecast/future-dates.ts';
import { componentsOf } from './components.ts';
import { decodeModel } from './fitted-model.ts';
import { predictRows } from './predict.ts';

/** Columns beside `ds`. */
export interface SeriesPlot {
  readonly ds: readonly string[];
  /** null: ahead. */
  readonly y: readonly (number | null)[];
  readonly yhat: readonly number[];
  /** Of 80 %. */
  readonly yhat_lower: readonly number[];
  readonly yhat_upper: readonly number[];
  readonly components: Readonly<Record<string, readonly number[]>>;
  readonly changepoints: readonly { readonly ds: string; readonly delta: number }[];
}

/**
 * @param bytes   The artefact of a fitted model. @param freq As the forecast named it.
 * @param points  How many of the last points of the series. @param periods How many steps ahead; none
 *                for a model that needs other columns than the dates.
 * @returns Undefined: the bytes are no model of this version.
 */
export function plotModel(
  bytes: Uint8Array,
  {
    freq,
    points,
    periods,
  }: { readonly freq: string; readonly points: number; readonly periods: number },
): SeriesPlot | undefined {
  const model = decodeModel(bytes);
  const step = parseFreq(freq);
  if (!model || !step) return undefined;
  const { fit, series } = model;
  const from = Math.max(0, series.ds.length - points);
  const names = Object.keys(series.extra);
  const ahead =
    names.length > 0 ? [] : futureDates(step, series.ds.at(-1) as number, Math.max(1, periods));
  const ds = [...series.ds.slice(from), ...ahead.slice(0, periods)];
  const extra = Object.fromEntries(
    names.map((name) => [name, (series.extra[name] ?? []).slice(from)]),
  );
  const answer = { interval_width: 0.8, interval_widths: [], uncertainty_samples: 100 };
  const shown = { ...answer, include_history: false, components: true };
  const { yhat, bounds, effects } = predictRows(fit, { ds, extra }, shown);
  const [{ lower, upper } = { lower: yhat, upper: yhat }] = bounds;
  const { trend, seasonalities, holidays, regressors } = componentsOf(effects);
  const style = { dateOnly: ds.every((at) => at % 86_400 === 0), offsets: [] };
  const { first, last, changepoints } = fit.frame;
  return {
    ds: ds.map((at) => formatDs(at, style)),
    y: ds.map((_, at) => series.y[from + at] ?? null),
    ...{ yhat, yhat_lower: lower, yhat_upper: upper },
    components: { trend, ...seasonalities, ...holidays, ...regressors },
    changepoints: changepoints.map((at, index) => ({
      ds: formatDs(Math.round(first + at * (last - first)), style),
      delta: fit.parameters.delta[index] ?? 0,
    })),
  };
}
