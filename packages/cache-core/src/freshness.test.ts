import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageSecondsOf, freshnessOf, lifetimeFor, ttlSecondsOf } from './freshness.ts';

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
