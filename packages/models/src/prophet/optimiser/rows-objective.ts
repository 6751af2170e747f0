/**
 * Any growth, any modes: one pass over the rows, with the gradient by hand. Logistic growth always
 * comes here. It alone keeps the features of all rows.
 */
import { featureModes } from './feature-modes.ts';
import { addProducts, GROUP, multiply } from './packed-rows.ts';
import { priorsOf } from './priors.ts';
import { type FitProblem, type Objective, segmentStarts } from './problem.ts';

/** Rate and offset in each segment, and what the sum over its rows says about their slopes. */
interface Segments {
  readonly k: Float64Array;
  readonly m: Float64Array;
  readonly slopesK: Float64Array;
  readonly slopesM: Float64Array;
}

/** Rows at a time, a multiple of a group. */
const PASS_ROWS = 96;

export function rowsObjective(problem: FitProblem): Objective {
  const { growth, t, y, cap, changepoints, features } = problem;
  const { multiplicative, additive } = featureModes(problem);
  const addPriors = priorsOf(problem);
  const first = segmentStarts(problem);
  const order = Int32Array.of(...multiplicative, ...additive);
  const values = packedFeatures(problem, order);
  const km = multiplicative.length;
  const width = features.width;
  const count = changepoints.length + 1;
  const vector = () => new Float64Array(count);
  const segments: Segments = { k: vector(), m: vector(), slopesK: vector(), slopesM: vector() };
  const { slopesK, slopesM } = segments;
  const sigmaAt = 1 + count;
  const betaAt = sigmaAt + 1;
  const beta = new Float64Array(width);
  const slopes = new Float64Array(width);
  // Of the rows of a block: sums over features, then what their slopes are weighed with.
  const byTrend = new Float64Array(PASS_ROWS);
  const added = new Float64Array(PASS_ROWS);
  return (x, gradient) => {
    const sigma = Math.exp(x[sigmaAt]!);
    const precision = 1 / (sigma * sigma);
    for (let j = 0; j < width; j += 1) beta[j] = x[betaAt + order[j]!]!;
    enterSegments(problem, x, segments);
    slopes.fill(0);
    slopesK.fill(0);
    slopesM.fill(0);
    let squares = 0;
    for (let start = 0, s = 0; start < t.length; start += PASS_ROWS) {
      const end = Math.min(t.length, start + PASS_ROWS);
      const groups = [start / GROUP, Math.ceil(end / GROUP)] as const;
      const ofTrend = { values, columns: width, groups, between: [0, km] } as const;
      const ofSum = { ...ofTrend, between: [km, width] } as const;
      multiply(ofTrend, beta, byTrend);
      multiply(ofSum, beta, added);
      for (let i = start; i < end; ) {
        while (i >= first[s + 1]!) s += 1;
        const until = Math.min(end, first[s + 1]!);
        const k = segments.k[s]!;
        const m = segments.m[s]!;
        let sumK = 0;
        let sumM = 0;
        for (let at = i - start; i < until; i += 1, at += 1) {
          let trend = m;
          let slope = 1; // of the trend by k t + m, or by k (t - m)
          if (growth === 'linear') trend = k * t[i]! + m;
          else if (growth === 'logistic') {
            const share = 1 / (1 + Math.exp(-k * (t[i]! - m)));
            trend = cap[i]! * share;
            slope = trend * (1 - share);
          }
          const factor = 1 + byTrend[at]!;
          const error = y[i]! - added[at]! - trend * factor;
          squares += error * error;
          byTrend[at] = error * trend;
          added[at] = error;
          const pull = error * factor * slope;
          sumM += pull;
          sumK += pull * (growth === 'logistic' ? t[i]! - m : t[i]!);
        }
        if (growth !== 'flat') slopesK[s]! += sumK;
        slopesM[s]! += growth === 'logistic' ? -k * sumM : sumM;
      }
      // Rows that only fill up the last group have features of 0.
      addProducts(ofTrend, byTrend, slopes);
      addProducts(ofSum, added, slopes);
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

/** The columns in `order`, in groups of rows. */
function packedFeatures({ t, features }: FitProblem, order: Int32Array): Float64Array {
  const { width } = features;
  const values = new Float64Array(Math.ceil(t.length / GROUP) * GROUP * width);
  const rows = new Float64Array(PASS_ROWS * width);
  for (let start = 0; start < t.length; start += PASS_ROWS) {
    const count = Math.min(PASS_ROWS, t.length - start);
    features.write(rows, { offset: 0, stride: width }, start, count);
    for (let i = 0; i < count; i += 1) {
      const row = start + i;
      const to = (row - (row % GROUP)) * width + (row % GROUP);
      for (let j = 0; j < width; j += 1) values[to + GROUP * j] = rows[i * width + order[j]!]!;
    }
  }
  return values;
}
