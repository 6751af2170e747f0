/**
 * Folds rows into an upper triangle by Householder reflections: [triangle; rows] = Q triangle',
 * and triangle' takes the place of triangle. Sums of squares of any combination of the columns
 * stay what they were, so that rows can be folded in block by block and be forgotten.
 *
 * @param triangle n x n, by rows, with zeros below the diagonal.
 * @param rows     `count` rows of n; destroyed.
 */
export function foldRows(
  triangle: Float64Array,
  rows: Float64Array,
  count: number,
  n: number,
): void {
  const end = count * n;
  const sums = new Float64Array(n);
  for (let column = 0; column < n; column += 1) {
    let squares = 0;
    for (let at = column; at < end; at += n) squares += rows[at]! * rows[at]!;
    if (squares === 0) continue;
    const top = column * n;
    const pivot = triangle[top + column]!;
    const length = Math.sqrt(pivot * pivot + squares);
    const reflected = pivot > 0 ? -length : length;
    const head = pivot - reflected;
    const scale = 2 / (head * head + squares);
    for (let j = column + 1; j < n; j += 1) sums[j] = head * triangle[top + j]!;
    for (let row = 0; row < end; row += n) {
      const value = rows[row + column]!;
      if (value !== 0) for (let j = column + 1; j < n; j += 1) sums[j]! += value * rows[row + j]!;
    }
    triangle[top + column] = reflected;
    for (let j = column + 1; j < n; j += 1) {
      sums[j]! *= scale;
      triangle[top + j]! -= head * sums[j]!;
    }
    for (let row = 0; row < end; row += n) {
      const value = rows[row + column]!;
      if (value !== 0) for (let j = column + 1; j < n; j += 1) rows[row + j]! -= value * sums[j]!;
    }
  }
}
