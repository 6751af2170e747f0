import { priorsOf } from './priors.ts';
import type { FitProblem, Objective } from './problem.ts';
import { triangleOf } from './triangle.ts';

/** Linear or flat growth with additive features: a value costs P^2 multiplications for P parameters. */
export function triangleObjective(problem: FitProblem): Objective {
  const { values, n } = triangleOf(problem);
  const addPriors = priorsOf(problem);
  const points = problem.t.length;
  const hinges = problem.changepoints.length;
  const sigmaAt = 2 + hinges;
  const columns = n - 1;
  // Row by row without the zeros below the diagonal; the last entry of a row belongs to y.
  const packed = new Float64Array((columns * (columns + 3)) / 2);
  for (let i = 0, at = 0; i < columns; i += 1)
    for (let j = i; j <= columns; j += 1) packed[at++] = values[i * n + j]!;
  const unexplained = values[n * n - 1]! ** 2;
  const theta = new Float64Array(columns);
  const slopes = new Float64Array(columns);
  return (x, gradient) => {
    const sigma = Math.exp(x[sigmaAt]!);
    const precision = 1 / (sigma * sigma);
    for (let j = 0; j < sigmaAt; j += 1) theta[j] = x[j]!;
    for (let j = sigmaAt; j < columns; j += 1) theta[j] = x[j + 1]!;
    slopes.fill(0);
    let squares = unexplained;
    for (let i = 0, at = 0; i < columns; i += 1) {
      const start = at;
      let error = 0;
      for (let j = i; j < columns; j += 1, at += 1) error += packed[at]! * theta[j]!;
      error -= packed[at++]!;
      squares += error * error;
      for (let j = i, q = start; j < columns; j += 1, q += 1) slopes[j]! += error * packed[q]!;
    }
    for (let j = 0; j < sigmaAt; j += 1) gradient[j] = slopes[j]! * precision;
    for (let j = sigmaAt; j < columns; j += 1) gradient[j + 1] = slopes[j]! * precision;
    gradient[sigmaAt] = points - squares * precision;
    return points * x[sigmaAt]! + 0.5 * squares * precision + addPriors(x, sigma, gradient);
  };
}
