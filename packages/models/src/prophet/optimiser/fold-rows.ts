/**
 * Folds rows into an upper triangle by Householder reflections: [triangle; rows] = Q triangle',
 * and triangle' takes the place of triangle. Sums of squares of any combination of the columns
 * stay what they were, so that rows can be folded in block by block and be forgotten.
 *
 * The rows are turned into columns first, and a reflection takes four columns at a time: what it
 * adds up stays in registers (2026-11: half the time of a loop over rows).
 *
 * @param triangle n x n, by rows, with zeros below the diagonal.
 * @param rows     `count` rows of n.
 */
export function foldRows(
  triangle: Float64Array,
  rows: Float64Array,
  count: number,
  n: number,
): void {
  const columns = turned(rows, count, n);
  for (let column = 0; column < n; column += 1) {
    const v = column * count;
    let squares = 0;
    for (let i = v; i < v + count; i += 1) squares += columns[i]! * columns[i]!;
    if (squares === 0) continue;
    const top = column * n;
    const pivot = triangle[top + column]!;
    const length = Math.sqrt(pivot * pivot + squares);
    const reflected = pivot > 0 ? -length : length;
    const head = pivot - reflected;
    const scale = 2 / (head * head + squares);
    triangle[top + column] = reflected;
    let j = column + 1;
    for (; j + 4 <= n; j += 4) {
      const at = top + j;
      const a = j * count;
      const b = a + count;
      const c = b + count;
      const d = c + count;
      let sumA = head * triangle[at]!;
      let sumB = head * triangle[at + 1]!;
      let sumC = head * triangle[at + 2]!;
      let sumD = head * triangle[at + 3]!;
      for (let i = 0; i < count; i += 1) {
        const value = columns[v + i]!;
        sumA += value * columns[a + i]!;
        sumB += value * columns[b + i]!;
        sumC += value * columns[c + i]!;
        sumD += value * columns[d + i]!;
      }
      sumA *= scale;
      sumB *= scale;
      sumC *= scale;
      sumD *= scale;
      triangle[at]! -= head * sumA;
      triangle[at + 1]! -= head * sumB;
      triangle[at + 2]! -= head * sumC;
      triangle[at + 3]! -= head * sumD;
      for (let i = 0; i < count; i += 1) {
        const value = columns[v + i]!;
        columns[a + i]! -= value * sumA;
        columns[b + i]! -= value * sumB;
        columns[c + i]! -= value * sumC;
        columns[d + i]! -= value * sumD;
      }
    }
    for (; j < n; j += 1) {
      const a = j * count;
      let sum = head * triangle[top + j]!;
      for (let i = 0; i < count; i += 1) sum += columns[v + i]! * columns[a + i]!;
      sum *= scale;
      triangle[top + j]! -= head * sum;
      for (let i = 0; i < count; i += 1) columns[a + i]! -= columns[v + i]! * sum;
    }
  }
}

let scratch = new Float64Array(0);

/** The rows as columns, in memory that the next call takes again. */
function turned(rows: Float64Array, count: number, n: number): Float64Array {
  if (scratch.length < count * n) scratch = new Float64Array(count * n);
  for (let j = 0, to = 0; j < n; j += 1)
    for (let i = 0, at = j; i < count; i += 1, at += n) scratch[to++] = rows[at]!;
  return scratch;
}
