/** The reference: Prophet's Stan program, compiled to WASM. Traps on some series. */
import { optimizer } from '@bsull/augurs-prophet-wasmstan';
import {
  type FitProblem,
  featureMatrix,
  type ProphetParameters,
} from '../src/prophet/optimiser/problem.ts';

export interface StanOptions {
  readonly iter?: number;
  /** Every how many iterations the log has a line. */
  readonly refresh?: number;
}

/** Stan's L-BFGS as Prophet calls it. Throws where its search fails. */
export function fitByStan(
  problem: FitProblem,
  start: ProphetParameters,
  options: StanOptions = {},
): { readonly parameters: ProphetParameters; readonly log: string } {
  const width = problem.features.width;
  const isEmpty = width === 0; // Stan wants a feature at least
  const matrix = featureMatrix(problem);
  const { t, y, cap, changepoints, additive } = problem;
  const { params, logs } = optimizer.optimize(
    { ...start, beta: isEmpty ? new Float64Array(1) : start.beta },
    JSON.stringify({
      T: t.length,
      S: changepoints.length,
      K: isEmpty ? 1 : width,
      t: [...t],
      y: [...y],
      cap: Array.from(t, (_, at) => cap[at] ?? 0),
      t_change: [...changepoints],
      trend_indicator: { linear: 0, logistic: 1, flat: 2 }[problem.growth],
      X: Array.from(t, (_, row) =>
        isEmpty ? [0] : [...matrix.subarray(row * width, (row + 1) * width)],
      ),
      sigmas: isEmpty ? [1] : [...problem.priorScales],
      s_a: isEmpty ? [0] : additive.map(Number),
      s_m: isEmpty ? [0] : additive.map((isAdditive) => Number(!isAdditive)),
      tau: problem.changepointPriorScale,
    }),
    { iter: 10_000, algorithm: 'lbfgs', ...options },
  );
  const { k, m, delta, beta, sigmaObs } = params;
  return { parameters: { k, m, delta, beta: beta.slice(0, width), sigmaObs }, log: logs.info };
}
