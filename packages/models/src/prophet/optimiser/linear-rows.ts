/**
 * The model around some coefficients, made linear: the rows of the least squares problem that a
 * Gauss-Newton step solves, folded into a triangle block by block. Coefficients are in the order
 * [k, m, delta, beta].
 */
import { foldRows } from './fold-rows.ts';
import { type FitProblem, segmentStarts } from './problem.ts';
import { BLOCK_ROWS, type Triangle } from './triangle.ts';

export interface LinearRows {
  /** Of [slopes of the model by its coefficients, what they should add up to]. */
  triangleAt(coefficients: Float64Array): Triangle;
  /** Residual sum of squares of the model itself. */
  squaresAt(coefficients: Float64Array): number;
}

export function linearRows(problem: FitProblem): LinearRows {
  const { t, y, changepoints, features, additive } = problem;
  const { width } = features;
  const trends = 2 + changepoints.length;
  const n = trends + width + 1;
  const block = new Float64Array(BLOCK_ROWS * n);
  const slopes = new Float64Array(trends);
  /** Visits row by row; its features are in the block at `at + trends`. */
  const walk = (x: Float64Array, onRow: OnRow, onBlock: (count: number) => void) => {
    const trendAt = trendAround(problem, x);
    const is: RowParts = { trend: 0, weight: 1, sum: 0 };
    for (let start = 0; start < t.length; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, t.length - start);
      features.write(block, { offset: trends, stride: n }, start, count);
      for (let i = 0, at = 0; i < count; i += 1, at += n) {
        is.trend = trendAt(start + i, slopes);
        is.weight = 1;
        is.sum = 0;
        for (let j = 0; j < width; j += 1) {
          const effect = block[at + trends + j]! * x[trends + j]!;
          if (additive[j]) is.sum += effect;
          else is.weight += effect;
        }
        onRow(start + i, at, is);
      }
      onBlock(count);
    }
  };
  return {
    squaresAt(x) {
      let squares = 0;
      const onRow: OnRow = (row, _, { trend, weight, sum }) => {
        squares += (y[row]! - trend * weight - sum) ** 2;
      };
      walk(x, onRow, () => {});
      return squares;
    },
    triangleAt(x) {
      const values = new Float64Array(n * n);
      const onRow: OnRow = (row, at, { trend, weight }) => {
        let linear = 0;
        for (let j = 0; j < trends; j += 1) {
          block[at + j] = weight * slopes[j]!;
          linear += slopes[j]! * x[j]!;
        }
        for (let j = 0; j < width; j += 1) if (!additive[j]) block[at + trends + j]! *= trend;
        block[at + n - 1] = y[row]! + weight * (linear - trend) + trend * (weight - 1);
      };
      walk(x, onRow, (count) => foldRows(values, block, count, n));
      return { values, n };
    },
  };
}

/** @param at Where the row begins in the block. */
type OnRow = (row: number, at: number, is: RowParts) => void;

/** Of one row: the trend, what it is multiplied with, and what is added. */
interface RowParts {
  trend: number;
  weight: number;
  sum: number;
}

/** The trend of a row; writes its slopes by [k, m, delta]. Rows must come in order. */
type TrendAt = (row: number, slopes: Float64Array) => number;

function trendAround(problem: FitProblem, x: Float64Array): TrendAt {
  return problem.growth === 'logistic' ? logisticAround(problem, x) : linearAround(problem, x);
}

function linearAround({ growth, t, changepoints }: FitProblem, x: Float64Array): TrendAt {
  return (row, slopes) => {
    const time = growth === 'flat' ? 0 : t[row]!;
    slopes[0] = time;
    slopes[1] = 1;
    let trend = x[0]! * time + x[1]!;
    for (let j = 0; j < changepoints.length; j += 1) {
      slopes[2 + j] = Math.max(0, time - changepoints[j]!);
      trend += slopes[2 + j]! * x[2 + j]!;
    }
    return trend;
  };
}

/** Carries rate, offset, and the slopes of the offset from segment to segment. */
function logisticAround(problem: FitProblem, x: Float64Array): TrendAt {
  const { t, cap, changepoints } = problem;
  const first = segmentStarts(problem);
  const offsets = new Float64Array(2 + changepoints.length);
  let segment = 0;
  let k = x[0]!;
  let m = x[1]!;
  offsets[1] = 1;
  /** m' = m + (c - m) (1 - k / k'), k' = k + delta. */
  const enterNext = () => {
    const change = changepoints[segment]!;
    const next = k + x[2 + segment]!;
    const ratio = k / next;
    const byRatio = m - change;
    for (let j = 0; j < 2 + segment; j += 1) offsets[j]! *= ratio;
    // k moves with the first coefficient and with all changes so far, k' also with this one.
    const ofBoth = byRatio * (1 / next - k / (next * next));
    offsets[0]! += ofBoth;
    for (let j = 0; j < segment; j += 1) offsets[2 + j]! += ofBoth;
    offsets[2 + segment] = byRatio * (-k / (next * next));
    m = change + (m - change) * ratio;
    k = next;
    segment += 1;
  };
  return (row, slopes) => {
    while (row >= first[segment + 1]!) enterNext();
    const distance = t[row]! - m;
    const share = 1 / (1 + Math.exp(-k * distance));
    const trend = cap[row]! * share;
    const steep = trend * (1 - share);
    for (let j = 0; j < slopes.length; j += 1) {
      const isRate = j === 0 || (j >= 2 && j < 2 + segment);
      slopes[j] = steep * ((isRate ? distance : 0) - k * offsets[j]!);
    }
    return trend;
  };
}
