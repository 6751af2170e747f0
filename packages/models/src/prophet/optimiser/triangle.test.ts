import { expect, test } from 'vitest';
import { problemOf } from '../../../test/fit-problems.ts';
import { foldRows } from './fold-rows.ts';
import type { FitProblem } from './problem.ts';
import { triangleOf } from './triangle.ts';

/** Sums of products of the columns of a matrix with `n` columns. */
function productsOf(values: Float64Array, n: number): Float64Array {
  const products = new Float64Array(n * n);
  for (let row = 0; row < values.length; row += n)
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) products[i * n + j]! += values[row + i]! * values[row + j]!;
  return products;
}

test('sums of products survive folding', () => {
  const n = 5;
  const rows = Float64Array.from({ length: 40 * n }, (_, at) => Math.sin(at * at));
  const triangle = new Float64Array(n * n);

  for (let row = 0; row < 40; row += 10)
    foldRows(triangle, rows.slice(row * n, (row + 10) * n), 10, n);

  const expected = productsOf(rows, n);
  for (const [at, product] of productsOf(triangle, n).entries())
    expect(product).toBeCloseTo(expected[at]!, 12);
});

test('the triangle has the sums of products of [t, 1, hinges, features, y]', () => {
  const problem = problemOf({ points: 500, columns: 3, changepoints: 4 });
  const { values, n } = triangleOf(problem);
  const row = new Float64Array(3);
  const design = Array.from(problem.t, (time, at) => {
    problem.features.write(row, { offset: 0, stride: 3 }, at, 1);
    const hinges = Array.from(problem.changepoints, (change) => Math.max(0, time - change));
    return [time, 1, ...hinges, ...row, problem.y[at]!];
  });

  const expected = productsOf(Float64Array.from(design.flat()), n);
  for (const [at, product] of productsOf(values, n).entries())
    expect(product).toBeCloseTo(expected[at]!, 9);
});

test('what repeats is folded once a phase, and no sum of products changes', () => {
  const problem = problemOf({ points: 600, columns: 3, changepoints: 4 });
  const phaseOf = (row: number) => (row < 200 ? row : row + 3) % 7; // three are missing
  const season = Float64Array.from({ length: 14 }, (_, at) => Math.sin(at * at));
  const features: FitProblem['features'] = {
    width: 5,
    write(into, { offset, stride }, from, count) {
      problem.features.write(into, { offset: offset + 1, stride }, from, count);
      for (let i = 0; i < count; i += 1) {
        const phase = phaseOf(from + i);
        into[offset + i * stride] = season[2 * phase]!;
        into[offset + i * stride + 4] = season[2 * phase + 1]!;
      }
    },
  };
  const repeating = { phases: 7, phaseOf, columns: [0, 4] };

  const plain = triangleOf({ ...problem, features });
  const folded = triangleOf({ ...problem, features: { ...features, repeating } });

  const expected = productsOf(plain.values, plain.n);
  for (const [at, product] of productsOf(folded.values, folded.n).entries())
    expect(product).toBeCloseTo(expected[at]!, 10);
});

test('memory does not depend on the number of rows', () => {
  let largest = 0;
  let cells = 0;
  const problem = problemOf({ points: 50_000, columns: 2 });
  const features: FitProblem['features'] = {
    width: 60,
    write(into, { offset, stride }, from, count) {
      largest = Math.max(largest, into.length);
      cells += count * 60;
      for (let i = 0; i < count; i += 1)
        for (let j = 0; j < 60; j += 1) into[offset + i * stride + j] = ((from + i) * j) % 7;
    },
  };

  const before = process.memoryUsage().arrayBuffers;
  triangleOf({ ...problem, features });

  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  expect(cells).toBe(50_000 * 60);
  expect(largest).toBeLessThan(10_000);
});
