import { expect, test } from 'vitest';
import { hitTracer, noteArrivals } from './request-span.ts';

test('without traces a hit passes nothing of them', () => {
  const listener = () => undefined;

  expect(noteArrivals(listener)).toBe(listener);
  expect(hitTracer(1)).toBeUndefined();
});
