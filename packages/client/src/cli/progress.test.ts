import { expect, test } from 'vitest';
import type { Output } from './output.ts';
import { createProgress, durationText, progressText } from './progress.ts';

test('tells how many are done, the rate and the time left', () => {
  expect(progressText(1250, 0, 5000, 10_000)).toBe(
    '██████░░░░░░░░░░░░░░░░░░ 1,250/5,000  25 %  125/s  30 s left',
  );
  expect(progressText(0, 0, 10, 100)).toBe('░░░░░░░░░░░░░░░░░░░░░░░░ 0/10  0 %  0.0/s');
});

test('tells failures, and no time left when nobody knows how many there are', () => {
  expect(progressText(30, 2, undefined, 10_000)).toBe('30 done  3.0/s  2 failed');
});

test.each([
  [900, '1 s'],
  [75_000, '1 min 15 s'],
  [7_260_000, '2 h 1 min'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('draws ten times a second on a terminal, and a line every 10 s elsewhere', () => {
  for (const [isTerminal, drawn] of [
    [true, 101],
    [false, 1],
  ] as const) {
    let nowMs = 0;
    const texts: string[] = [];
    const keep = (text: string) => void (text && texts.push(text));
    const out = { isTerminal, note: keep, status: keep } as unknown as Output;
    const progress = createProgress(out, 5000, () => nowMs);

    for (let done = 0; done <= 1000; done += 1) {
      nowMs = done * 10;
      progress.update(done, 0);
    }

    expect(texts).toHaveLength(drawn);
  }
});
