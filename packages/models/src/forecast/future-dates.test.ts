import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDs, parseDs } from './ds.ts';
import { type Freq, parseFreq } from './freq.ts';
import { futureDates, lastFutureDate } from './future-dates.ts';

const at = (text: string) => (parseDs(text) as { seconds: number }).seconds;
const freqOf = (code: string) => parseFreq(code) as Freq;

// From pandas 2: pd.date_range(start=last, periods=n + 1, freq=code), those after `last`.
test.each([
  ['D', '2024-02-28', '2024-02-29 2024-03-01 2024-03-02'],
  ['3D', '2024-12-30', '2025-01-02 2025-01-05 2025-01-08'],
  ['B', '2024-01-05', '2024-01-08 2024-01-09 2024-01-10'],
  ['B', '2024-01-06', '2024-01-08 2024-01-09 2024-01-10'],
  ['3B', '2024-01-04', '2024-01-09 2024-01-12 2024-01-17'],
  ['W', '2024-01-01', '2024-01-07 2024-01-14 2024-01-21'],
  ['W-MON', '2024-01-01', '2024-01-08 2024-01-15 2024-01-22'],
  ['2W-MON', '2024-01-02', '2024-01-08 2024-01-22 2024-02-05'],
  ['MS', '2024-01-01', '2024-02-01 2024-03-01 2024-04-01'],
  ['MS', '2024-01-15', '2024-02-01 2024-03-01 2024-04-01'],
  ['2MS', '2023-11-01', '2024-01-01 2024-03-01 2024-05-01'],
  ['ME', '2024-01-31', '2024-02-29 2024-03-31 2024-04-30'],
  ['ME', '2024-01-15', '2024-01-31 2024-02-29 2024-03-31'],
  ['QS', '2024-01-01', '2024-04-01 2024-07-01 2024-10-01'],
  ['QS', '2024-02-01', '2024-04-01 2024-07-01 2024-10-01'],
  ['QS-FEB', '2024-02-01', '2024-05-01 2024-08-01 2024-11-01'],
  ['QE', '2024-03-31', '2024-06-30 2024-09-30 2024-12-31'],
  ['QE', '2024-03-15', '2024-03-31 2024-06-30 2024-09-30'],
  ['YS', '2024-01-01', '2025-01-01 2026-01-01 2027-01-01'],
  ['YS-APR', '2024-04-02', '2025-04-01 2026-04-01 2027-04-01'],
  ['YE', '2024-02-29', '2024-12-31 2025-12-31 2026-12-31'],
  ['2YE', '2024-12-31', '2026-12-31 2028-12-31 2030-12-31'],
  ['MD', '2024-01-31', '2024-02-29 2024-03-31 2024-04-30'],
  ['MD', '1969-11-15', '1969-12-15 1970-01-15 1970-02-15'],
])('%s after %s: %s', (code, last, expected) => {
  const dates = futureDates(freqOf(code), at(last), 3);

  expect(dates.map((s) => formatDs(s, { dateOnly: true, offsets: [] })).join(' ')).toBe(expected);
});

test('an anchored step keeps the time of day', () => {
  const dates = futureDates(freqOf('MS'), at('2024-01-01T06:30:00'), 2);

  expect(dates).toEqual([at('2024-02-01T06:30'), at('2024-03-01T06:30')]);
});

test('dates ascend, lie after the last one, are as many as asked, and end where foretold', () => {
  const codes = [
    's',
    '7min',
    'h',
    'D',
    '2B',
    'W-FRI',
    'MS',
    '5ME',
    'QS-MAR',
    'QE',
    'YS',
    'YE',
    'MD',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.integer({ min: -62_135_596_800, max: 4_000_000_000 }),
      fc.integer({ min: 1, max: 60 }),
      (code, last, periods) => {
        const dates = futureDates(freqOf(code), last, periods);

        expect(dates).toHaveLength(periods);
        expect(dates.every((date, i) => date > (i === 0 ? last : (dates[i - 1] as number)))).toBe(
          true,
        );
        expect(lastFutureDate(freqOf(code), last, periods)).toBe(dates.at(-1));
      },
    ),
  );
});
