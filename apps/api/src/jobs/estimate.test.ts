import { expect, test } from 'vitest';
import { Estimator } from './estimate.ts';

async function estimatorWith(slots: number) {
  const estimator = new Estimator({ count: async () => ({ workers: 1, slots }) });
  estimator.leftMs({ place: 0, usualMs: 1 }); // asks for the slots
  await Promise.resolve();
  return estimator;
}

test('who is behind others waits for as many rounds as the slots need', async () => {
  const estimator = await estimatorWith(4);
  const leftMs = (place: number) => estimator.leftMs({ place, usualMs: 1000 });

  expect([0, 3, 4, 11].map(leftMs)).toEqual([1000, 1000, 2000, 3000]);
});

test('a run that has begun has what is left of the usual time', async () => {
  const estimator = await estimatorWith(1);

  expect(estimator.leftMs({ place: undefined, usualMs: 1000 }, 400)).toBe(600);
  expect(estimator.leftMs({ place: undefined, usualMs: 1000 }, 5000)).toBe(0);
});

test('nothing is said where nothing is known', async () => {
  const estimator = await estimatorWith(1);

  expect(estimator.leftMs({ place: 7, usualMs: undefined })).toBeUndefined();
  expect(estimator.retryAfterS({ place: 7, usualMs: undefined })).toBe(1);
});

test('Retry-After is 1 to 60 whole seconds', async () => {
  const estimator = await estimatorWith(1);

  expect(estimator.retryAfterS({ place: 0, usualMs: 1200 })).toBe(2);
  expect(estimator.retryAfterS({ place: 0, usualMs: 10 })).toBe(1);
  expect(estimator.retryAfterS({ place: 100, usualMs: 60_000 })).toBe(60);
});
