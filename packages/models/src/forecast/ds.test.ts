import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDs, MAX_SECONDS, parseDs } from './ds.ts';

const seconds = (text: string) => {
  const parsed = parseDs(text);
  return typeof parsed === 'string' ? parsed : parsed.seconds;
};

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -62_135_596_800, max: MAX_SECONDS }),
      fc.option(fc.integer({ min: -1439, max: 1439 }).map((minutes) => minutes * 60 + 0)),
      (at, offset) => {
        const offsets = offset === null ? [] : [[0, offset] as const];
        const parsed = parseDs(formatDs(at, { dateOnly: false, offsets }));

        expect(parsed).toEqual({
          ...{ seconds: at - (offset ?? 0), kind: offset === null ? 'local' : 'zoned' },
          ...{ offset: offset ?? 0, cut: false },
        });
      },
    ),
  );
});

test('a time with a zone is read as Date reads it', () => {
  for (const text of [
    '2024-02-29T23:30:00+01:00',
    '1969-12-31T23:59:59Z',
    '2024-01-01T00:00:00-05:30',
  ])
    expect(seconds(text)).toBe(Date.parse(text) / 1000);
});

test.each([
  '2024-01-31T10:20:00',
  '2024-01-31 10:20:00',
  '2024-01-31T10:20',
  '2024-01-31t10:20:00.000',
  '2024-01-31T10:20:00,9',
])('%s is 20 minutes past ten', (text) => {
  expect(seconds(text)).toBe(Date.UTC(2024, 0, 31, 10, 20) / 1000);
});

const ISO = '2024-01-05T10:20:30Z';
test.each([
  ['2024-01-05 10:20:30+00', ISO], // Postgres
  ['2024-01-05 10:20:30.000+00', ISO],
  ['2024-01-05 12:20:30+02', '2024-01-05T12:20:30+02:00'],
  ['2024-01-05 15:50:30+0530', '2024-01-05T15:50:30+05:30'],
  ['2024-01-05T10:20:30+0000', ISO], // strftime
  ['2024-01-05T07:20:30-0300', '2024-01-05T07:20:30-03:00'],
  ['2024-01-05 10:20:30 UTC', ISO], // BigQuery
  ['2024-01-05 10:20:30.000000 UTC', ISO],
  ['2024-01-05 10:20:30 +0000', ISO], // Ruby
  ['2024-01-05 10:20:30 GMT', ISO],
  ['2024-01-05 10:20:30.0000000 +00:00', ISO], // SQL Server
  ['2024-01-05T10:20:30.000Z', ISO], // JavaScript
  ['20240105T102030Z', ISO],
  ['2024/01/31', '2024-01-31'],
  ['2024/1/5', '2024-01-05'],
  ['2024.01.31', '2024-01-31'],
  ['20240131', '2024-01-31'],
  ['20240131T1020', '2024-01-31T10:20:00'],
  ['2024-1-1', '2024-01-01'],
  ['2024-1-1 9:05', '2024-01-01T09:05:00'],
  ['2024/01/31 9:05:07', '2024-01-31T09:05:07'], // Excel
  ['2024-01', '2024-01-01'], // a month, as pandas writes its periods
  ['2024/3', '2024-03-01'],
  ['2024Q2', '2024-04-01'],
  ['2024-q4', '2024-10-01'],
  ['2024', '2024-01-01'],
  [' 2024-01-31 ', '2024-01-31'],
  ['\t2024-01-31T10:20:00\n', '2024-01-31T10:20:00'],
])('databases, pandas and spreadsheets are understood: %j is the same as %s', (text, iso) => {
  expect(parseDs(text)).toEqual(parseDs(iso));
  expect(typeof parseDs(iso)).toBe('object');
});

test('a fraction other than zero is cut off, and said to be', () => {
  expect(parseDs('2024-01-31T10:20:00.000')).toMatchObject({ cut: false });
  expect(parseDs('2024-01-31T10:20:00.250')).toMatchObject({ cut: true });
  expect(parseDs('2024-01-31T10:20:00.5Z')).toMatchObject({ cut: true, kind: 'zoned' });
});

test.each([
  ['2023-02-30', 'not a date of the calendar'],
  ['2023-00-10', 'not a date of the calendar'],
  ['0000-01-01', 'not a date of the calendar'],
  ['2023-01-01T24:00:00', 'not a time of the day'],
  ['2023-01-01T10:60', 'not a time of the day'],
  ['2023-01-01T10:00:60Z', 'not a time of the day'],
  ['2023-01-01T10', 'can be read'],
  ['2023-01-01T10:00:', 'can be read'],
  ['2023-01-01T10:00:00.', 'can be read'],
  ['2023-01-01T10:00:00+25:00', 'can be read'],
  ['2023-01-01T10:00:00Zulu', 'can be read'],
  ['01/02/2023', 'day and month are ambiguous'],
  ['01-02-2024', 'day and month are ambiguous in "01-02-2024"; write the year first'],
  ['31.01.2024 10:00', 'ambiguous'],
  ['1/2/24', 'ambiguous'],
  ['01/02/2023', 'can be read'],
  ['2024-13', 'not a date of the calendar'],
  ['20240230', 'not a date of the calendar'],
  ['2024-1-32', 'not a date of the calendar'],
  ['2024-031', 'can be read'], // an ordinal date
  ['2024-W05', 'can be read'],
  ['202401', 'can be read'], // a month, or a day of 2020
  ['2024-01/31', 'can be read'],
  ['2024-01-31T3:00 PM', 'write hours from 00 to 23'],
  ['Wed Jan 31 2024 10:00:00 GMT+0100', 'in JavaScript: date.toISOString()'],
  ['2024-01-31T10:00:00 Europe/Berlin', 'write the offset'],
  ['2024-01-31T10:00:00+01:00[Europe/Berlin]', 'write the offset'],
  ['2024-01-31 10:00:00 CET', 'write the offset'],
  ['NaT', 'a row without a date; leave it out'],
  ['２０２３-01-01', 'can be read'],
  ['', 'can be read'],
])('%j is refused: %s', (text, reason) => {
  expect(parseDs(text)).toContain(reason);
});

describe('numbers', () => {
  test.each([
    [1_704_067_200_000, 'looks like milliseconds since 1970; send an ISO 8601 date'],
    ['1704067200000', 'looks like milliseconds since 1970; send an ISO 8601 date'],
    [1_704_067_200, 'looks like seconds since 1970; send an ISO 8601 date'],
    [1_704_067_200_000, 'pandas: to_json(date_format="iso")'],
    [1_704_067_200_000_000, 'looks like microseconds since 1970'],
    [1_704_067_200_000_000_000, 'looks like nanoseconds since 1970'],
    ['1704067200000000000', 'looks like nanoseconds since 1970'],
    ['1.7040672E9', 'looks like seconds since 1970'], // BigQuery's REST API
    [-3_000_000_000_000, 'looks like milliseconds since 1970'],
    [45_322, 'looks like a day number of Excel; send the date as text'],
    ['45322.5', 'looks like a day number of Excel'],
    [2024, 'must be a string'],
    ['1704067200.5', 'looks like seconds since 1970; send an ISO 8601 date'],
    [20_230_101, 'must be a string'],
    [null, 'must be a string'],
    [undefined, 'missing'],
  ])('%j: %s', (value, reason) => {
    expect(parseDs(value)).toContain(reason);
  });
});
