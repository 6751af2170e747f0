import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { plot } from './plot.ts';

const day = (i: number) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10);
const history = Array.from({ length: 30 }, (_, i) => ({ ds: day(i), y: i % 7 }));
const ahead = Array.from({ length: 10 }, (_, i) => ({
  ds: day(30 + i),
  yhat: 3,
  lower: 1 - i / 10,
  upper: 5 + i / 10,
}));
const points = [...history, ...ahead];

test('has its size, the least and the most value, and the dates of both ends', () => {
  const lines = plot(points, { width: 60, height: 8, hasColour: false }).split('\n');

  expect(lines).toHaveLength(10);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(60);
  expect(lines[0]).toMatch(/^ *6\.00 ┤/);
  expect(lines[7]).toMatch(/^ *0\.00 ┤/);
  expect(lines[9]).toMatch(/2026-01-01 .*2026-02-09$/);
});

test('the band differs from the lines without colour: it is every second dot', () => {
  const text = plot(ahead, { width: 60, height: 8, hasColour: false });

  expect(text).not.toContain('\x1b');
  expect(text).toMatch(/[⢕⡪]{3}/);
});

test('says where the forecast begins', () => {
  const lines = plot(points, { width: 100, height: 8, hasColour: false }).split('\n');

  expect(lines[8]).toContain('┬');
  expect(lines[9]).toContain('2026-01-31');
});

test('colour changes no character', () => {
  const coloured = plot(points, { width: 70, hasColour: true });

  expect(coloured).toContain('\x1b[36m');
  expect(stripVTControlCharacters(coloured)).toBe(plot(points, { width: 70, hasColour: false }));
});

test.each([
  ['one value', [{ ds: day(0), y: 5 }]],
  [
    'a constant',
    [
      { ds: day(0), y: 5 },
      { ds: day(1), y: 5 },
    ],
  ],
  [
    'gaps',
    [
      { ds: day(0), y: 5 },
      { ds: day(1), y: null },
      { ds: day(2), y: 7 },
    ],
  ],
  [
    'dates that cannot be read',
    [
      { ds: '2024Q1', y: 5 },
      { ds: '2024Q2', y: 6 },
    ],
  ],
])('takes %s', (_name, points) => {
  const text = plot(points, { width: 40, height: 5, hasColour: false });

  expect(text).toMatch(/[\u2801-\u28ff]/);
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
});
