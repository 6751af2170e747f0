/**
 * Training: a series is put before the optimiser, scaled, and its parameters are read. Scales,
 * changepoints, features and the start are Prophet's (`forecaster.py`); the optimum is that of its
 * Stan program, found without Stan: docs/forecasting.md.
 */
import { InputError } from '../errors.ts';
import type { FitOptions } from '../forecast/fit-options.ts';
import type { Series } from './answer-rows.ts';
import { featureRows } from './feature-rows.ts';
import { type Frame, frameOf, scaledCap, scaledTime, scaledY } from './frame.ts';
import { holidayDays } from './holidays.ts';
import { optimise } from './optimiser/policy.ts';
import type { FitProblem, ProphetParameters } from './optimiser/problem.ts';
import type { ProphetFit } from './prophet-fit.ts';
import { residualsOf } from './residuals.ts';
import { trendStart } from './trend-start.ts';

export interface Trained {
  readonly fit: ProphetFit;
  /** Distances of y from the fit, in the unit of y. */
  readonly errors: Float64Array;
}

/**
 * @param series Ascending, at least two distinct dates.
 * Throws `InputError` when no fit is found.
 */
export function trainProphet(series: Series, options: FitOptions): Trained {
  const { problem, start, frame } = scaled(series, options);
  const parameters = optimise(problem, start);
  if (parameters === undefined)
    throw new InputError([{ path: '/data', message: 'no fit of this series was found' }]);
  return {
    fit: { kind: 'prophet', options, frame, parameters },
    errors: residualsOf(problem, parameters).map((error) => error * frame.yScale),
  };
}

interface Scaled {
  readonly problem: FitProblem;
  readonly start: ProphetParameters;
  readonly frame: Frame;
}

/** What the optimiser is given, and the frame in which its parameters are read. */
export function scaled(series: Series, options: FitOptions): Scaled {
  const holidays = holidayDays(options, series.ds);
  const frame = frameOf(series, options, holidays);
  const { blocks, changepoints } = frame;
  const columns = blocks.flatMap((block) => Array.from({ length: block.width }, () => block));
  const problem: FitProblem = {
    growth: options.growth,
    t: scaledTime(frame, series.ds),
    y: scaledY(frame, series),
    cap: new Float64Array(scaledCap(frame, options, series)),
    changepoints: Float64Array.from(changepoints),
    features: featureRows(blocks, series, holidays),
    priorScales: Float64Array.from(columns, ({ prior }) => prior),
    additive: columns.map(({ mode }) => mode === 'additive'),
    changepointPriorScale: options.changepoint_prior_scale,
  };
  const start = {
    ...trendStart(problem),
    delta: new Float64Array(changepoints.length),
    beta: new Float64Array(columns.length),
    sigmaObs: 1,
  };
  return { problem, start, frame };
}
