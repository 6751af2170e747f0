/**
 * Folds rows in which some columns repeat. Two rows of one phase are turned against each other, so that
 * what is equal in both is left in one of them and is 0 in the other: one row a phase stays as wide as
 * it was, all others are folded without these columns.
 */
import { foldRows } from './fold-rows.ts';
import type { Repeating } from './problem.ts';

export interface RowsToFold {
  /** Columns: 1, t, features, y. */
  readonly width: number;
  readonly repeating: Repeating;
  readonly from: number;
  readonly to: number;
  /** Rows that `write` is asked for at a time. */
  readonly blockRows: number;
}

/** @param write Writes `count` rows from row `start` on. */
export function repeatingRows(
  { width, repeating, from, to, blockRows }: RowsToFold,
  write: (into: Float64Array, start: number, count: number) => void,
): Float64Array {
  const { phases, phaseOf, columns } = repeating;
  const equal = [0, ...columns.map((column) => 2 + column)];
  const others = Array.from({ length: width }, (_, j) => j).filter((j) => !equal.includes(j));
  const order = Int32Array.of(...equal, ...others);
  const first = equal.length;
  const rest = others.length;
  const kept = new Float64Array(phases * width); // columns in `order`
  const seen = new Int32Array(phases);
  const block = new Float64Array(blockRows * width);
  const turned = new Float64Array(blockRows * rest);
  const triangle = new Float64Array(rest * rest);
  for (let start = from; start < to; start += blockRows) {
    const count = Math.min(blockRows, to - start);
    write(block, start, count);
    let left = 0;
    for (let i = 0, at = 0; i < count; i += 1, at += width) {
      const phase = phaseOf(start + i);
      const row = phase * width;
      const before = seen[phase]!;
      seen[phase] = before + 1;
      if (before === 0) {
        for (let j = 0; j < width; j += 1) kept[row + j] = block[at + order[j]!]!;
        continue;
      }
      const cos = Math.sqrt(before / (before + 1));
      const sin = Math.sqrt(1 / (before + 1));
      for (let j = first, into = left * rest; j < width; j += 1, into += 1) {
        const one = kept[row + j]!;
        const other = block[at + order[j]!]!;
        kept[row + j] = cos * one + sin * other;
        turned[into] = cos * other - sin * one;
      }
      left += 1;
    }
    foldRows(triangle, turned, left, rest);
  }
  for (let phase = 0; phase < phases; phase += 1)
    for (let j = 0; j < first; j += 1) kept[phase * width + j]! *= Math.sqrt(seen[phase]!);
  const folded = new Float64Array(width * width);
  foldRows(folded, kept, phases, width);
  const wide = new Float64Array(rest * width);
  for (let i = 0; i < rest; i += 1)
    wide.set(triangle.subarray(i * rest, (i + 1) * rest), i * width + first);
  foldRows(folded, wide, rest, width);
  const rows = new Float64Array(width * width);
  for (let at = 0; at < rows.length; at += width)
    for (let j = 0; j < width; j += 1) rows[at + order[j]!] = folded[at + j]!;
  return rows;
}
