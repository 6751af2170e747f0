/**
 * Linear or flat growth with multiplicative features, for many rows. In a segment with rate k and
 * offset m the model is linear in [m, k, m bm, k bm, ba] over the columns [1, t, Xm, t Xm, Xa]: one
 * triangle a segment, folded block by block, and the chain rule back to Prophet's parameters.
 */
import { featureModes } from './feature-modes.ts';
import { foldRows } from './fold-rows.ts';
import { addSquares, type PackedRows, packRows } from './packed-rows.ts';
import { priorsOf } from './priors.ts';
import { type FitProblem, type Objective, segmentStarts } from './problem.ts';
import { BLOCK_ROWS } from './triangle.ts';

export function piecesObjective(problem: FitProblem): Objective {
  const { changepoints, t } = problem;
  const { multiplicative, additive } = featureModes(problem);
  const addPriors = priorsOf(problem);
  const pieces = piecesOf(problem);
  const km = multiplicative.length;
  const ka = additive.length;
  const n = 3 + 2 * km + ka;
  const segments = changepoints.length + 1;
  const sigmaAt = 1 + segments;
  const betaAt = sigmaAt + 1;
  const theta = new Float64Array(n);
  const slopes = new Float64Array(n);
  const slopesK = new Float64Array(segments);
  const slopesM = new Float64Array(segments);
  theta[n - 1] = -1;
  return (x, gradient) => {
    const sigma = Math.exp(x[sigmaAt]!);
    const precision = 1 / (sigma * sigma);
    gradient.fill(0);
    for (let j = 0; j < ka; j += 1) theta[2 + 2 * km + j] = x[betaAt + additive[j]!]!;
    let k = x[0]!;
    let m = x[1]!;
    let squares = 0;
    for (let s = 0; s < segments; s += 1) {
      if (s > 0) {
        k += x[1 + s]!;
        m -= changepoints[s - 1]! * x[1 + s]!;
      }
      theta[0] = m;
      theta[1] = k;
      for (let j = 0; j < km; j += 1) {
        const beta = x[betaAt + multiplicative[j]!]!;
        theta[2 + j] = m * beta;
        theta[2 + km + j] = k * beta;
      }
      slopes.fill(0);
      squares += addSquares(pieces[s]!, theta, slopes);
      let slopeM = slopes[0]!;
      let slopeK = slopes[1]!;
      for (let j = 0; j < km; j += 1) {
        const at = betaAt + multiplicative[j]!;
        const [ofM, ofK] = [slopes[2 + j]!, slopes[2 + km + j]!];
        slopeM += ofM * x[at]!;
        slopeK += ofK * x[at]!;
        gradient[at]! += (ofM * m + ofK * k) * precision;
      }
      for (let j = 0; j < ka; j += 1)
        gradient[betaAt + additive[j]!]! += slopes[2 + 2 * km + j]! * precision;
      slopesK[s] = slopeK;
      slopesM[s] = slopeM;
    }
    // A change of the rate at c moves k by 1 and m by -c in all segments after it.
    let laterK = 0;
    let laterM = 0;
    for (let s = segments - 1; s >= 0; s -= 1) {
      laterK += slopesK[s]!;
      laterM += slopesM[s]!;
      if (s > 0) gradient[1 + s] = (laterK - changepoints[s - 1]! * laterM) * precision;
    }
    gradient[0] = laterK * precision;
    gradient[1] = laterM * precision;
    gradient[sigmaAt] = t.length - squares * precision;
    return t.length * x[sigmaAt]! + 0.5 * squares * precision + addPriors(x, sigma, gradient);
  };
}

/** Rows with the sums of squares of each segment's. */
function piecesOf(problem: FitProblem): PackedRows[] {
  const first = segmentStarts(problem);
  const modes = featureModes(problem);
  const n = 3 + 2 * modes.multiplicative.length + modes.additive.length;
  const raw = new Float64Array(BLOCK_ROWS * problem.features.width);
  const write = (into: Float64Array, offset: number, from: number, count: number) => {
    const { features, growth, t, y } = problem;
    features.write(raw, { offset: 0, stride: features.width }, from, count);
    for (let i = 0, at = offset; i < count; i += 1, at += n) {
      const row = i * features.width;
      const time = growth === 'flat' ? 0 : t[from + i]!;
      let to = at;
      into[to++] = 1;
      into[to++] = time;
      for (const column of modes.multiplicative) into[to++] = raw[row + column]!;
      for (const column of modes.multiplicative) into[to++] = time * raw[row + column]!;
      for (const column of modes.additive) into[to++] = raw[row + column]!;
      into[to] = y[from + i]!;
    }
  };
  const block = new Float64Array(BLOCK_ROWS * n);
  return Array.from({ length: first.length - 1 }, (_, s) => {
    const [from, to] = [first[s]!, first[s + 1]!];
    // Half of a triangle is 0, so that it is shorter than half as many rows.
    const isTriangle = to - from > n / 2;
    const rows = isTriangle ? n : to - from;
    const values = new Float64Array(rows * n);
    for (let start = from; start < to; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, to - start);
      if (!isTriangle) write(values, (start - from) * n, start, count);
      else {
        write(block, 0, start, count);
        foldRows(values, block, count, n);
      }
    }
    return packRows(values, n, isTriangle);
  });
}
