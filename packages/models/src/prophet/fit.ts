/**
 * How a series is learnt from.
 *
 * Three kinds never reach the engine, which fails or traps on them: a constant one is continued as
 * it is (as Prophet does), and a straight line continues two or three points, or any number that
 * lie on it. A series that hardly varies for its size is fitted without its offset.
 */
import { InputError } from '../errors.ts';
import type { FitOptions } from '../forecast/fit-options.ts';
import type { Series } from './answer-rows.ts';
import { fitProphet, type ProphetFit } from './engine.ts';
import { type Line, leastSquares } from './regression-line.ts';
import type { StanParameters } from './stan.ts';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Plain data but for the parameters' Float64Arrays: with it alone any date can be predicted. */
export type Fit = (ProphetFit | LineFit) & { readonly warnings: readonly Warning[] };

/** Continued without the engine; a constant is a line that does not rise. */
export interface LineFit {
  readonly kind: 'line';
  /** UNIX seconds of the first and the last point: time 0 and 1 of the line. */
  readonly first: number;
  readonly last: number;
  readonly line: Line;
}

/** Fewest points the engine fits without failing or trapping. */
const MIN_ENGINE_POINTS = 4;
/** Below this range / max |y|, Stan's tolerances eat the signal (2026-11: 1e-7 off by 3 %). */
const MIN_RELATIVE_RANGE = 1e-5;
/** Stan's line search begins to fail here (2026-11: at 3e-4 with 50 points, 1e-4 with 800). */
const TIGHT_PRIOR = 1e-3;

/**
 * @param start Where the optimiser begins: parameters of an earlier fit with equal shapes.
 * Throws `InputError` when no fit is found, `EngineTrappedError` when the engine broke.
 */
export function fitSeries(series: Series, options: FitOptions, start?: StanParameters): Fit {
  const { ds, y } = series;
  const min = y.reduce((a, b) => Math.min(a, b));
  const max = y.reduce((a, b) => Math.max(a, b));
  const [first, last] = [ds[0] as number, ds.at(-1) as number];
  const straight = (line: Line, warning: Warning): Fit => ({
    kind: 'line',
    first,
    last,
    line,
    warnings: [warning],
  });
  if (min === max) return straight({ intercept: min, slope: 0, sigma: 0, maxError: 0 }, CONSTANT);

  const size = Math.max(Math.abs(min), Math.abs(max));
  const line = leastSquares(
    ds.map((at) => (at - first) / (last - first)),
    y,
  );
  if (y.length < MIN_ENGINE_POINTS) {
    if (options.growth === 'linear') return straight(line, FEW_POINTS);
    const message = `${y.length} points are too few for ${options.growth} growth: send at least 4`;
    throw new InputError([{ path: '/data', message }]);
  }
  const rounding = Math.max(1e-9 * (max - min), 4 * Number.EPSILON * size);
  const plain = options.growth === 'linear' && options.regressors.length === 0;
  if (plain && line.maxError <= rounding) return straight(line, LINEAR);

  if (max - min >= MIN_RELATIVE_RANGE * size || options.growth === 'logistic')
    return fitLoosely(series, options, start);
  const { options: additive, changed } = additively(options);
  const fit = fitLoosely(series, { ...additive, scaling: 'minmax' }, start);
  return { ...fit, warnings: [...fit.warnings, ...(changed ? [ADDITIVE] : [])] };
}

/** Where the prior holds all changepoints at 0 and Stan finds no way beside them: without them. */
function fitLoosely(series: Series, options: FitOptions, start?: StanParameters): Fit {
  try {
    return { ...fitProphet(series, options, start), warnings: [] };
  } catch (error) {
    const tight = options.changepoint_prior_scale <= TIGHT_PRIOR;
    if (!(error instanceof InputError && tight && options.growth !== 'flat')) throw error;
    const none = { ...options, changepoints: [] };
    return { ...fitProphet(series, none), warnings: [NO_CHANGEPOINTS] };
  }
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

const NO_CHANGEPOINTS: Warning = {
  code: 'changepoints_left_out',
  message:
    'changepoint_prior_scale is so small that no fit was found: the trend has no changepoints',
};
