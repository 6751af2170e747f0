import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Series } from '../prophet/answer-rows.ts';
import { changeOf } from './series-change.ts';

const series = (y: readonly number[], from = 0, extra: Series['extra'] = {}): Series => ({
  ds: y.map((_, at) => from + at),
  y,
  extra,
});
const ten = series([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
const without = ({ ds, y }: Series, gone: number): Series => ({
  ds: ds.filter((_, at) => at !== gone),
  y: y.filter((_, at) => at !== gone),
  extra: {},
});

test('a series is no other than itself', () => {
  expect(changeOf(ten, ten)).toEqual({
    ...{ added: [], altered: [], removed: 0, lost: [], share: 0 },
  });
});

test('points after, before and between the others are added', () => {
  expect(changeOf(ten, series([...ten.y, 10, 11]))).toMatchObject({ added: [10, 11], share: 0.2 });
  expect(changeOf(ten, series([-1, ...ten.y], -1))).toMatchObject({ added: [0], removed: 0 });
  expect(changeOf(without(ten, 4), ten)).toMatchObject({ added: [4], altered: [], removed: 0 });
});

test('points that are gone are removed, wherever they lay', () => {
  for (const gone of [0, 4, 9])
    expect(changeOf(ten, without(ten, gone))).toEqual({
      ...{ added: [], altered: [], removed: 1, lost: [gone], share: 0.1 },
    });
});

test('a point is altered when anything of it differs', () => {
  const revised = series(ten.y.map((y) => (y === 3 ? 3.0001 : y)));
  const column = (value: number) => ({ promo: ten.y.map((y) => (y === 7 ? value : 0)) });

  expect(changeOf(ten, revised)).toMatchObject({ altered: [3], lost: [3], share: 0.1 });
  expect(changeOf(series(ten.y, 0, column(0)), series(ten.y, 0, column(1)))).toMatchObject({
    altered: [7],
  });
});

test('a window that moves on has lost as many as it gained', () => {
  expect(changeOf(ten, series([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1))).toEqual({
    ...{ added: [9], altered: [], removed: 1, lost: [0], share: 0.2 },
  });
});

test('rows of one date are compared in their order', () => {
  const twice: Series = { ds: [1, 1, 2], y: [1, 2, 3], extra: {} };

  expect(changeOf(twice, twice).share).toBe(0);
  expect(changeOf(twice, { ds: [1, 2], y: [1, 3], extra: {} })).toMatchObject({ removed: 1 });
});

test('what is counted is what was done, in any mix', () => {
  const deeds = fc.array(fc.constantFrom('keep', 'alter', 'remove', 'insert'), {
    minLength: 1,
    maxLength: 50,
  });
  fc.assert(
    fc.property(deeds, (list) => {
      const before: { ds: number; y: number }[] = [{ ds: -1, y: 0 }];
      const now: typeof before = [{ ds: -1, y: 0 }];
      for (const [ds, deed] of list.entries()) {
        if (deed !== 'insert') before.push({ ds, y: ds });
        if (deed !== 'remove') now.push({ ds, y: deed === 'alter' ? -5 : ds });
      }
      const of = (rows: typeof before): Series => ({
        ds: rows.map((row) => row.ds),
        y: rows.map((row) => row.y),
        extra: {},
      });
      const change = changeOf(of(before), of(now));

      const count = (deed: string) => list.filter((one) => one === deed).length;
      expect([change.added.length, change.altered.length, change.removed]).toEqual(
        ['insert', 'alter', 'remove'].map(count),
      );
      expect(change.share).toBe((list.length - count('keep')) / before.length);
    }),
  );
});
