import { expect, test } from 'vitest';
import { turnClock } from './tick-clock.ts';

const waitPast = (at: number): void => {
  while (Date.now() <= at + 1);
};

test('stands still until the code pauses, and no longer', async () => {
  const first = turnClock();
  waitPast(first);

  expect(turnClock()).toBe(first);
  await Promise.resolve();
  expect(turnClock()).toBeGreaterThan(first);
});
