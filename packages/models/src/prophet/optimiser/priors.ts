import type { FitProblem } from './problem.ts';

/** Variance of the normal priors of rate and offset: 5^2. */
const TREND_VARIANCE = 25;
/** Variance of the half-normal prior of the noise: 0.5^2. */
const NOISE_VARIANCE = 0.25;

/** Adds the priors of everything to the gradient; returns their part of the objective. */
export type AddPriors = (x: Float64Array, sigma: number, gradient: Float64Array) => number;

/** As `prophet.stan` has them. The slope of |delta| is 0 at 0, as Stan takes it. */
export function priorsOf(problem: FitProblem): AddPriors {
  const sigmaAt = 2 + problem.changepoints.length;
  const rate = 1 / problem.changepointPriorScale;
  const weights = problem.priorScales.map((scale) => 1 / (scale * scale));
  return (x, sigma, gradient) => {
    gradient[0]! += x[0]! / TREND_VARIANCE;
    gradient[1]! += x[1]! / TREND_VARIANCE;
    let sum = (x[0]! * x[0]! + x[1]! * x[1]!) / (2 * TREND_VARIANCE);
    let sizes = 0;
    for (let j = 2; j < sigmaAt; j += 1) {
      const change = x[j]!;
      sizes += Math.abs(change) * rate;
      gradient[j]! += change > 0 ? rate : change < 0 ? -rate : 0;
    }
    sum += sizes + (sigma * sigma) / (2 * NOISE_VARIANCE);
    gradient[sigmaAt]! += (sigma * sigma) / NOISE_VARIANCE;
    let squares = 0;
    for (let j = 0, at = sigmaAt + 1; j < weights.length; j += 1, at += 1) {
      const pull = x[at]! * weights[j]!;
      squares += x[at]! * pull;
      gradient[at]! += pull;
    }
    return sum + 0.5 * squares;
  };
}
