import { expect, test } from 'vitest';
import { problemOf, startOf } from '../../../test/fit-problems.ts';
import { noise } from '../../../test/series.ts';
import { eigenOf } from './eigen.ts';
import { exactAdditive } from './exact.ts';
import { newton } from './newton.ts';
import { objectiveOf } from './objective.ts';
import { type ProphetParameters, toVector } from './problem.ts';

test('values and vectors belong to the matrix', () => {
  const random = noise(2);
  for (const n of [1, 2, 3, 30]) {
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j <= i; j += 1) matrix[i * n + j] = matrix[j * n + i] = random();

    const { values, vectors } = eigenOf(matrix.slice(), n) as NonNullable<
      ReturnType<typeof eigenOf>
    >;

    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) {
        let [product, inner] = [0, 0];
        for (let k = 0; k < n; k += 1) {
          product += matrix[i * n + k]! * vectors[k * n + j]!;
          inner += vectors[k * n + i]! * vectors[k * n + j]!;
        }
        expect(product).toBeCloseTo(values[j]! * vectors[i * n + j]!, 12);
        expect(inner).toBeCloseTo(i === j ? 1 : 0, 12);
      }
  }
});

test('a matrix with equal values, and one of zeros, are taken', () => {
  expect(eigenOf(Float64Array.of(2, 0, 0, 2), 2)?.values).toEqual(Float64Array.of(2, 2));
  expect(eigenOf(new Float64Array(9), 3)?.values).toEqual(new Float64Array(3));
  expect(eigenOf(Float64Array.of(Number.NaN, 0, 0, 1), 2)).toBeUndefined();
});

test('it finds the optimum of a short series', () => {
  for (const seed of [1, 2, 3]) {
    const problem = problemOf({ points: 60, changepoints: 8, seed });
    const objective = objectiveOf(problem);
    const exact = toVector(exactAdditive(problem) as ProphetParameters);

    const found = newton(objective, toVector(startOf(problem)), 200);

    expect(found?.value).toBeCloseTo(objective(exact, new Float64Array(exact.length)), 1);
  }
});

test('it goes up nowhere, and stops where it may go on no longer', () => {
  const problem = problemOf({ growth: 'logistic', points: 50 });
  const objective = objectiveOf(problem);
  const start = toVector(startOf(problem));
  let before = objective(start, new Float64Array(start.length));
  for (const iterations of [1, 2, 3, 5, 8]) {
    const found = newton(objective, start, iterations);

    expect(found?.value).toBeLessThanOrEqual(before);
    expect(found?.iterations).toBeLessThanOrEqual(iterations);
    before = found?.value ?? 0;
  }
});

test('a start that is not finite has no optimum', () => {
  expect(newton(() => Number.NaN, Float64Array.of(1), 5)).toBeUndefined();
});
