import { expect, test } from 'vitest';
import { RequestRates } from './request-rates.ts';

const asked = (hit: number) => new Map([['hit', hit]]);

test('rates are over the last ten seconds, as far as anybody looked', () => {
  const rates = new RequestRates();
  expect(rates.of(asked(1000), 0)).toMatchObject({ hit: 0, total: 0 });
  expect(rates.of(asked(1010), 1000).hit).toBe(10);

  for (let at = 2; at <= 20; at += 1) rates.of(asked(1010 + 40 * (at - 1)), at * 1000);

  expect(rates.of(asked(1010 + 40 * 20), 21_000)).toEqual({
    ...{ hit: 40, stale: 0, miss: 0, bypass: 0, total: 40 },
  });
});

test('what was long ago says nothing about now', () => {
  const rates = new RequestRates();
  rates.of(asked(0), 0);

  expect(rates.of(asked(1000), 60_000).hit).toBe(0);
  expect(rates.of(asked(1020), 62_000).hit).toBe(10);
});
