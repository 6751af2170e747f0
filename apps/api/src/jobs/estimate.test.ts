import { expect, test } from 'vitest';
import { Estimator } from './estimate.ts';

async function estimatorWith(slots: number) {
  const estimator = new Estimator({ count: async () => ({ workers: 1, slots }) });
  estimator.leftMs({ place: 0, usualMs: 1, runningMs: undefined }); // asks for the slots
  await Promise.resolve();
  return estimator;
}

test('a run behind others waits for as many rounds as the slots need', async () => {
  const estimator = await estimatorWith(4);
  const leftMs = (place: number) =>
    estimator.leftMs({ place, usualMs: 1000, runningMs: undefined });

  expect([0, 3, 4, 11].map(leftMs)).toEqual([1000, 1000, 2000, 3000]);
});

test('a run that has started takes what is left of the usual time', async () => {
  const estimator = await estimatorWith(1);

  expect(estimator.leftMs({ place: undefined, usualMs: 1000, runningMs: undefined }, 400)).toBe(
    600,
  );
  expect(estimator.leftMs({ place: undefined, usualMs: 1000, runningMs: undefined }, 5000)).toBe(0);
});

test('there is no estimate before a run of the model has ended', async () => {
  const estimator = await estimatorWith(1);

  expect(estimator.leftMs({ place: 7, usualMs: undefined, runningMs: undefined })).toBeUndefined();
});
