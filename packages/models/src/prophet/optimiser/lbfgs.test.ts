import { expect, test } from 'vitest';
import { problemOf, startOf } from '../../../test/fit-problems.ts';
import { fitByStan } from '../../../test/stan.ts';
import { lbfgs } from './lbfgs.ts';
import { objectiveOf } from './objective.ts';
import { toVector } from './problem.ts';

/** Stan's log to the digits that it prints: the log posterior after each iteration. */
function logOf(text: string): string[] {
  const first = /Initial log joint probability = (\S+)/.exec(text)?.[1] ?? '';
  return [first, ...Array.from(text.matchAll(/^ +\d+ +(\S+)/gm), ([, value]) => value as string)];
}

test.each([
  ['linear, additive', {}],
  ['linear, multiplicative', { mode: 'multiplicative' }],
  ['logistic, mixed', { growth: 'logistic', mode: 'mixed' }],
  ['flat', { growth: 'flat' }],
] as const)('it goes as Stan goes for 50 iterations: %s', (_, options) => {
  const problem = problemOf(options);
  const start = startOf(problem);
  const trace: string[] = [];

  lbfgs(objectiveOf(problem), toVector(start), {
    onIteration: (value) => void trace.push((-value).toPrecision(6)),
  });

  const log = logOf(fitByStan(problem, start, { refresh: 1 }).log).slice(0, 51);
  expect(trace.slice(0, log.length).map(Number)).toEqual(log.map(Number));
});

test('a bowl is gone down to its bottom', () => {
  const { x, value, end } = lbfgs((at, gradient) => {
    let sum = 0;
    for (let i = 0; i < at.length; i += 1) {
      gradient[i] = 2 * (i + 1) * (at[i]! - i);
      sum += (i + 1) * (at[i]! - i) ** 2;
    }
    return sum;
  }, new Float64Array(10));

  for (const [i, found] of x.entries()) expect(found).toBeCloseTo(i, 4);
  expect(value).toBeLessThan(1e-8);
  expect(end).not.toBe('line search failed');
});

test('it stops after as many iterations as it may', () => {
  const problem = problemOf();

  const { end, iterations } = lbfgs(objectiveOf(problem), toVector(startOf(problem)), {
    maxIterations: 7,
  });

  expect([end, iterations]).toEqual(['iterations', 7]);
});

test('a start that is not finite is given back', () => {
  const start = Float64Array.of(1, 2);

  const { x, end, iterations } = lbfgs(() => Number.NaN, start);

  expect([x, end, iterations]).toEqual([start, 'line search failed', 0]);
});

test('the last point is kept when a later search fails', () => {
  let calls = 0;
  const { x, end, iterations } = lbfgs(
    (at, gradient) => {
      calls += 1;
      gradient[0] = at[0]! - 5;
      gradient[1] = 20 * at[1]!;
      return calls > 6 ? Number.NaN : 0.5 * (at[0]! - 5) ** 2 + 10 * at[1]! ** 2;
    },
    Float64Array.of(0, 1),
  );

  expect(end).toBe('line search failed');
  expect(iterations).toBeGreaterThan(1);
  expect(x.every(Number.isFinite)).toBe(true);
});
