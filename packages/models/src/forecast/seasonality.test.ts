import { expect, test } from 'vitest';
import { seasonalityOrders } from './seasonality.ts';

const DAY = 86_400;
const auto = { yearly: 'auto', weekly: 'auto', daily: 'auto' } as const;
const days = (...list: number[]) => list.map((day) => day * DAY);

test.each([
  ['730 days are a yearly seasonality', days(0, 729, 730), { yearly: 10, weekly: 3, daily: 0 }],
  ['a second less is none', [0, DAY, 730 * DAY - 1], { yearly: 0, weekly: 3, daily: 0 }],
  [
    '14 days, less than 7 apart, are a weekly one',
    days(0, 6, 14),
    { yearly: 0, weekly: 3, daily: 0 },
  ],
  ['7 days apart is none', days(0, 7, 14, 21), { yearly: 0, weekly: 0, daily: 0 }],
  [
    '2 days, less than 1 apart, are a daily one',
    days(0, 0.5, 2),
    { yearly: 0, weekly: 0, daily: 4 },
  ],
  ['equal dates are no spacing', days(0, 0, 7, 14), { yearly: 0, weekly: 0, daily: 0 }],
])('by Prophet’s rule, %s', (_, dates, expected) => {
  expect(seasonalityOrders(auto, dates)).toEqual(expected);
});

test('true is the default order, false is off, a number is the order', () => {
  const orders = seasonalityOrders({ yearly: true, weekly: false, daily: 7 }, days(0, 1, 20));

  expect(orders).toEqual({ yearly: 10, weekly: 0, daily: 7 });
});
