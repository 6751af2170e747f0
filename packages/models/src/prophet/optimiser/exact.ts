/**
 * A stationary point of the posterior of a linear or flat trend with additive features: for a given
 * noise the optimum of all coefficients is exact (a convex problem), and for given coefficients the
 * best noise is a formula; the two alternate until the noise stands still. Below 100 points this is
 * the optimum that Prophet's Newton finds, at a hundredth of its cost. It does not depend on rounding.
 *
 * Jointly the problem is not convex. Short series have two optima, a close one with small noise and a
 * smooth one with large noise: from large noise one comes to the smooth one, as Prophet does.
 */
import { penalisedFit, squaresOf } from './penalised-fit.ts';
import type { FitProblem, ProphetParameters } from './problem.ts';
import { triangleOf } from './triangle.ts';

const FIRST_VARIANCE = 0.25;
const MAX_ROUNDS = 200;
const TOLERANCE = 1e-9;
/** The series is followed exactly, and there is no optimum: the noise goes to 0. */
export const NO_VARIANCE = 1e-12;

/**
 * @param leastVariance The noise goes no lower: then a series that can be followed exactly has an
 *   optimum, too. Default: 0.
 * undefined: none was found.
 */
export function exactAdditive(
  problem: FitProblem,
  leastVariance = 0,
): ProphetParameters | undefined {
  const triangle = triangleOf(problem);
  const coefficients = new Float64Array(triangle.n - 1);
  const fit = penalisedFit(problem, triangle);
  let variance = FIRST_VARIANCE;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!fit.solve(coefficients, variance)) return undefined;
    const best = bestVariance(squaresOf(triangle, coefficients), problem.t.length);
    const next = Math.max(best, leastVariance);
    const isDone = Math.abs(next - variance) < TOLERANCE * variance;
    variance = next;
    if (variance < NO_VARIANCE) return undefined;
    if (isDone) break;
  }
  return fromCoefficients(problem, coefficients, variance);
}

/**
 * The variance of the noise that fits a residual sum of squares best: the root of
 * 4 v^2 + points v = squares, written so that no digits are lost.
 */
export function bestVariance(squares: number, points: number): number {
  return (2 * squares) / (points + Math.sqrt(points * points + 16 * squares));
}

export function fromCoefficients(
  { changepoints }: FitProblem,
  coefficients: Float64Array,
  variance: number,
): ProphetParameters {
  const betaAt = 2 + changepoints.length;
  return {
    k: coefficients[0]!,
    m: coefficients[1]!,
    delta: coefficients.slice(2, betaAt),
    beta: coefficients.slice(betaAt),
    sigmaObs: Math.sqrt(variance),
  };
}
