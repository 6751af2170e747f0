import { expect, test } from 'vitest';
import { formatFreq, isSubDaily, parseFreq } from './freq.ts';

const canonical = (code: string) => {
  const freq = parseFreq(code);
  return freq === undefined ? undefined : formatFreq(freq);
};

test.each([
  ['D', 'D'],
  ['1D', 'D'],
  ['24h', 'D'],
  ['B', 'B'],
  ['W', 'W-SUN'],
  ['2W', '2W-SUN'],
  ['W-WED', 'W-WED'],
  ['MS', 'MS'],
  ['M', 'ME'],
  ['ME', 'ME'],
  ['MD', 'MD'],
  ['QS', 'QS'],
  ['QS-OCT', 'QS'],
  ['QS-NOV', 'QS-FEB'],
  ['Q', 'QE'],
  ['QE-DEC', 'QE'],
  ['Q-JAN', 'QE-JAN'],
  ['AS', 'YS'],
  ['YS-APR', 'YS-APR'],
  ['Y', 'YE'],
  ['A', 'YE'],
  ['YE-MAR', 'YE-MAR'],
  ['H', 'h'],
  ['60min', 'h'],
  ['15T', '15min'],
  ['90s', '90s'],
  ['3600S', 'h'],
])('%s is %s', (code, expected) => {
  expect(canonical(code)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test.each([
  '',
  '0D',
  'X',
  'ms',
  'us',
  'd',
  'W-XXX',
  'D-MON',
  'MS-JAN',
  'BMS',
  '-1D',
  '1.5h',
  '12345D',
  'constructor',
  'toString',
  'D D',
])('%j is no frequency', (code) => {
  expect(parseFreq(code)).toBeUndefined();
});

test('steps that are not whole days are sub-daily', () => {
  const subDaily = ['D', '36h', 'h', 'W', 'MS', '48h', 's'].filter((code) =>
    isSubDaily(parseFreq(code) ?? { kind: 'business', count: 1 }),
  );

  expect(subDaily).toEqual(['36h', 'h', 's']);
});
