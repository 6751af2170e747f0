/** What a fit says about dates: forecast, bounds, and the components they are the sum of. */
import { InputError } from '../errors.ts';
import type { AnswerOptions } from '../forecast/fit-options.ts';
import type { Rows } from './answer-rows.ts';
import { type Effects, effectsAt } from './effects.ts';
import type { Fit, LineFit } from './fit.ts';
import { scaledCap, scaledTime } from './frame.ts';
import { halfWidths } from './half-widths.ts';
import { type Bounds, type IntervalRequest, intervals } from './intervals.ts';
import type { ProphetFit } from './prophet-fit.ts';
import { segmentsOf } from './trend.ts';

export interface Prediction {
  readonly yhat: readonly number[];
  /** Of `interval_width`, then of each of `interval_widths`; none: not asked for (no samples). */
  readonly bounds: readonly Bounds[];
  readonly effects: Effects;
}

/**
 * @param rows Ascending, anywhere. Equal arguments give an equal prediction, bounds included.
 * Throws `InputError` where the forecast is not finite.
 */
export function predictRows(fit: Fit, rows: Rows, answer: AnswerOptions): Prediction {
  const effects = fit.kind === 'line' ? lineEffects(fit, rows) : effectsAt(fit, rows);
  const yhat = yhatOf(effects);
  if (answer.uncertainty_samples === 0) return { yhat, effects, bounds: [] };
  const widths = [answer.interval_width, ...answer.interval_widths];
  if (fit.kind === 'prophet' && fit.options.growth === 'logistic') {
    const samples = answer.uncertainty_samples;
    const request = { ...effects, ...logisticPaths(fit, rows), widths, samples };
    return { yhat, effects, bounds: intervals(request) };
  }
  return { yhat, effects, bounds: boundsAround(yhat, halvesOf(fit, { rows, effects, widths })) };
}

function yhatOf({ trend, floor, additive, multiplicative }: Effects): number[] {
  const yhat = trend.map((value, at) => {
    const base = floor[at] as number;
    return base + (value - base) * (1 + (multiplicative[at] as number)) + (additive[at] as number);
  });
  if (yhat.every(Number.isFinite)) return yhat;
  const message = 'the values at these dates are so large that the forecast is no number';
  throw new InputError([{ path: '/future', message }]);
}

/** Half-widths of the intervals in the unit of y, a column a width. */
function halvesOf(
  fit: Fit,
  asked: { readonly rows: Rows; readonly effects: Effects; readonly widths: readonly number[] },
): readonly Float64Array[] {
  const { rows, effects, widths } = asked;
  const { multiplicative } = effects;
  if (fit.kind === 'line') {
    const { sigma } = fit.line;
    if (sigma === 0) return widths.map(() => new Float64Array(rows.ds.length));
    const t = rows.ds.map(() => 0);
    return halfWidths({ t, multiplicative, deltas: new Float64Array(0), sigma, widths });
  }
  const { frame, parameters } = fit;
  const columns = halfWidths({
    t: scaledTime(frame, rows.ds),
    multiplicative,
    deltas: parameters.delta,
    sigma: parameters.sigmaObs,
    widths,
  });
  return columns.map((column) => column.map((half) => half * frame.yScale));
}

function boundsAround(yhat: readonly number[], halves: readonly Float64Array[]): Bounds[] {
  return halves.map((column) => ({
    lower: yhat.map((value, at) => value - (column[at] as number)),
    upper: yhat.map((value, at) => value + (column[at] as number)),
  }));
}

function lineEffects({ first, last, line }: LineFit, { ds }: Rows): Effects {
  const zeros = ds.map(() => 0);
  const trend = ds.map((at) => line.intercept + (line.slope * (at - first)) / (last - first));
  return { trend, floor: zeros, additive: zeros, multiplicative: zeros, blocks: [] };
}

/** What simulated paths need besides the effects. */
function logisticPaths(
  { frame, options, parameters }: ProphetFit,
  rows: Rows,
): Pick<IntervalRequest, 't' | 'segment' | 'cap' | 'deltas' | 'sigma' | 'yScale'> {
  const segments = segmentsOf(options.growth, parameters, frame.changepoints);
  return {
    t: scaledTime(frame, rows.ds),
    segment: segments.at(-1) as (typeof segments)[number],
    cap: scaledCap(frame, options, rows),
    deltas: parameters.delta,
    sigma: parameters.sigmaObs,
    yScale: frame.yScale,
  };
}
