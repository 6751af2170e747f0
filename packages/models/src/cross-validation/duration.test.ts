import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['365 days', 365 * 86_400],
  ['1 day', 86_400],
  ['30D', 30 * 86_400],
  ['365.25 days', 31_557_600],
  ['2W', 1_209_600],
  ['12 hours', 43_200],
  ['90min', 5400],
  ['10 seconds', 10],
  [' 1 day 6 h ', 108_000],
])('"%s" is a length of time', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  ['12 H', 43_200],
  ['1d 6H', 108_000],
  ['2w', 1_209_600],
  ['3 m', 180],
  ['10 Days', 864_000],
  ['5 MIN', 300],
  ['2 hrs', 7200],
  ['7S', 7],
])('the case of "%s" does not matter', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  ['1 M', '"M" is no unit here: months differ in length'],
  ['6M', '"M" is no unit here'],
  ['1 day 2 M', '"M"'],
  ['1 month', 'months differ in length'],
  ['3 Months', 'months differ in length'],
  ['1 MS', '"MS" is no unit'],
  ['1 Y', 'years and quarters differ in length: write days'],
  ['2 years', 'years and quarters'],
  ['1 Q', 'years and quarters'],
  ['500 ms', 'the shortest unit is the second'],
  ['500 milliseconds', 'the shortest unit is the second'],
  ['9000 us', 'the shortest unit is the second'],
])('the unit of "%s" is refused by name', (text, reason) => {
  expect(parseDuration(text)).toContain(reason);
});

test.each(['', '5', 'days', '3 fortnights', '-1 days', '0 days', '1 day x', 'x 1 day', '1e3 days'])(
  '"%s" is none',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('lengths are written as pandas writes them', () => {
  expect(formatDuration(37 * 86_400)).toBe('37 days');
  expect(formatDuration(86_400 + 6.5 * 3600 + 7)).toBe('1 days 06:30:07');
});
