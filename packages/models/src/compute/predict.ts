/**
 * How a series is continued.
 *
 * Three kinds never reach the engine, which fails or traps on them: a constant one is continued as
 * it is (as Prophet does), and a straight line continues two or three points, or any number that
 * lie on it. A series that hardly varies for its size is fitted without its offset.
 */

import type { z } from 'zod';
import type { ForecastInput } from '../forecast/normalise.ts';
import type { forecastOutput } from '../forecast/schema.ts';
import type { ComputeContext } from '../model.ts';
import { fitProphet } from './engine.ts';
import { intervals } from './intervals.ts';
import { type Line, leastSquares } from './line.ts';

type Warning = z.input<typeof forecastOutput>['warnings'][number];

/** What was known, without gaps, and what is asked. */
export interface Task {
  /** UNIX seconds, ascending, at least two of them distinct. */
  readonly ds: readonly number[];
  readonly y: readonly number[];
  readonly futureDs: readonly number[];
  readonly options: ForecastInput['options'];
}

export interface Prediction {
  readonly yhat: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Wall time of the fit; 0 where nothing was trained. */
  readonly trainingMs: number;
  readonly warnings: readonly Warning[];
}

/** Fewest points the engine fits without failing or trapping. */
const MIN_ENGINE_POINTS = 4;
/** Below this range / max |y|, Stan's tolerances eat the signal (2026-11: 1e-7 off by 3 %). */
const MIN_RELATIVE_RANGE = 1e-5;

/** Throws `InputError` when no fit is found, `EngineTrappedError` when the engine broke. */
export function predict(task: Task, context: ComputeContext): Prediction {
  const min = task.y.reduce((a, b) => Math.min(a, b));
  const max = task.y.reduce((a, b) => Math.max(a, b));
  if (min === max) return predictConstant(task, min);
  const size = Math.max(Math.abs(min), Math.abs(max));
  const line = leastSquares(scaledTime(task)(task.ds), task.y);
  if (task.y.length < MIN_ENGINE_POINTS) return predictLine(task, line, FEW_POINTS);
  const rounding = Math.max(1e-9 * (max - min), 4 * Number.EPSILON * size);
  if (line.maxError <= rounding) return predictLine(task, line, LINEAR);
  const flat = max - min < MIN_RELATIVE_RANGE * size;
  return predictProphet(task, flat ? min : 0, context);
}

function predictConstant({ futureDs }: Task, value: number): Prediction {
  const line = futureDs.map(() => value);
  const message = 'every y is the same: the forecast goes on with it, no model was trained';
  const warnings = [{ code: 'constant_series', message }];
  return { yhat: line, lower: line, upper: line, trainingMs: 0, warnings };
}

function predictLine(task: Task, line: Line, warning: Warning): Prediction {
  const { intercept, slope, sigma } = line;
  const future = scaledTime(task)(task.futureDs);
  const zeros = future.map(() => 0);
  const yhat = future.map((at) => intercept + slope * at);
  const { lower, upper } = intervals({
    t: future,
    trend: yhat,
    additive: zeros,
    multiplicative: zeros,
    deltas: new Float64Array(0),
    sigma,
    yScale: 1,
    width: task.options.interval_width,
  });
  return { yhat, lower, upper, trainingMs: 0, warnings: [warning] };
}

/** @param offset Left out of y while fitting. Where it is not 0, the mode is additive. */
function predictProphet(task: Task, offset: number, context: ComputeContext): Prediction {
  const { options } = task;
  const asked = options.seasonality_mode;
  const y = offset === 0 ? task.y : task.y.map((value) => value - offset);
  const startedAt = performance.now();
  const fit = fitProphet({
    ds: task.ds,
    y,
    futureDs: task.futureDs,
    mode: offset === 0 ? asked : 'additive',
    orders: {
      yearly: options.yearly_seasonality,
      weekly: options.weekly_seasonality,
      daily: options.daily_seasonality,
    },
  });
  const trainingMs = performance.now() - startedAt;
  context.signal.throwIfAborted();
  context.progress(0.8, 'predicting');
  const { lower, upper } = intervals({
    ...fit,
    t: scaledTime(task)(task.futureDs),
    yScale: y.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    width: options.interval_width,
  });
  const shift = (value: number) => value + offset;
  return {
    yhat: fit.yhat.map(shift),
    lower: lower.map(shift),
    upper: upper.map(shift),
    trainingMs,
    warnings: offset !== 0 && asked === 'multiplicative' ? [ADDITIVE] : [],
  };
}

/** Prophet's time: 0 at the first point, 1 at the last. */
function scaledTime({ ds }: Task): (seconds: readonly number[]) => number[] {
  const first = ds[0] as number;
  const span = (ds.at(-1) as number) - first;
  return (seconds) => seconds.map((at) => (at - first) / span);
}

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
