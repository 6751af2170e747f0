/**
 * Prophet's model of one scaled series: what the optimiser is given, and what it finds.
 *
 * The optimiser moves one vector, in the order in which Stan declares its parameters:
 * [k, m, delta (one a changepoint), log sigma, beta (one a feature)].
 */
export interface FitProblem {
  readonly growth: 'linear' | 'logistic' | 'flat';
  /** Scaled time, ascending: 0 at the first row, 1 at the last. */
  readonly t: Float64Array;
  readonly y: Float64Array;
  /** Scaled capacities; empty unless growth is logistic. */
  readonly cap: Float64Array;
  /** Scaled times at which the rate may change, ascending; empty where growth is flat. */
  readonly changepoints: Float64Array;
  readonly features: FeatureRows;
  /** Of each feature: the standard deviation of its normal prior, and whether it is additive. */
  readonly priorScales: Float64Array;
  readonly additive: readonly boolean[];
  /** Mean size of a change of the rate, of its Laplace prior. */
  readonly changepointPriorScale: number;
}

/** The columns of the regression, made where and when they are needed. */
export interface FeatureRows {
  /** How many columns. */
  readonly width: number;
  /** Writes `count` rows from row `from` on; row i begins at `offset + i * stride`. */
  write(into: Float64Array, place: FeaturePlace, from: number, count: number): void;
  /** Columns that are equal in all rows of one phase, to the last bit. Default: there are none. */
  readonly repeating?: Repeating | undefined;
}

export interface Repeating {
  readonly phases: number;
  readonly columns: readonly number[];
  /** From 0 to `phases` - 1. */
  readonly phaseOf: (row: number) => number;
}

interface FeaturePlace {
  readonly offset: number;
  readonly stride: number;
}

/** Scaled. */
export interface ProphetParameters {
  /** Rate before the first changepoint. */
  readonly k: number;
  /** Offset before the first changepoint. */
  readonly m: number;
  /** One for each changepoint. */
  readonly delta: Float64Array;
  /** One for each feature. */
  readonly beta: Float64Array;
  /** Observation noise. */
  readonly sigmaObs: number;
}

/** Minus the log posterior at `x`, constants left out; writes its gradient. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export function toVector({ k, m, delta, beta, sigmaObs }: ProphetParameters): Float64Array {
  return Float64Array.of(k, m, ...delta, Math.log(sigmaObs), ...beta);
}

export function fromVector(x: Float64Array, { changepoints }: FitProblem): ProphetParameters {
  const sigmaAt = 2 + changepoints.length;
  return {
    k: x[0]!,
    m: x[1]!,
    delta: x.slice(2, sigmaAt),
    beta: x.slice(sigmaAt + 1),
    sigmaObs: Math.exp(x[sigmaAt]!),
  };
}

/**
 * First rows of the segments between changepoints: rows of segment j are first[j] to
 * first[j + 1] - 1. A row at the time of a changepoint belongs to the segment after it.
 */
export function segmentStarts({ t, changepoints }: FitProblem): Int32Array {
  const first = new Int32Array(changepoints.length + 2);
  let row = 0;
  for (let j = 0; j < changepoints.length; j += 1) {
    while (row < t.length && t[row]! < changepoints[j]!) row += 1;
    first[j + 1] = row;
  }
  first[changepoints.length + 1] = t.length;
  return first;
}

/** All features, row by row. */
export function featureMatrix({ t, features }: FitProblem): Float64Array {
  const matrix = new Float64Array(t.length * features.width);
  features.write(matrix, { offset: 0, stride: features.width }, 0, t.length);
  return matrix;
}
