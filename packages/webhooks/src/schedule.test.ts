import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_SCHEDULE_S, nextAttemptMs } from './schedule.ts';

const DAY_MS = 86_400_000;
const random = () => 0;

test('ten attempts over three days, as Standard Webhooks recommends, then no more', () => {
  const waits = DEFAULT_SCHEDULE_S.map((_, attempts) => nextAttemptMs(attempts, { random }));

  const hours = waits.map((waitMs) => Number(waitMs) / 3_600_000);
  expect(waits.slice(0, 4)).toEqual([0, 5000, 300_000, 1_800_000]);
  expect(hours.slice(4)).toEqual([2, 5, 10, 14, 20, 24]);
  expect(nextAttemptMs(10, { random })).toBeUndefined();
});

test('a wait is as long as scheduled, or up to a fifth longer', () => {
  const jittered = fc.record({
    attempts: fc.nat(9),
    share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(jittered, ({ attempts, share }) => {
      const plannedMs = (DEFAULT_SCHEDULE_S[attempts] ?? 0) * 1000;
      const waitMs = nextAttemptMs(attempts, { random: () => share });
      expect(waitMs).toBeGreaterThanOrEqual(plannedMs);
      expect(waitMs).toBeLessThanOrEqual(plannedMs * 1.2);
    }),
  );
});

test('Retry-After prolongs a wait and never shortens one', () => {
  expect(nextAttemptMs(1, { random, retryAfterMs: 60_000 })).toBe(60_000);
  expect(nextAttemptMs(3, { random, retryAfterMs: 60_000 })).toBe(1_800_000);
  expect(nextAttemptMs(1, { random, retryAfterMs: 10 * DAY_MS })).toBe(DAY_MS);
});

test('Retry-After does not bring back a delivery that is given up', () => {
  expect(nextAttemptMs(10, { random, retryAfterMs: 1000 })).toBeUndefined();
});

test('a schedule of one’s own', () => {
  expect(nextAttemptMs(1, { random, scheduleS: [0, 1] })).toBe(1000);
  expect(nextAttemptMs(2, { random, scheduleS: [0, 1] })).toBeUndefined();
});
