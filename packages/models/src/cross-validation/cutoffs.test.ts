import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { cutoffsOf, givenCutoffs } from './cutoffs.ts';

const days = (...numbers: number[]) => numbers.map((day) => day * 86_400);
const range = (count: number) => days(...Array.from({ length: count }, (_, day) => day));
const windows = (horizon: number, initial: number, period: number) => ({
  horizon: horizon * 86_400,
  initial: initial * 86_400,
  period: period * 86_400,
});
const inDays = (seconds: readonly number[]) => seconds.map((at) => at / 86_400);

test('cutoffs go back from the last that leaves a horizon to the first that leaves enough', () => {
  expect(inDays(cutoffsOf(range(101), windows(10, 50, 15), 100))).toEqual([60, 75, 90]);
  expect(inDays(cutoffsOf(range(101), windows(10, 60, 15), 100))).toEqual([60, 75, 90]);
  expect(inDays(cutoffsOf(range(101), windows(10, 61, 15), 100))).toEqual([75, 90]);
});

test('a gap is stepped over: the cutoff before it ends a horizon before the last date there', () => {
  const ds = [...range(60), ...days(90, 91, 92, 93, 94, 95)];

  // 85 predicts 90 and more; 75 would predict nothing, so that 59 - 10 comes next.
  expect(inDays(cutoffsOf(ds, windows(10, 20, 10), 100))).toEqual([29, 39, 49, 85]);
});

test('too little data, and too many cutoffs, are refused', () => {
  expect(() => cutoffsOf(range(10), windows(20, 1, 1), 100)).toThrow(InputError);
  expect(() => cutoffsOf(range(10), windows(3, 8, 1), 100)).toThrow('less data than horizon');
  expect(() => cutoffsOf(range(100), windows(10, 10, 1), 20)).toThrow('more than the 20 cutoffs');
});

test('given cutoffs must leave something to learn from and to predict', () => {
  expect(inDays(givenCutoffs(days(70, 50, 70), range(100), 864_000))).toEqual([50, 70]);
  expect(() => givenCutoffs(days(0), range(100), 864_000)).toThrow('/cutoffs/0');
  expect(() => givenCutoffs(days(50, 90), range(100), 864_000)).toThrow('/cutoffs/1');
});
