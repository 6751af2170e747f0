import { addSquares, packRows } from './packed-rows.ts';
import { priorsOf } from './priors.ts';
import type { FitProblem, Objective } from './problem.ts';
import { triangleOf } from './triangle.ts';

/** Linear or flat growth with additive features: a value costs P^2 multiplications for P parameters. */
export function triangleObjective(problem: FitProblem): Objective {
  const { values, n } = triangleOf(problem);
  const triangle = packRows(values, n, true);
  const addPriors = priorsOf(problem);
  const points = problem.t.length;
  const sigmaAt = 2 + problem.changepoints.length;
  const theta = new Float64Array(n);
  const slopes = new Float64Array(n);
  theta[n - 1] = -1;
  return (x, gradient) => {
    const sigma = Math.exp(x[sigmaAt]!);
    const precision = 1 / (sigma * sigma);
    for (let j = 0; j < sigmaAt; j += 1) theta[j] = x[j]!;
    for (let j = sigmaAt; j < n - 1; j += 1) theta[j] = x[j + 1]!;
    slopes.fill(0);
    const squares = addSquares(triangle, theta, slopes);
    for (let j = 0; j < sigmaAt; j += 1) gradient[j] = slopes[j]! * precision;
    for (let j = sigmaAt; j < n - 1; j += 1) gradient[j + 1] = slopes[j]! * precision;
    gradient[sigmaAt] = points - squares * precision;
    return points * x[sigmaAt]! + 0.5 * squares * precision + addPriors(x, sigma, gradient);
  };
}
