import { expect, test } from 'vitest';
import { noise } from '../../test/series.ts';
import { degradationOf } from './degradation.ts';

const residuals = { rmse: 1, band: 1.28, step: 1.4 };
const normal = (seed: number) => {
  const random = noise(seed);
  return () => Array.from({ length: 12 }, random).reduce((a, b) => a + b);
};
const errors = (count: number, { seed = 1, shift = 0, scale = 1 } = {}) =>
  Array.from({ length: count }, normal(seed)).map((error) => shift + scale * error);
const degraded = (list: readonly number[]) =>
  degradationOf(
    list,
    list.map(() => 100),
    residuals,
  ).isDegraded;
const shareOf = (count: number, more: { shift?: number; scale?: number }) =>
  Array.from({ length: 400 }, (_, at) => degraded(errors(count, { seed: at + 1, ...more }))).filter(
    Boolean,
  ).length / 400;

test('errors like those in training are no degradation, however few they are', () => {
  for (const count of [1, 2, 5, 30, 300])
    expect([count, shareOf(count, {}) < 0.02]).toEqual([count, true]);
});

test('a level shift of three times the usual error is found from five points on', () => {
  for (const count of [5, 30, 300])
    expect([count, shareOf(count, { shift: 3 }) > 0.95]).toEqual([count, true]);
  expect(shareOf(48, { shift: 2 })).toBeGreaterThan(0.99);
});

test('noise that has doubled is found where there are points enough to tell', () => {
  expect(shareOf(100, { scale: 2 })).toBeGreaterThan(0.9);
  expect(shareOf(2, { scale: 2 })).toBeLessThan(0.3);
});

test('points that miss the usual band are too many, though none is far off', () => {
  const list = Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? 1.45 : -1.45));
  const { errorRatio, coverage, isDegraded } = degradationOf(list, list, residuals);

  expect(errorRatio).toBeLessThan(1.5);
  expect([coverage, isDegraded]).toEqual([0, true]);
});

test('beside a fit without errors, what is small for the series is small', () => {
  const exact = { rmse: 1e-6, band: 1e-6, step: 2 };
  const of = (error: number) => degradationOf(Array(20).fill(error), Array(20).fill(50), exact);

  expect(of(0.4).isDegraded).toBe(false);
  expect(of(3).isDegraded).toBe(true);
});

test('where nothing is unseen nothing has degraded', () => {
  expect(degradationOf([], [], { rmse: 0, band: 0, step: 0 })).toEqual({
    ...{ errorRatio: 0, coverage: 1, isDegraded: false },
  });
});
