/**
 * The coefficients of a linear model under Prophet's priors, for a given noise: a least squares
 * problem with ridge and lasso parts, from the triangle of its rows.
 *
 * Coefficients are in the order [k, m, delta, beta].
 */
import { type LassoProblem, solveLasso } from './lasso.ts';
import type { FitProblem } from './problem.ts';
import type { Triangle } from './triangle.ts';

const TREND_PRECISION = 1 / 25;
/** Keeps the system of dependent columns from being singular. */
const RIDGE = 1e-12;

export interface PenalisedFit {
  /** Moves `coefficients` to the optimum for this variance of the noise; false: there is none. */
  solve(coefficients: Float64Array, variance: number): boolean;
}

export function penalisedFit(problem: FitProblem, { values, n }: Triangle): PenalisedFit {
  const size = n - 1;
  const { matrix, target } = normalEquations(values, n);
  const diagonal = Float64Array.from({ length: size }, (_, j) => matrix[j * size + j]!);
  const precisions = precisionsOf(problem);
  const penalised: LassoProblem['penalised'] = [2, 2 + problem.changepoints.length];
  return {
    solve(coefficients, variance) {
      for (let j = 0; j < size; j += 1)
        matrix[j * size + j] = diagonal[j]! + variance * precisions[j]! + RIDGE;
      const penalty = variance / problem.changepointPriorScale;
      return solveLasso({ matrix, target, penalty, penalised }, coefficients);
    },
  };
}

/** Of each coefficient's normal prior; 0 where it has none. */
export function precisionsOf({ changepoints, priorScales }: FitProblem): Float64Array {
  const precisions = new Float64Array(2 + changepoints.length + priorScales.length);
  precisions.fill(TREND_PRECISION, 0, 2);
  for (const [j, scale] of priorScales.entries())
    precisions[2 + changepoints.length + j] = 1 / (scale * scale);
  return precisions;
}

/** Residual sum of squares of the rows behind a triangle. */
export function squaresOf({ values, n }: Triangle, coefficients: Float64Array): number {
  let squares = values[n * n - 1]! ** 2;
  for (let i = 0; i < n - 1; i += 1) {
    let error = -values[i * n + n - 1]!;
    for (let j = i; j < n - 1; j += 1) error += values[i * n + j]! * coefficients[j]!;
    squares += error * error;
  }
  return squares;
}

/** R'R without the last column, and R' times that column. */
function normalEquations(values: Float64Array, n: number) {
  const size = n - 1;
  const matrix = new Float64Array(size * size);
  const target = new Float64Array(size);
  for (let row = 0; row < n; row += 1) {
    const at = row * n;
    for (let i = row; i < size; i += 1) {
      const value = values[at + i]!;
      if (value === 0) continue;
      target[i]! += value * values[at + size]!;
      for (let j = row; j < size; j += 1) matrix[i * size + j]! += value * values[at + j]!;
    }
  }
  return { matrix, target };
}
