import { expect, test } from 'vitest';
import { HitRates } from './hit-rates.ts';

test('a minute of questions at once, then one each interval; each tenant for itself', () => {
  const rates = new HitRates(1);
  const taken = (tenant: string, at: number) => rates.take(tenant, 60, at)?.waitMs === 0;
  const burst = Array.from({ length: 100 }, () => taken('a', 0)).filter(Boolean);

  expect(burst).toHaveLength(60);
  expect(rates.take('a', 60, 0)).toEqual({ waitMs: 1000, perMinute: 60, left: 0, resetMs: 1000 });
  expect([taken('a', 999), taken('a', 1000), taken('a', 1001)]).toEqual([false, true, false]);
  expect(taken('b', 0)).toBe(true);
});

test('processes share a rate, and each answers one a minute at least', () => {
  const rates = new HitRates(4);
  const count = (rpm: number) =>
    Array.from({ length: 100 }, () => rates.take(`${rpm}`, rpm, 0)).filter(
      (taken) => taken?.waitMs === 0,
    ).length;

  expect([count(60), count(4), count(1)]).toEqual([15, 1, 1]);
});

test('it tells what is left, and when all of it is there again', () => {
  const rates = new HitRates(1);

  expect(rates.take('a', 3, 0)).toMatchObject({ left: 2, resetMs: 20_000 });
  expect(rates.take('a', 3, 0)).toMatchObject({ left: 1, resetMs: 40_000 });
  expect(rates.take('a', 3, 0)).toMatchObject({ left: 0, resetMs: 20_000 });
  expect(rates.take('a', undefined, 0)).toBeUndefined();
});
