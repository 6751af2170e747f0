/**
 * Any growth, any modes: one pass over the rows, with the gradient by hand. Logistic growth always
 * comes here. It alone keeps the features of all rows, as one matrix.
 */
import { featureModes } from './feature-modes.ts';
import { priorsOf } from './priors.ts';
import { type FitProblem, featureMatrix, type Objective, segmentStarts } from './problem.ts';

/** Rate and offset in each segment, and what the sum over its rows says about their slopes. */
interface Segments {
  readonly k: Float64Array;
  readonly m: Float64Array;
  readonly slopesK: Float64Array;
  readonly slopesM: Float64Array;
}

export function rowsObjective(problem: FitProblem): Objective {
  const { growth, t, y, cap, changepoints, features } = problem;
  const { multiplicative, additive } = featureModes(problem);
  const addPriors = priorsOf(problem);
  const first = segmentStarts(problem);
  const order = Int32Array.of(...multiplicative, ...additive);
  const matrix = reordered(featureMatrix(problem), order);
  const km = multiplicative.length;
  const width = features.width;
  const count = changepoints.length + 1;
  const vector = () => new Float64Array(count);
  const segments: Segments = { k: vector(), m: vector(), slopesK: vector(), slopesM: vector() };
  const sigmaAt = 1 + count;
  const betaAt = sigmaAt + 1;
  const beta = new Float64Array(width);
  const slopes = new Float64Array(width);
  return (x, gradient) => {
    const sigma = Math.exp(x[sigmaAt]!);
    const precision = 1 / (sigma * sigma);
    for (let j = 0; j < width; j += 1) beta[j] = x[betaAt + order[j]!]!;
    enterSegments(problem, x, segments);
    slopes.fill(0);
    let squares = 0;
    for (let s = 0; s < count; s += 1) {
      const k = segments.k[s]!;
      const m = segments.m[s]!;
      let sumK = 0;
      let sumM = 0;
      for (let i = first[s]!, at = i * width; i < first[s + 1]!; i += 1, at += width) {
        let trend = m;
        let slope = 1; // of the trend by k t + m, or by k (t - m)
        if (growth === 'linear') trend = k * t[i]! + m;
        else if (growth === 'logistic') {
          const share = 1 / (1 + Math.exp(-k * (t[i]! - m)));
          trend = cap[i]! * share;
          slope = trend * (1 - share);
        }
        let factor = 1;
        let sum = 0;
        for (let j = 0; j < km; j += 1) factor += matrix[at + j]! * beta[j]!;
        for (let j = km; j < width; j += 1) sum += matrix[at + j]! * beta[j]!;
        const error = y[i]! - sum - trend * factor;
        squares += error * error;
        const scaled = error * trend;
        for (let j = 0; j < km; j += 1) slopes[j]! += scaled * matrix[at + j]!;
        for (let j = km; j < width; j += 1) slopes[j]! += error * matrix[at + j]!;
        const pull = error * factor * slope;
        sumM += pull;
        sumK += pull * (growth === 'logistic' ? t[i]! - m : t[i]!);
      }
      segments.slopesK[s] = growth === 'flat' ? 0 : sumK;
      segments.slopesM[s] = growth === 'logistic' ? -k * sumM : sumM;
    }
    if (growth === 'logistic') leaveLogistic(problem, segments, -precision, gradient);
    else leaveLinear(problem, segments, -precision, gradient);
    for (let j = 0; j < width; j += 1) gradient[betaAt + order[j]!] = -slopes[j]! * precision;
    gradient[sigmaAt] = t.length - squares * precision;
    return t.length * x[sigmaAt]! + 0.5 * squares * precision + addPriors(x, sigma, gradient);
  };
}

/** Rate and offset of each segment; the offset changes so that the trend has no step. */
function enterSegments({ growth, changepoints }: FitProblem, x: Float64Array, to: Segments): void {
  const { k, m } = to;
  k[0] = x[0]!;
  m[0] = x[1]!;
  for (let j = 0; j < changepoints.length; j += 1) {
    const change = x[2 + j]!;
    k[j + 1] = k[j]! + change;
    m[j + 1] =
      growth === 'logistic'
        ? m[j]! + (changepoints[j]! - m[j]!) * (1 - k[j]! / k[j + 1]!)
        : m[j]! - changepoints[j]! * change;
  }
}

/** Slopes by k, m and the changes of the rate, from those by rate and offset of each segment. */
function leaveLinear(
  { changepoints }: FitProblem,
  { slopesK, slopesM }: Segments,
  factor: number,
  gradient: Float64Array,
): void {
  let laterK = 0;
  let laterM = 0;
  for (let s = changepoints.length; s >= 0; s -= 1) {
    laterK += slopesK[s]!;
    laterM += slopesM[s]!;
    if (s > 0) gradient[1 + s] = (laterK - changepoints[s - 1]! * laterM) * factor;
  }
  gradient[0] = laterK * factor;
  gradient[1] = laterM * factor;
}

/** The same back through m[i + 1] = m[i] + (c[i] - m[i]) (1 - k[i] / k[i + 1]). */
function leaveLogistic(
  { changepoints }: FitProblem,
  { k, m, slopesK, slopesM }: Segments,
  factor: number,
  gradient: Float64Array,
): void {
  let ofM = 0;
  for (let i = changepoints.length - 1; i >= 0; i -= 1) {
    ofM += slopesM[i + 1]!;
    const ratio = k[i]! / k[i + 1]!;
    const ofRatio = -ofM * (changepoints[i]! - m[i]!);
    slopesK[i]! += ofRatio / k[i + 1]!;
    slopesK[i + 1]! -= (ofRatio * ratio) / k[i + 1]!;
    ofM *= ratio;
  }
  let laterK = 0;
  for (let i = changepoints.length; i > 0; i -= 1) {
    laterK += slopesK[i]!;
    gradient[1 + i] = laterK * factor;
  }
  gradient[0] = (laterK + slopesK[0]!) * factor;
  gradient[1] = (ofM + slopesM[0]!) * factor;
}

/** The columns of each row in another order. */
function reordered(matrix: Float64Array, order: Int32Array): Float64Array {
  if (order.every((column, at) => column === at)) return matrix;
  const width = order.length;
  const row = new Float64Array(width);
  for (let at = 0; at < matrix.length; at += width) {
    for (let j = 0; j < width; j += 1) row[j] = matrix[at + order[j]!]!;
    matrix.set(row, at);
  }
  return matrix;
}
