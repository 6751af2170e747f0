import { expect, test } from 'vitest';
import { retryAfterS } from './retry-after.ts';

test('Retry-After is 1 to 60 whole seconds', () => {
  expect([0, 10, 1000, 1200, 59_000.5, 6_000_000].map(retryAfterS)).toEqual([1, 1, 1, 2, 60, 60]);
});

test('it is 1 where nobody can say how long the job takes', () => {
  expect(retryAfterS(undefined)).toBe(1);
});
