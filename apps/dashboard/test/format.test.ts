import { expect, test } from 'vitest';
import {
  amount,
  bytes,
  count,
  milliseconds,
  percent,
  seconds,
  shortId,
  value,
} from '../src/format/figures.ts';
import { epochS, when } from '../src/format/time.ts';

test('what is not known is a dash, never a zero', () => {
  for (const write of [count, seconds, bytes, percent, milliseconds, value])
    expect([write(undefined), write(0)]).toEqual(['–', expect.stringMatching(/^0/)]);
});

test('seconds take the unit that fits', () => {
  expect([0.0042, 0.25, 8.44, 61, 130, 7300, 400_000].map(seconds)).toEqual([
    ...['4.2 ms', '0.25 s', '8.4 s', '61 s', '2.2 min', '2.0 h', '4.6 d'],
  ]);
});

test('sizes, shares and amounts read as people write them', () => {
  expect([999, 1000, 4_100_000, 1.3e9].map(bytes)).toEqual(['999 B', '1 kB', '4.1 MB', '1.3 GB']);
  expect([0, 0.879, 1].map(percent)).toEqual(['0 %', '87.9 %', '100 %']);
  expect([amount(1, 'job'), amount(1200, 'job')]).toEqual(['1 job', '1,200 jobs']);
  expect(milliseconds(0.028)).toBe('28 µs');
});

test('an id is cut in the middle', () => {
  expect(shortId('01M8D99G7498J2HH96M5A4480F', 4)).toBe('01M8…480F');
  expect(shortId('short')).toBe('short');
});

test('a time of today comes without its day', () => {
  const now = Date.UTC(2026, 10, 26, 15);
  expect(when('2026-11-26T14:31:07.000Z', now)).toBe('14:31:07');
  expect(when('2026-11-25T14:31:07.000Z', now)).toBe('2026-11-25 14:31');
});

test('dates of a series are in UTC unless they name a zone', () => {
  expect(epochS('2026-01-05')).toBe(Date.UTC(2026, 0, 5) / 1000);
  expect(epochS('2026-01-05 06:00')).toBe(Date.UTC(2026, 0, 5, 6) / 1000);
  expect(epochS('2026-01-05T06:00:00+02:00')).toBe(Date.UTC(2026, 0, 5, 4) / 1000);
});
