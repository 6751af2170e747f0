/**
 * How a series is learnt from.
 *
 * Three kinds need no training, and have no optimum: a constant series is continued as it is (as
 * Prophet does), and a straight line continues two or three points, or any number that lie on it. A
 * series that hardly varies for its size is fitted without its offset.
 */
import type { FitOptions } from '../forecast/fit-options.ts';
import type { Series } from './answer-rows.ts';
import { scaledTime } from './frame.ts';
import type { ProphetFit } from './prophet-fit.ts';
import { type Line, leastSquares } from './regression-line.ts';
import { type Trained, trainProphet } from './train.ts';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Plain data but for the parameters' Float64Arrays: with it alone any date can be predicted. */
export type Fit = (ProphetFit | LineFit) & { readonly warnings: readonly Warning[] };

/** Continued without training; a constant is a line that does not rise. */
export interface LineFit {
  readonly kind: 'line';
  /** UNIX seconds of the first and the last point: time 0 and 1 of the line. */
  readonly first: number;
  readonly last: number;
  readonly line: Line;
}

/** Fewer have no trend to learn beside a straight line. */
const MIN_POINTS = 4;
/** Below this range / max |y|, the tolerances of Stan's search eat the signal (2026-11: 1e-7 off by 3 %). */
const MIN_RELATIVE_RANGE = 1e-5;

export interface FittedSeries {
  readonly fit: Fit;
  /** Distances of y from the fit; undefined where nothing was trained. */
  readonly errors: Float64Array | undefined;
}

/** Throws `InputError` when no fit is found. */
export function fitSeries(series: Series, options: FitOptions): FittedSeries {
  const { ds, y } = series;
  const min = y.reduce((a, b) => Math.min(a, b));
  const max = y.reduce((a, b) => Math.max(a, b));
  const [first, last] = [ds[0] as number, ds.at(-1) as number];
  const straight = (line: Line, warning: Warning): FittedSeries => ({
    fit: { kind: 'line', first, last, line, warnings: [warning] },
    errors: undefined,
  });
  if (min === max) return straight({ intercept: min, slope: 0, sigma: 0, maxError: 0 }, CONSTANT);

  const size = Math.max(Math.abs(min), Math.abs(max));
  if (options.growth === 'linear' && options.regressors.length === 0) {
    const line = leastSquares(scaledTime({ first, last }, ds), y);
    if (y.length < MIN_POINTS) return straight(line, FEW_POINTS);
    const rounding = Math.max(1e-9 * (max - min), 4 * Number.EPSILON * size);
    if (line.maxError <= rounding) return straight(line, LINEAR);
  }
  if (max - min >= MIN_RELATIVE_RANGE * size || options.growth === 'logistic')
    return withWarnings(trainProphet(series, options), []);
  const { options: additive, changed } = additively(options);
  const trained = trainProphet(series, { ...additive, scaling: 'minmax' });
  return withWarnings(trained, changed ? [ADDITIVE] : []);
}

function withWarnings({ fit, errors }: Trained, warnings: readonly Warning[]): FittedSeries {
  return { fit: { ...fit, warnings }, errors };
}

function additively(options: FitOptions): { options: FitOptions; changed: boolean } {
  const mode = 'additive' as const;
  const { seasonalities, regressors, holidays } = options;
  const modes = [
    ...seasonalities.map((seasonality) => seasonality.mode),
    ...regressors.map((regressor) => regressor.mode),
    ...(holidays.length > 0 || options.country_holidays !== null ? [options.holidays_mode] : []),
  ];
  return {
    changed: modes.includes('multiplicative'),
    options: {
      ...options,
      seasonalities: seasonalities.map((seasonality) => ({ ...seasonality, mode })),
      regressors: regressors.map((regressor) => ({ ...regressor, mode })),
      holidays_mode: mode,
    },
  };
}

const CONSTANT: Warning = {
  code: 'constant_series',
  message: 'every y is the same: the forecast goes on with it, no model was trained',
};

const FEW_POINTS: Warning = {
  code: 'few_points',
  message: 'two or three points are too few to train on: the forecast is a straight line',
};

const LINEAR: Warning = {
  code: 'linear_series',
  message: 'all points lie on a straight line: the forecast goes on with it, no model was trained',
};

const ADDITIVE: Warning = {
  code: 'additive_instead',
  message:
    'y varies so little for its size that the two seasonality modes agree: additive was used',
};
