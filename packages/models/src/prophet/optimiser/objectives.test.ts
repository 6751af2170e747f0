import { describe, expect, test } from 'vitest';
import { featuresOf, problemOf, somewhere } from '../../../test/fit-problems.ts';
import { cheapestWay } from './objective.ts';
import { piecesObjective } from './pieces-objective.ts';
import { type FitProblem, featureMatrix, type Objective } from './problem.ts';
import { rowsObjective } from './rows-objective.ts';
import { triangleObjective } from './triangle-objective.ts';

const growths = ['linear', 'logistic', 'flat'] as const;
const modes = ['additive', 'multiplicative', 'mixed'] as const;

/** All that can take the problem. */
function objectivesOf(problem: FitProblem): Objective[] {
  if (problem.growth === 'logistic') return [rowsObjective(problem)];
  const all = [rowsObjective(problem), piecesObjective(problem)];
  return problem.additive.every(Boolean) ? [...all, triangleObjective(problem)] : all;
}

/** Largest distance of the gradient from central differences of five points, relative to its size. */
function gradientError(objective: Objective, x: Float64Array): number {
  const gradient = new Float64Array(x.length);
  const unused = new Float64Array(x.length);
  objective(x, gradient);
  const size = Math.hypot(...gradient);
  const h = 1e-3;
  return x.reduce((most, value, at) => {
    const f = (distance: number) => objective(x.with(at, value + distance * h), unused);
    const slope = (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * h);
    return Math.max(most, Math.abs(slope - gradient[at]!) / size);
  }, 0);
}

describe('gradients are those of finite differences', () => {
  for (const growth of growths)
    for (const mode of modes)
      test(`${growth}, ${mode}`, () => {
        const problem = problemOf({ growth, mode, points: 90, columns: 5, changepoints: 6 });
        for (const objective of objectivesOf(problem))
          expect(gradientError(objective, somewhere(problem))).toBeLessThan(1e-7);
      });
});

/** Largest relative difference of values and gradients to those of the rows, at three places. */
function disagreement(problem: FitProblem): number {
  const [rows, ...others] = objectivesOf(problem) as [Objective, ...Objective[]];
  let most = 0;
  for (const seed of [1, 2, 3]) {
    const x = somewhere(problem, seed);
    const expected = new Float64Array(x.length);
    const value = rows(x, expected);
    const size = Math.hypot(...expected);
    for (const objective of others) {
      const gradient = new Float64Array(x.length);
      most = Math.max(most, Math.abs(objective(x, gradient) / value - 1));
      for (const [at, slope] of gradient.entries())
        most = Math.max(most, Math.abs(slope - expected[at]!) / size);
    }
  }
  return most;
}

describe('triangle, pieces and rows agree', () => {
  for (const growth of ['linear', 'flat'] as const)
    for (const mode of modes)
      test.each([
        ['many rows', { points: 1000 }],
        ['a row a segment', { points: 12, changepoints: 9 }],
        ['fewer rows than columns', { points: 5, columns: 12 }],
        ['a block and a row', { points: 97, changepoints: 0 }],
        ['no changepoints', { changepoints: 0 }],
        ['no features', { columns: 0 }],
        ['nothing but a line', { changepoints: 0, columns: 0 }],
        ['one column', { columns: 1 }],
      ])(`${growth}, ${mode}: %s`, (_, options) => {
        expect(disagreement(problemOf({ growth, mode, ...options }))).toBeLessThan(1e-11);
      });

  test('on segments without rows, repeated dates and changepoints at both ends', () => {
    const usual = problemOf({ points: 60 });
    const t = Float64Array.from(usual.t, (_, row) => Math.floor(row / 3) / 19);
    const changepoints = Float64Array.of(0, 0.101, 0.102, 0.103, 0.5, 0.5, 1);

    expect(disagreement({ ...usual, t, changepoints })).toBeLessThan(1e-11);
  });

  test('on columns that depend on each other, and on one that is 0', () => {
    const usual = problemOf({ points: 300, columns: 6 });
    const matrix = featureMatrix(usual);
    for (let at = 0; at < matrix.length; at += 6) {
      matrix[at + 1] = 2 * matrix[at]! - 3;
      matrix[at + 4] = 0;
    }

    expect(disagreement({ ...usual, features: featuresOf(matrix, 6) })).toBeLessThan(1e-11);
  });

  test('on a series far from 0, with noise in its seventh digit', () => {
    const usual = problemOf({ points: 300 });
    const y = usual.y.map((value) => 1 + 1e-6 * value);
    const x = somewhere({ ...usual, y });
    // where the residuals are as small as the noise
    x.fill(0);
    x[1] = 1;
    x[2 + usual.changepoints.length] = Math.log(2e-6);
    const gradient = new Float64Array(x.length);
    const [rows, , triangle] = objectivesOf({ ...usual, y }) as [Objective, Objective, Objective];

    expect(triangle(x, gradient) / rows(x, gradient)).toBeCloseTo(1, 8);
  });
});

test('permuted columns have the same values, their gradient permuted', () => {
  const usual = problemOf({ columns: 6, mode: 'mixed' });
  const order = [4, 2, 0, 5, 3, 1];
  const matrix = featureMatrix(usual);
  const moved = matrix.map((_, cell) => matrix[cell - (cell % 6) + order[cell % 6]!]!);
  const permuted = {
    ...usual,
    features: featuresOf(moved, 6),
    additive: order.map((column) => usual.additive[column]!),
  };
  const betaAt = 3 + usual.changepoints.length;
  const x = somewhere(usual);
  const y = x.map((value, at) => (at < betaAt ? value : x[betaAt + order[at - betaAt]!]!));
  const [g, h] = [new Float64Array(x.length), new Float64Array(x.length)];

  for (const objective of [rowsObjective, piecesObjective]) {
    expect(objective(permuted)(y, h)).toBeCloseTo(objective(usual)(x, g), 8);
    for (const [at, column] of order.entries())
      expect(h[betaAt + at]! / g[betaAt + column]!).toBeCloseTo(1, 8);
  }
});

test('the way is chosen by the multiplications of a value', () => {
  const way = (options: Parameters<typeof problemOf>[0]) => cheapestWay(problemOf(options));

  expect(way({ points: 3000, columns: 26, changepoints: 25 })).toBe('triangle');
  expect(way({ points: 300, columns: 6, changepoints: 250 })).toBe('rows');
  expect(way({ points: 20_000, columns: 26, changepoints: 25, mode: 'mixed' })).toBe('pieces');
  expect(way({ points: 300, columns: 26, changepoints: 25, mode: 'multiplicative' })).toBe('rows');
  expect(way({ points: 20_000, growth: 'logistic' })).toBe('rows');
});
