import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ageSecondsOf,
  type Demand,
  freshnessOf,
  isDue,
  lifetimeFor,
  ttlSecondsOf,
  type Use,
  useOf,
} from './freshness.ts';

const header = { createdAt: 1_000_000, freshUntil: 1_010_000, staleUntil: 1_030_000 };

test.each([
  [1_000_000, 'fresh'],
  [1_009_999, 'fresh'],
  [1_010_000, 'stale'],
  [1_029_999, 'stale'],
  [1_030_000, 'expired'],
])('at %d an entry is %s', (now, expected) => {
  expect(freshnessOf(header, now)).toBe(expected);
});

test('an entry without a stale time expires when it stops being fresh', () => {
  expect(freshnessOf({ freshUntil: 5, staleUntil: 5 }, 5)).toBe('expired');
});

test('age is whole seconds, and never negative', () => {
  expect(ageSecondsOf(header, 1_000_999)).toBe(0);
  expect(ageSecondsOf(header, 1_001_000)).toBe(1);
  expect(ageSecondsOf(header, 900_000)).toBe(0);
});

test('ttl is whole seconds, and negative as soon as an entry is stale', () => {
  expect(ttlSecondsOf(header, 1_000_000)).toBe(10);
  expect(ttlSecondsOf(header, 1_009_001)).toBe(0);
  expect(ttlSecondsOf(header, 1_010_000)).toBe(-1);
  expect(ttlSecondsOf(header, 1_022_500)).toBe(-12);
});

const key = fc.stringMatching(/^[0-9a-f]{64}$/);

test('jitter only ever shortens, by no more than its fraction, the same way for the same key', () => {
  fc.assert(
    fc.property(
      key,
      fc.nat(1e10),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (k, freshMs, jitter) => {
        const lifetime = lifetimeFor(k, { freshMs, staleMs: 5, jitter });

        expect(lifetime.freshMs).toBeLessThanOrEqual(freshMs);
        expect(lifetime.freshMs).toBeGreaterThanOrEqual(Math.floor(freshMs * (1 - jitter)));
        expect(Number.isInteger(lifetime.freshMs)).toBe(true);
        expect(lifetime.staleMs).toBe(5);
        expect(lifetimeFor(k, { freshMs, staleMs: 5, jitter })).toEqual(lifetime);
      },
    ),
  );
});

test('keys spread over the whole of the jitter', () => {
  const lives = ['00000000', '80000000', 'ffffffff'].map(
    (end) => lifetimeFor(end.padStart(64, '0'), { freshMs: 1000, staleMs: 0, jitter: 0.1 }).freshMs,
  );

  expect(lives).toEqual([1000, 950, 901]);
});

describe('what a reader accepts', () => {
  const at = { createdAt: 0, freshUntil: 60_000, staleUntil: 600_000 };
  const cases: [string, number, Demand, Use][] = [
    ['no demand, fresh', 59_999, {}, 'fresh'],
    ['no demand, stale', 60_000, {}, 'expired'],
    ['past everything', 600_000, { maxStaleMs: Number.POSITIVE_INFINITY }, 'expired'],
    ['max-age=0 is passed by nothing', 0, { maxAgeMs: 0 }, 'too-old'],
    ['max-age=5 at 5.9 s, told as 5', 5_900, { maxAgeMs: 5000 }, 'fresh'],
    ['max-age=5 at 6 s', 6_000, { maxAgeMs: 5000 }, 'too-old'],
    ['max-age beyond the lifetime revives nothing', 61_000, { maxAgeMs: 120_000 }, 'expired'],
    ['min-fresh=10 with 10 s left', 50_000, { minFreshMs: 10_000 }, 'fresh'],
    ['min-fresh=10 with less', 50_001, { minFreshMs: 10_000 }, 'too-old'],
    ['min-fresh=0 is no demand', 59_999, { minFreshMs: 0 }, 'fresh'],
    ['max-stale=0 at the very end', 60_000, { maxStaleMs: 0 }, 'stale'],
    ['max-stale=0 later', 60_001, { maxStaleMs: 0 }, 'expired'],
    ['max-stale=10', 70_000, { maxStaleMs: 10_000 }, 'stale'],
    ['max-stale=10, too late', 70_001, { maxStaleMs: 10_000 }, 'expired'],
    ['max-stale without a value', 599_999, { maxStaleMs: Number.POSITIVE_INFINITY }, 'stale'],
    ['max-stale changes nothing for what is fresh', 1, { maxStaleMs: 10_000 }, 'fresh'],
    ['max-age=5, max-stale=5 at 9 s', 9_000, { maxAgeMs: 5000, maxStaleMs: 5000 }, 'fresh'],
    ['max-age=5, max-stale=5 at 20 s', 20_000, { maxAgeMs: 5000, maxStaleMs: 5000 }, 'too-old'],
    ["the model's allowance", 70_000, { staleWhileRevalidateMs: 10_000 }, 'revalidate'],
    ["the model's allowance, too late", 70_001, { staleWhileRevalidateMs: 10_000 }, 'expired'],
    [
      'a reader that limits the age overrules the model',
      61_000,
      { staleWhileRevalidateMs: 10_000, maxAgeMs: 300_000 },
      'expired',
    ],
  ];
  test.each(cases)('%s', (_, now, demand, use) => {
    expect(useOf(at, now, demand)).toBe(use);
  });

  test('a hit is due for a refresh after the given share of its life', () => {
    expect(isDue(at, 53_999, 0.9)).toBe(false);
    expect(isDue(at, 54_000, 0.9)).toBe(true);
  });
});
