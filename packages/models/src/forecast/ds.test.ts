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
  ['2023-01-01T10:00:00+0100', 'can be read'],
  ['2023-01-01T10:00:00+25:00', 'can be read'],
  ['2023-01-01T10:00:00Zulu', 'can be read'],
  ['2023-1-1', 'can be read'],
  ['01/02/2023', 'can be read'],
  [' 2023-01-01', 'can be read'],
  ['２０２３-01-01', 'can be read'],
  ['20230101', 'can be read'],
  ['', 'can be read'],
])('%j is refused: %s', (text, reason) => {
  expect(parseDs(text)).toContain(reason);
});

describe('numbers', () => {
  test.each([
    [1_704_067_200_000, 'looks like milliseconds since 1970; send an ISO 8601 date'],
    ['1704067200000', 'looks like milliseconds since 1970; send an ISO 8601 date'],
    [1_704_067_200, 'looks like seconds since 1970; send an ISO 8601 date'],
    ['1704067200.5', 'looks like seconds since 1970; send an ISO 8601 date'],
    [20_230_101, 'must be a string'],
    [null, 'must be a string'],
    [undefined, 'missing'],
  ])('%j: %s', (value, reason) => {
    expect(parseDs(value)).toContain(reason);
  });
});
