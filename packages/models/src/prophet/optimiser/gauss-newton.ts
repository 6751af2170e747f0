/**
 * The same as exact.ts where the model is not linear: multiplicative features, logistic growth. Around
 * the coefficients in hand the model is made linear; each step solves that exactly, priors and kinks
 * included, and is halved until the posterior itself falls.
 */
import { bestVariance, fromCoefficients, NO_VARIANCE } from './exact.ts';
import { linearRows } from './linear-rows.ts';
import { penalisedFit, precisionsOf } from './penalised-fit.ts';
import type { FitProblem, ProphetParameters } from './problem.ts';

const MAX_STEPS = 100;
/** Multiplications that all steps may take, about 0.1 s; a few they always may. */
const WORK = 4e8;
const FEW_STEPS = 4;
const MAX_HALVINGS = 30;
const LEAST_GAIN = 1e-8;
const SMALL_CHANGE = 0.01;
/** Offset of the first trend: with a trend of 0 throughout no multiplicative feature has an effect. */
const FIRST_OFFSET = 1e-3;

export interface GaussNewtonOptions {
  /** See `exactAdditive`. Default: 0. */
  readonly leastVariance?: number | undefined;
  /** Default: a flat trend near 0. */
  readonly start?: ProphetParameters;
}

/** undefined: none was found. */
export function gaussNewton(
  problem: FitProblem,
  { leastVariance = 0, start }: GaussNewtonOptions = {},
): ProphetParameters | undefined {
  const points = problem.t.length;
  const rows = linearRows(problem);
  const posteriorAt = posteriorOf(problem, leastVariance);
  const look = (coefficients: Float64Array) => {
    const squares = rows.squaresAt(coefficients);
    return { coefficients, squares, value: posteriorAt(coefficients, squares) };
  };
  let now = look(firstCoefficients(problem, start));
  const mostSteps = stepsOf(problem);
  for (let step = 0; step < mostSteps; step += 1) {
    const variance = Math.max(bestVariance(now.squares, points), leastVariance, NO_VARIANCE);
    const goal = withoutSmallChanges(problem, now.coefficients);
    if (!penalisedFit(problem, rows.triangleAt(now.coefficients)).solve(goal, variance)) break;
    const from = now;
    let found: typeof now | undefined;
    for (let halving = 0; halving <= MAX_HALVINGS && !found; halving += 1) {
      const share = 0.5 ** halving;
      const there = from.coefficients.map((c, j) =>
        share === 1 ? goal[j]! : c + share * (goal[j]! - c),
      );
      const trial = look(there);
      if (trial.value <= from.value + 1e-12 * Math.abs(from.value)) found = trial;
    }
    if (!found) break;
    now = found;
    if (step > 2 && from.value - now.value < LEAST_GAIN * (1 + Math.abs(now.value))) break;
  }
  const variance = Math.max(bestVariance(now.squares, points), leastVariance);
  const isSound = variance >= NO_VARIANCE && Number.isFinite(now.value);
  return isSound ? fromCoefficients(problem, now.coefficients, variance) : undefined;
}

/** The lasso lets changes of the rate in faster than it drops them. */
function withoutSmallChanges({ changepoints }: FitProblem, x: Float64Array): Float64Array {
  const end = 2 + changepoints.length;
  const largest = x.subarray(2, end).reduce((most, change) => Math.max(most, Math.abs(change)), 0);
  return x.map((value, j) =>
    j >= 2 && j < end && Math.abs(value) < SMALL_CHANGE * largest ? 0 : value,
  );
}

function stepsOf({ t, changepoints, features }: FitProblem): number {
  const n = 3 + changepoints.length + features.width;
  const each = 2 * t.length * n * n + 2 * n ** 3;
  return Math.max(FEW_STEPS, Math.min(MAX_STEPS, Math.floor(WORK / each)));
}

function firstCoefficients(
  { changepoints, features }: FitProblem,
  start: ProphetParameters | undefined,
): Float64Array {
  if (start) return Float64Array.of(start.k, start.m, ...start.delta, ...start.beta);
  const coefficients = new Float64Array(2 + changepoints.length + features.width);
  coefficients[1] = FIRST_OFFSET;
  return coefficients;
}

/** Minus the log posterior with the noise that suits the squares. */
function posteriorOf(
  problem: FitProblem,
  leastVariance: number,
): (x: Float64Array, squares: number) => number {
  const points = problem.t.length;
  const precisions = precisionsOf(problem);
  const betaAt = 2 + problem.changepoints.length;
  return (x, squares) => {
    const variance = Math.max(bestVariance(squares, points), leastVariance);
    let value = 0.5 * points * Math.log(variance) + squares / (2 * variance) + 2 * variance;
    for (let j = 0; j < x.length; j += 1) {
      value += 0.5 * precisions[j]! * x[j]! ** 2;
      if (j >= 2 && j < betaAt) value += Math.abs(x[j]!) / problem.changepointPriorScale;
    }
    return value;
  };
}
