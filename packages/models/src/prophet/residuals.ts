import type { FitProblem, ProphetParameters } from './optimiser/problem.ts';
import { BLOCK_ROWS } from './optimiser/triangle.ts';
import { segmentsOf, trendOf } from './trend.ts';

/** Distances of y from a fit, scaled. Makes the features block by block, as the fit did. */
export function residualsOf(problem: FitProblem, parameters: ProphetParameters): Float64Array {
  const { growth, t, y, cap, changepoints, features, additive } = problem;
  const { beta } = parameters;
  const width = features.width;
  const segments = segmentsOf(growth, parameters, changepoints);
  const trend = trendOf(growth, segments, t, cap);
  const block = new Float64Array(BLOCK_ROWS * width);
  const errors = new Float64Array(y.length);
  for (let from = 0; from < y.length; from += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, y.length - from);
    features.write(block, { offset: 0, stride: width }, from, count);
    for (let i = 0, at = 0; i < count; i += 1, at += width) {
      let sum = 0;
      let factor = 1;
      for (let j = 0; j < width; j += 1) {
        const effect = (block[at + j] as number) * (beta[j] as number);
        if (additive[j]) sum += effect;
        else factor += effect;
      }
      const row = from + i;
      errors[row] = (y[row] as number) - (trend[row] as number) * factor - sum;
    }
  }
  return errors;
}
