import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('turns follow each other as fast as places become free', () => {
  const turns = new Turns(1000);

  const waits = Array.from({ length: 4 }, () => turns.nextMs(0, 2));

  expect(waits).toEqual([500, 1000, 1500, 2000]);
});

test('a turn is never nearer than 0.1 s', () => {
  expect(new Turns(1).nextMs(0, 10)).toBe(100);
});

test('the pace is that of the last attempts', () => {
  const turns = new Turns(100);
  for (let i = 0; i < 50; i += 1) turns.took(2000);

  expect(turns.nextMs(0, 1)).toBeGreaterThan(1900);
});

test('turns that nobody waited for are not handed on', () => {
  const turns = new Turns(1000);
  turns.nextMs(0, 1);

  expect(turns.nextMs(60_000, 1)).toBe(1000);
});

test('however many wait, nobody waits for longer than 5 min, and they are spread over it', () => {
  const turns = new Turns(1000);

  const waits = Array.from({ length: 10_000 }, () => turns.nextMs(0, 1));

  expect(Math.max(...waits)).toBe(300_000);
  const firstHalf = waits.filter((waitMs) => waitMs < 150_000).length;
  expect(firstHalf / waits.length).toBeCloseTo(0.5, 1);
});
