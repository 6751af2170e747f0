import type { FitProblem } from './problem.ts';

/** Columns of the multiplicative and of the additive features. */
export interface FeatureModes {
  readonly multiplicative: Int32Array;
  readonly additive: Int32Array;
}

export function featureModes({ additive }: FitProblem): FeatureModes {
  const columns = additive.map((_, column) => column);
  return {
    multiplicative: Int32Array.from(columns.filter((column) => !additive[column])),
    additive: Int32Array.from(columns.filter((column) => additive[column])),
  };
}
