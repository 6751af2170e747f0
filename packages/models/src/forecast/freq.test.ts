import { expect, test } from 'vitest';
import { formatFreq, isSubDaily, parseFreq, unknownFreq } from './freq.ts';

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
  ['w', 'W-SUN'],
  ['d', 'D'],
  ['q', 'QE'],
  ['W-mon', 'W-MON'],
  ['qs-nov', 'QS-FEB'],
  ['BM', 'BME'],
  ['BME', 'BME'],
  ['CBME', 'BME'],
  ['BMS', 'BMS'],
  ['BQ', 'BQE'],
  ['BQE', 'BQE'],
  ['BQE-DEC', 'BQE'],
  ['BQ-NOV', 'BQE-FEB'],
  ['BQS', 'BQS'],
  ['BA', 'BYE'],
  ['BYE-MAR', 'BYE-MAR'],
  ['BAS', 'BYS'],
  ['SM', 'SME'],
  ['SME-15', 'SME'],
  ['SMS', 'SMS'],
  ['2SMS', '2SMS'],
  ['SMS-20', 'SMS-20'],
  ['C', 'B'],
  ['bh', 'bh'],
  ['BH', 'bh'],
  ['cbh', 'bh'],
  ['1h30min', '90min'],
  ['1D12h', '36h'],
  ['2h30min15s', '9015s'],
  ['MD-30', 'MD-30'],
])('codes of business days, half months, sums and any case: %s is %s', (code, expected) => {
  expect(canonical(code)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test.each([
  '',
  '0D',
  'X',
  'ms',
  'us',
  'W-XXX',
  'D-MON',
  'MS-JAN',
  '-1D',
  '1.5h',
  '12345D',
  'constructor',
  'toString',
  'D D',
  'm',
  '3m',
  '1h30m',
  '1h1M',
  '1h2W',
  'SMS-31',
  'BMD',
  'WOM-1MON',
  'MD-32',
])('%j is no frequency', (code) => {
  expect(parseFreq(code)).toBeUndefined();
});

test('a code that could mean two things, or is too short, is refused by name', () => {
  expect(unknownFreq('m')).toContain('"m" could mean months or minutes: use ME');
  expect(unknownFreq('15m')).toContain('min');
  expect(unknownFreq('ms')).toContain('"ms" is shorter than a second');
  expect(unknownFreq('monthly')).toContain('unknown frequency: use D, B, W');
});

test('steps that are not whole days are sub-daily', () => {
  const subDaily = ['D', '36h', 'h', 'W', 'MS', '48h', 's', 'bh', 'SMS'].filter((code) =>
    isSubDaily(parseFreq(code) ?? { kind: 'business', count: 1 }),
  );

  expect(subDaily).toEqual(['36h', 'h', 's', 'bh']);
});
