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
