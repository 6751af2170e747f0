/**
 * The triangle of a series: [t, 1, hinges, features, y] = Q R. The residual sum of squares of any
 * linear model with additive features is |R [theta; -1]|^2, whatever the number of rows.
 *
 *  - memory does not depend on the number of rows: they are written and folded block by block;
 *  - within a segment every hinge is a + b t, so that rows of [1, t, features, y] are folded into a
 *    small triangle, which then takes the hinges in and is folded into the whole one;
 *  - a segment with no more rows than columns goes in as it is: of dependent columns a triangle is no
 *    shorter than their number;
 *  - where seasons repeat, most rows are folded without their columns (repeating-rows.ts).
 */
import { foldRows } from './fold-rows.ts';
import { type FitProblem, segmentStarts } from './problem.ts';
import { repeatingRows } from './repeating-rows.ts';

export interface Triangle {
  /** n x n, by rows; the last column is y. */
  readonly values: Float64Array;
  readonly n: number;
}

/** Rows at a time: few enough to stay in the processor's cache. */
export const BLOCK_ROWS = 96;

export function triangleOf(problem: FitProblem): Triangle {
  const { changepoints, features } = problem;
  const hinges = changepoints.length;
  const n = 2 + hinges + features.width + 1;
  const values = new Float64Array(n * n);
  const first = segmentStarts(problem);
  const width = features.width + 3;
  for (let segment = 0; segment <= hinges; segment += 1) {
    const rows = segmentRows(problem, first[segment]!, first[segment + 1]!);
    const count = rows.length / width;
    const wide = new Float64Array(count * n);
    for (let row = 0; row < count; row += 1) {
      const from = row * width;
      const to = row * n;
      const one = rows[from]!;
      const time = rows[from + 1]!;
      wide[to] = time;
      wide[to + 1] = one;
      for (let j = 0; j < segment; j += 1) wide[to + 2 + j] = time - changepoints[j]! * one;
      wide.set(rows.subarray(from + 2, from + width), to + 2 + hinges);
    }
    foldRows(values, wide, count, n);
  }
  return { values, n };
}

/** Rows of [1, t, features, y] with the sums of squares of rows `from` to `to` - 1. */
function segmentRows(problem: FitProblem, from: number, to: number): Float64Array {
  const width = problem.features.width + 3;
  if (to - from <= width) {
    const rows = new Float64Array((to - from) * width);
    writeRows(problem, rows, from, to - from);
    return rows;
  }
  const { repeating } = problem.features;
  if (repeating && to - from > 2 * repeating.phases)
    return repeatingRows(
      { width, repeating, from, to, blockRows: BLOCK_ROWS },
      (into, start, count) => writeRows(problem, into, start, count),
    );
  const folded = new Float64Array(width * width);
  const block = new Float64Array(BLOCK_ROWS * width);
  for (let start = from; start < to; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, to - start);
    writeRows(problem, block, start, count);
    foldRows(folded, block, count, width);
  }
  return folded;
}

function writeRows(
  { growth, t, y, features }: FitProblem,
  into: Float64Array,
  from: number,
  count: number,
): void {
  const width = features.width + 3;
  for (let i = 0, at = 0; i < count; i += 1, at += width) {
    into[at] = 1;
    into[at + 1] = growth === 'flat' ? 0 : t[from + i]!;
    into[at + width - 1] = y[from + i]!;
  }
  features.write(into, { offset: 2, stride: width }, from, count);
}
