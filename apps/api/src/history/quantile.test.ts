import { expect, test } from 'vitest';
import { quantileOf } from './quantile.ts';

const counted = new Map([
  ['run:long:100', 10],
  ['run:long:250', 80],
  ['run:long:+Inf', 10],
  ['run:long:sum', 99_999],
  ['run:short:10', 1000],
]);
const at = (share: number) => quantileOf(counted, 'run:long:', { share });

test('between two bounds what was counted is spread evenly', () => {
  expect(at(0.05)).toBe(50);
  expect(at(0.1)).toBe(100);
  expect(at(0.5)).toBe(175);
  expect(at(0.9)).toBe(250);
});

test('beyond the last bound nobody knows more than that bound', () => {
  expect(at(0.95)).toBe(250);
});

test('the first bound may begin elsewhere, and nothing has no quantile', () => {
  const errors = new Map([['eta:1.5', 2]]);

  expect(quantileOf(errors, 'eta:', { share: 0.5, least: 1 })).toBe(1.25);
  expect(quantileOf(new Map(), 'eta:', { share: 0.5 })).toBeUndefined();
  expect(quantileOf(new Map([['eta:1.5', 0]]), 'eta:', { share: 0.5 })).toBeUndefined();
});
