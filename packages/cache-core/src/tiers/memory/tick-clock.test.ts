import { expect, test } from 'vitest';
import { tickClock } from './tick-clock.ts';

const waitPast = (at: number): void => {
  while (Date.now() <= at + 1);
};

test('stands still until the code pauses, and no longer', async () => {
  const first = tickClock();
  waitPast(first);

  expect(tickClock()).toBe(first);
  await Promise.resolve();
  expect(tickClock()).toBeGreaterThan(first);
});
