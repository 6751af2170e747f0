import { expect, test } from 'vitest';
import { rowWindow } from '../src/parts/window.ts';

const sight = { count: 10_000, rowPx: 32, heightPx: 640, spare: 10 };

test('of ten thousand rows only those in sight are drawn, and a few more', () => {
  for (const scrollTopPx of [0, 1, 5000, 160_000, 319_360]) {
    const { from, to, abovePx, belowPx } = rowWindow({ ...sight, scrollTopPx });
    expect(to - from).toBeLessThanOrEqual(41);
    expect(from * 32).toBeLessThanOrEqual(scrollTopPx);
    expect(to * 32).toBeGreaterThanOrEqual(Math.min(320_000, scrollTopPx + 640));
    expect(abovePx + (to - from) * 32 + belowPx).toBe(320_000);
  }
});

test('a list that became shorter still shows its end', () => {
  expect(rowWindow({ ...sight, count: 5, scrollTopPx: 160_000 })).toMatchObject({ to: 5 });
  expect(rowWindow({ ...sight, count: 0, scrollTopPx: 0 })).toMatchObject({ from: 0, to: 0 });
});
