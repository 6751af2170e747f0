import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemOf, startOf } from '../../../test/fit-problems.ts';
import { fitByStan } from '../../../test/stan.ts';
import { exactAdditive } from './exact.ts';
import { lbfgs } from './lbfgs.ts';
import { newton } from './newton.ts';
import { objectiveOf } from './objective.ts';
import { optimise } from './policy.ts';
import { type FitProblem, type ProphetParameters, toVector } from './problem.ts';

const fit = (problem: FitProblem) => optimise(problem, startOf(problem));

/** Where the trend is a fifth of the history past its end, in units of the noise. */
function aheadOf({ k, m, delta, sigmaObs }: ProphetParameters, { changepoints }: FitProblem) {
  const trend = delta.reduce((sum, d, at) => sum + d * (1.2 - changepoints[at]!), m + 1.2 * k);
  return trend / sigmaObs;
}

test("G15 The fit is Prophet's: its difference from Stan is no more than three times that of Stan from itself", () => {
  let ours = 0;
  let stans = 0;
  for (const seed of [1, 2, 3, 4, 6]) {
    const problem = problemOf({ points: 300, changepoints: 20, columns: 6, seed });
    const nudged = { ...problem, y: problem.y.map((value) => value * (1 + Number.EPSILON)) };
    const stan = fitByStan(problem, startOf(problem)).parameters;
    const again = fitByStan(nudged, startOf(nudged)).parameters;
    const found = fit(problem) as ProphetParameters;
    ours += Math.abs(aheadOf(found, problem) - aheadOf(stan, problem));
    stans += Math.abs(aheadOf(again, problem) - aheadOf(stan, problem));
  }

  expect(ours).toBeLessThan(3 * stans);
});

test("G15 The fit is Prophet's: below 100 points it is the optimum", () => {
  const problem = problemOf({ points: 99 });

  expect(fit(problem)).toEqual(exactAdditive(problem));
});

test('below 100 points of logistic growth it is no worse than Newton or L-BFGS', () => {
  for (const seed of [1, 2, 3]) {
    const problem = problemOf({ growth: 'logistic', points: 60, changepoints: 8, seed });
    const objective = objectiveOf(problem);
    const start = toVector(startOf(problem));
    const found = toVector(fit(problem) as ProphetParameters);

    const value = objective(found, new Float64Array(found.length));

    expect(value).toBeLessThan((newton(objective, start, 200)?.value ?? 0) + 1e-6);
    expect(value).toBeLessThan(lbfgs(objective, start).value + 1e-6);
  }
});

test('the log posterior of 28 logistic series of 24 to 95 points is at least that of Stan', () => {
  let compared = 0;
  for (let at = 0; at < 28; at += 1) {
    const points = 24 + Math.round((71 * at) / 27);
    const options = { changepoints: 25, columns: [0, 6, 12][at % 3]!, seed: at + 1 };
    const mode = at % 2 === 0 ? 'additive' : 'multiplicative';
    const problem = problemOf({ growth: 'logistic', points, mode, ...options });
    const objective = objectiveOf(problem);
    const gradient = new Float64Array(toVector(startOf(problem)).length);
    let stan: ProphetParameters;
    try {
      stan = fitByStan(problem, startOf(problem)).parameters;
    } catch {
      continue; // Its search fails.
    }
    compared += 1;

    const found = objective(toVector(fit(problem) as ProphetParameters), gradient);

    expect(found).toBeLessThan(objective(toVector(stan), gradient) + 1e-6);
  }
  expect(compared).toBeGreaterThan(20);
});

test('equal data give equal parameters', () => {
  for (const options of [
    {},
    { mode: 'mixed' },
    { growth: 'logistic' },
    { growth: 'logistic', points: 40 },
  ] as const)
    expect(fit(problemOf(options))).toEqual(fit(problemOf(options)));
});

test('changepoints that a prior of 1e-6 holds at 0 are no obstacle', () => {
  for (const points of [50, 300]) {
    const problem = problemOf({ points, changepoints: 25, changepointPriorScale: 1e-6 });
    const found = fit(problem);

    expect(found?.sigmaObs).toBeLessThan(0.1);
    expect(Math.max(...(found?.delta ?? [1]).map(Math.abs))).toBeLessThan(1e-4);
  }
});

test('a series that can be followed exactly gets a fit all the same', () => {
  for (const growth of ['linear', 'flat'] as const)
    for (const points of [4, 60, 400]) {
      const usual = problemOf({ points, growth, columns: 0 });
      const y = usual.t.map((at) => (growth === 'flat' ? 0.5 : 0.2 + 0.3 * at));

      expect(fit({ ...usual, y })?.sigmaObs).toBeGreaterThan(1e-6);
    }
});

test('whatever the numbers, it ends in parameters or in none', () => {
  const number = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, 1e-300, 1e-9, 1, 1e9, 1e200),
  );
  const options = fc.record({
    growth: fc.constantFrom('linear' as const, 'logistic' as const, 'flat' as const),
    mode: fc.constantFrom('additive' as const, 'mixed' as const),
    y: fc.array(number, { minLength: 2, maxLength: 40 }),
    columns: fc.integer({ min: 0, max: 12 }),
    changepoints: fc.integer({ min: 0, max: 40 }),
    changepointPriorScale: fc.constantFrom(1e-9, 0.05, 1e9),
  });
  fc.assert(
    fc.property(options, ({ y, ...given }) => {
      const problem = { ...problemOf({ ...given, points: y.length }), y: Float64Array.from(y) };
      const found = optimise(problem, { ...startOf(problem), sigmaObs: 1 });

      if (found === undefined) return;
      expect([found.k, found.m, ...found.delta, ...found.beta].every(Number.isFinite)).toBe(true);
      expect(found.sigmaObs).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});
