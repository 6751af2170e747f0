/** What a fit says about dates: forecast, bounds, and the components they are the sum of. */
import { InputError } from '../errors.ts';
import type { AnswerOptions } from '../forecast/fit-options.ts';
import type { Rows } from './answer-rows.ts';
import { type Effects, effectsAt, type ProphetFit } from './engine.ts';
import type { Fit, LineFit } from './fit.ts';
import { scaledCap, scaledTime } from './frame.ts';
import { type IntervalRequest, intervals } from './intervals.ts';
import { segmentsOf } from './trend.ts';

export interface Prediction {
  readonly yhat: readonly number[];
  /** undefined: none were asked for (`uncertainty_samples` 0). */
  readonly bounds:
    | { readonly lower: readonly number[]; readonly upper: readonly number[] }
    | undefined;
  readonly effects: Effects;
}

/**
 * @param rows Ascending, anywhere. Equal arguments give an equal prediction, bounds included.
 * Throws `InputError` where the forecast is not finite.
 */
export function predictRows(fit: Fit, rows: Rows, answer: AnswerOptions): Prediction {
  const { effects, noise } = fit.kind === 'line' ? lineAt(fit, rows) : prophetAt(fit, rows);
  const { trend, floor, additive, multiplicative } = effects;
  const yhat = trend.map((value, at) => {
    const base = floor[at] as number;
    return base + (value - base) * (1 + (multiplicative[at] as number)) + (additive[at] as number);
  });
  if (!yhat.every(Number.isFinite)) {
    const message = 'the values at these dates are so large that the forecast is no number';
    throw new InputError([{ path: '/future', message }]);
  }
  if (answer.uncertainty_samples === 0) return { yhat, effects, bounds: undefined };
  if (noise.sigma === 0) return { yhat, effects, bounds: { lower: yhat, upper: yhat } };
  const bounds = intervals({
    ...effects,
    ...noise,
    width: answer.interval_width,
    samples: answer.uncertainty_samples,
  });
  return { yhat, effects, bounds };
}

/** What the simulated paths need besides the effects. */
type Noise = Pick<
  IntervalRequest,
  't' | 'growth' | 'segment' | 'cap' | 'deltas' | 'sigma' | 'yScale'
>;

function lineAt({ first, last, line }: LineFit, { ds }: Rows): { effects: Effects; noise: Noise } {
  const t = ds.map((at) => (at - first) / (last - first));
  const zeros = t.map(() => 0);
  const { intercept: m, slope: k, sigma } = line;
  const trend = t.map((at) => m + k * at);
  return {
    effects: { trend, floor: zeros, additive: zeros, multiplicative: zeros, blocks: [] },
    noise: {
      t,
      growth: 'flat',
      segment: { from: 0, k, m },
      cap: [],
      deltas: new Float64Array(0),
      sigma,
      yScale: 1,
    },
  };
}

function prophetAt(fit: ProphetFit, rows: Rows): { effects: Effects; noise: Noise } {
  const { frame, options, parameters } = fit;
  const segments = segmentsOf(options.growth, parameters, frame.changepoints);
  return {
    effects: effectsAt(fit, rows),
    noise: {
      t: scaledTime(frame, rows.ds),
      growth: options.growth,
      segment: segments.at(-1) as (typeof segments)[number],
      cap: scaledCap(frame, options, rows),
      deltas: parameters.delta,
      sigma: parameters.sigmaObs,
      yScale: frame.yScale,
    },
  };
}
