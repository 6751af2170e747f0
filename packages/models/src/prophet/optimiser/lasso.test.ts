import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noise } from '../../../test/series.ts';
import { cholesky, solveCholesky } from './cholesky.ts';
import { solveLasso } from './lasso.ts';

/** A'A + I of a random A. */
function positive(n: number, random: () => number): Float64Array {
  const a = Float64Array.from({ length: n * n }, random);
  return Float64Array.from({ length: n * n }, (_, cell) => {
    const [i, j] = [Math.floor(cell / n), cell % n];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < n; k += 1) sum += a[k * n + i]! * a[k * n + j]!;
    return sum;
  });
}

test('the result is optimal: slopes are 0, or held by the penalty', () => {
  const cases = fc.tuple(
    fc.integer({ min: 1, max: 10_000 }),
    fc.integer({ min: 2, max: 14 }),
    fc.double({ min: 1e-4, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(cases, ([seed, n, penalty]) => {
      const random = noise(seed);
      const matrix = positive(n, random);
      const target = Float64Array.from({ length: n }, random);
      const penalised = [1, n - 1] as const;
      const x = new Float64Array(n);

      expect(solveLasso({ matrix, target, penalty, penalised }, x)).toBe(true);

      for (let j = 0; j < n; j += 1) {
        let slope = -target[j]!;
        for (let i = 0; i < n; i += 1) slope += matrix[j * n + i]! * x[i]!;
        const isFree = j < 1 || j >= n - 1;
        if (isFree) expect(Math.abs(slope)).toBeLessThan(1e-8);
        else if (x[j] === 0) expect(Math.abs(slope)).toBeLessThan(penalty * (1 + 1e-6));
        else expect(Math.abs(slope + penalty * Math.sign(x[j]!))).toBeLessThan(1e-8);
      }
    }),
  );
});

test('it ends at the same place wherever it begins', () => {
  const random = noise(4);
  const n = 12;
  const problem = {
    matrix: positive(n, random),
    target: Float64Array.from({ length: n }, random),
    penalty: 0.05,
    penalised: [2, 10] as const,
  };
  const [one, other] = [new Float64Array(n), Float64Array.from({ length: n }, random)];

  solveLasso(problem, one);
  solveLasso(problem, other);

  for (const [j, value] of one.entries()) expect(other[j]).toBeCloseTo(value, 10);
});

test('a matrix that is not positive definite has no factor', () => {
  expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  expect(cholesky(Float64Array.of(Number.NaN), 1)).toBe(false);
});

test('a factor solves its system', () => {
  const matrix = Float64Array.of(4, 2, 0, 2, 5, 1, 0, 1, 3);
  const x = Float64Array.of(4 + 4, 2 + 10 + 3, 2 + 9);

  expect(cholesky(matrix, 3)).toBe(true);
  solveCholesky(matrix, 3, x);

  for (const [at, value] of [1, 2, 3].entries()) expect(x[at]).toBeCloseTo(value, 12);
});
