import fc from 'fast-check';
import { expect, test } from 'vitest';
import { featuresOf, problemOf, startOf } from '../../../test/fit-problems.ts';
import { bestVariance, exactAdditive } from './exact.ts';
import { gaussNewton } from './gauss-newton.ts';
import { lbfgs } from './lbfgs.ts';
import { objectiveOf } from './objective.ts';
import { type FitProblem, featureMatrix, type ProphetParameters, toVector } from './problem.ts';

const exactly = (problem: FitProblem) =>
  problem.additive.every(Boolean) ? exactAdditive(problem) : gaussNewton(problem);

/**
 * Largest slope of the posterior that is not held by the kink of |delta| at 0, over the largest of its
 * terms: 0 at an optimum.
 */
function unrest(problem: FitProblem, parameters: ProphetParameters): number {
  const x = toVector(parameters);
  const gradient = new Float64Array(x.length);
  objectiveOf(problem)(x, gradient);
  const rate = 1 / problem.changepointPriorScale;
  const isChange = (at: number) => at >= 2 && at < 2 + problem.changepoints.length;
  const left = gradient.map((slope, at) =>
    isChange(at) && x[at] === 0 ? Math.max(0, Math.abs(slope) - rate) : Math.abs(slope),
  );
  return left.reduce((a, b) => Math.max(a, b)) / (problem.t.length / parameters.sigmaObs);
}

test('what it finds is a stationary point, kinks included', () => {
  const options = fc.record({
    growth: fc.constantFrom('linear' as const, 'flat' as const),
    mode: fc.constantFrom('additive' as const, 'multiplicative' as const, 'mixed' as const),
    points: fc.integer({ min: 70, max: 200 }), // more than parameters, or there is none
    columns: fc.integer({ min: 0, max: 8 }),
    changepoints: fc.integer({ min: 0, max: 25 }),
    changepointPriorScale: fc.constantFrom(1e-6, 0.001, 0.05, 0.5),
    seed: fc.integer({ min: 1, max: 1000 }),
  });
  fc.assert(
    fc.property(options, (given) => {
      const problem = problemOf(given);
      const found = exactly(problem);

      expect(found).toBeDefined();
      expect(unrest(problem, found as ProphetParameters)).toBeLessThan(1e-4);
    }),
    { numRuns: 60 },
  );
});

test('so it does near a start, where growth is logistic', () => {
  for (const mode of ['additive', 'mixed'] as const)
    for (const seed of [1, 2, 3]) {
      const problem = problemOf({ growth: 'logistic', points: 80, changepoints: 8, mode, seed });
      const start = { ...startOf(problem), sigmaObs: 0.1 };
      const found = gaussNewton(problem, { start });

      expect(unrest(problem, found as ProphetParameters)).toBeLessThan(1e-4);
    }
});

test('it is no worse than where L-BFGS stops', () => {
  for (const mode of ['additive', 'multiplicative'] as const)
    for (const seed of [1, 2, 3, 4]) {
      const problem = problemOf({ points: 150, changepoints: 25, mode, seed });
      const objective = objectiveOf(problem);
      const { value, x } = lbfgs(objective, toVector(startOf(problem)));

      const best = objective(toVector(exactly(problem) as ProphetParameters), x);

      expect(best).toBeLessThan(value + 1e-3);
    }
});

test('changes that the prior holds at 0 are exactly 0', () => {
  const { delta } = exactly(
    problemOf({ changepoints: 25, changepointPriorScale: 1e-6 }),
  ) as ProphetParameters;

  expect(delta).toEqual(new Float64Array(25));
});

test('columns in another order, and one given twice, give the same forecast', () => {
  const usual = problemOf({ columns: 6, points: 90 });
  const matrix = featureMatrix(usual);
  const columns = (order: number[]) => ({
    ...usual,
    features: featuresOf(
      Float64Array.from({ length: 90 * order.length }, (_, cell) => {
        const row = Math.floor(cell / order.length);
        return matrix[row * 6 + order[cell % order.length]!]!;
      }),
      order.length,
    ),
    priorScales: new Float64Array(order.length).fill(10),
    additive: order.map(() => true),
  });
  const one = exactly(usual) as ProphetParameters;
  const other = exactly(columns([5, 3, 1, 0, 2, 4])) as ProphetParameters;
  const twice = exactly(columns([0, 1, 2, 3, 4, 5, 0])) as ProphetParameters;

  expect(other.k).toBeCloseTo(one.k, 7);
  expect(other.sigmaObs).toBeCloseTo(one.sigmaObs, 9);
  expect(twice.k).toBeCloseTo(one.k, 3);
  expect((twice.beta[0] ?? 0) + (twice.beta[6] ?? 0)).toBeCloseTo(one.beta[0]!, 3);
});

test('a series that it can follow exactly has no optimum', () => {
  const usual = problemOf({ points: 40, columns: 0 });

  expect(exactAdditive({ ...usual, y: usual.t.map((t) => 0.2 + 0.3 * t) })).toBeUndefined();
});

test('the best noise is the root of its equation, for squares of any size', () => {
  for (const squares of [1e-15, 1e-6, 1, 1e6]) {
    const variance = bestVariance(squares, 100);

    expect((4 * variance * variance + 100 * variance) / squares).toBeCloseTo(1, 12);
  }
});
