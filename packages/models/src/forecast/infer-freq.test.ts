import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDs } from './ds.ts';
import { type Freq, formatFreq, parseFreq } from './freq.ts';
import { futureDates } from './future-dates.ts';
import { inferFreq } from './infer-freq.ts';

const at = (text: string) => (parseDs(text) as { seconds: number }).seconds;
const infer = (dates: string) => {
  const { freq, irregular } = inferFreq(dates.split(' ').map(at));
  return `${formatFreq(freq)}${irregular ? ' guessed' : ''}`;
};

test.each([
  ['2024-01-01 2024-01-02 2024-01-03', 'D'],
  ['2024-01-01 2024-01-03 2024-01-05', '2D'],
  ['2024-01-01 2024-01-08 2024-01-15', 'W-MON'],
  ['2024-01-07 2024-01-21 2024-02-04', '2W-SUN'],
  ['2024-01-01 2024-02-01 2024-03-01', 'MS'],
  ['2024-01-31 2024-02-29 2024-03-31', 'ME'],
  ['2024-01-01 2024-03-01 2024-05-01', '2MS'],
  ['2024-01-01 2024-04-01 2024-07-01', 'QS'],
  ['2024-02-01 2024-05-01 2024-08-01', 'QS-FEB'],
  ['2024-03-31 2024-06-30 2024-09-30', 'QE'],
  ['2022-01-01 2023-01-01 2024-01-01', 'YS'],
  ['2022-12-31 2023-12-31 2024-12-31', 'YE'],
  ['2022-04-01 2023-04-01 2024-04-01', 'YS-APR'],
  ['2024-01-15 2024-02-15 2024-03-15', 'MD'],
  ['2024-01-04 2024-01-05 2024-01-08 2024-01-09', 'B'],
  ['2024-01-01T00:00 2024-01-01T01:00 2024-01-01T02:00', 'h'],
  ['2024-01-01T00:00 2024-01-01T00:15', '15min'],
  ['2024-01-01 2024-02-01', 'MS'],
])('%s is %s', (dates, expected) => {
  expect(infer(dates)).toBe(expected);
});

test.each([
  ['2023-10-28 2023-11-28 2023-12-28', 'MD'],
  ['2024-01-30 2024-02-29 2024-03-30', 'MD'],
  ['2023-12-30 2024-01-30 2024-02-29', 'MD-30'],
  ['2024-12-29 2025-01-29 2025-02-28', 'MD-29'],
  ['2023-12-31 2024-01-31 2024-02-29', 'ME'],
  ['2023-12-15 2024-01-15 2024-02-15', 'MD'], // 31 days, twice
  ['2024-01-15 2024-02-15', 'MD'],
  ['2023-02-28 2023-03-28', 'MD'], // 28 days
  ['2024-01-28 2024-04-28 2024-07-28', '3MD'],
  ['2023-08-31 2023-11-30 2024-02-29', 'QE-FEB'],
  ['2023-08-30 2023-11-30 2024-02-29', '3MD-30'],
  ['2024-06-30 2024-09-30', 'QE'],
  ['2021-03-10 2022-03-10 2023-03-10', '12MD'], // 365 days, twice
  ['2020-02-28 2021-02-28 2022-02-28', '12MD'],
  ['2021-02-28 2022-02-28 2023-02-28', '12MD'],
  ['2023-02-28 2024-02-29 2025-02-28', 'YE-FEB'],
])(
  'equal days mean that day, clipped or not, and real ends the end: %s is %s',
  (dates, expected) => {
    expect(infer(dates)).toBe(expected);
  },
);

test.each([
  ['a missing day', '2024-01-05 2024-01-06 2024-01-08 2024-01-09 2024-01-10', 'D guessed'],
  ['a holiday', '2024-01-02 2024-01-03 2024-01-05 2024-01-08 2024-01-09', 'B guessed'],
  ['a missing month', '2024-01-01 2024-02-01 2024-04-01 2024-05-01', 'MS guessed'],
  ['last business days', '2024-01-31 2024-02-29 2024-03-29 2024-04-30', 'ME guessed'],
  [
    'last business days, some of them real ends',
    '2024-03-31 2024-04-30 2024-05-31 2024-06-28',
    'ME guessed',
  ],
  ['first business days', '2024-03-01 2024-04-01 2024-05-01 2024-06-03', 'MS guessed'],
  ['a 28th that is missing', '2024-01-28 2024-02-28 2024-04-28 2024-05-28', 'MD guessed'],
  [
    'a clipped 30th that is missing',
    '2023-10-30 2023-11-30 2024-01-30 2024-02-29',
    'MD-30 guessed',
  ],
  ['days about the end', '2024-01-26 2024-02-28 2024-03-27 2024-04-29', 'MD guessed'],
  ['a missing week', '2024-01-01 2024-01-08 2024-01-22 2024-01-29', 'W-MON guessed'],
  [
    'a late reading',
    '2024-01-01T00:00 2024-01-01T01:00 2024-01-01T02:01 2024-01-01T03:01',
    'h guessed',
  ],
])('%s leaves the most frequent step, and is said', (_, dates, expected) => {
  expect(infer(dates)).toBe(expected);
});

test('the step with which dates were made is found again', () => {
  const codes = [
    '15min',
    'h',
    'D',
    '3D',
    'W-TUE',
    '2W-FRI',
    'MS',
    'ME',
    '2MS',
    'QS',
    'QS-MAR',
    'QE',
    'YS',
    'YE',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.integer({ min: -30_000, max: 60_000 }),
      fc.integer({ min: 3, max: 40 }),
      (code, day, count) => {
        const dates = futureDates(parseFreq(code) as Freq, day * 86_400, count);

        expect(formatFreq(inferFreq(dates).freq)).toBe(code);
        expect(inferFreq(dates).irregular).toBe(false);
      },
    ),
  );
});
