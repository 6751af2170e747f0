import { expect, test } from 'vitest';
import { cubicLeast, searchLine } from './line-search.ts';
import { createPoint, dot, evaluate } from './point.ts';
import type { Objective } from './problem.ts';

function search(objective: Objective, firstStep = 1) {
  const from = createPoint(Float64Array.of(0));
  const trial = createPoint(from.x);
  evaluate(objective, from);
  const direction = Float64Array.of(1);
  const step = searchLine({ objective, from, direction, firstStep, trial });
  return { step, trial, slope: dot(from.gradient, direction), from };
}

test('the step has a sufficient decrease and a small slope', () => {
  for (const firstStep of [1e-3, 0.5, 7, 400]) {
    const { step, trial, slope, from } = search((x, gradient) => {
      gradient[0] = 2 * (x[0]! - 3) + Math.cos(x[0]!);
      return (x[0]! - 3) ** 2 + Math.sin(x[0]!);
    }, firstStep);

    expect(step).toBe(trial.x[0]);
    expect(trial.value).toBeLessThanOrEqual(from.value + 1e-4 * trial.x[0]! * slope);
    expect(Math.abs(trial.gradient[0]!)).toBeLessThanOrEqual(0.9 * Math.abs(slope));
  }
});

test('it ends where the bracket has shrunk to two neighbouring numbers', () => {
  let trials = 0;
  // Falls at full slope up to 1, and jumps there: nothing in between has a small slope.
  const { step } = search((x, gradient) => {
    trials += 1;
    gradient[0] = x[0]! < 1 ? -1 : 1;
    return x[0]! < 1 ? -x[0]! : 5;
  });

  expect(step).toBeUndefined();
  expect(trials).toBeLessThan(600);
});

test('a trial that is not finite is halved, not the end', () => {
  const { step, trial } = search((x, gradient) => {
    gradient[0] = 2 * (x[0]! - 0.2);
    return x[0]! > 0.3 ? Number.NaN : (x[0]! - 0.2) ** 2;
  }, 1);

  expect(step).toBeGreaterThan(0);
  expect(trial.x[0]).toBeLessThan(0.3);
});

test('where nothing beside the start is finite there is no step', () => {
  const { step } = search((x, gradient) => {
    gradient[0] = -1;
    return x[0] === 0 ? 0 : Number.POSITIVE_INFINITY;
  });

  expect(step).toBeUndefined();
});

test('the least point of a cubic is found, and kept within its bounds', () => {
  // x^3 - x is least at 1 / sqrt 3.
  expect(cubicLeast(-1, { step: 0.9, value: 0.9 ** 3 - 0.9, slope: 3 * 0.81 - 1 })).toBeCloseTo(
    1 / Math.sqrt(3),
    12,
  );
  expect(cubicLeast(-1, { step: 0.5, value: -0.6, slope: -2 })).toBe(1);
});
