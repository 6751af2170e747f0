import { expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { isStreamSafe } from './stream-safe.ts';

const MARKS = ['\u0301', '\u0f71', '\u{1d165}', '\u0344'];

test.each(MARKS)('30 combining marks in a row are taken, 31 are not: %j', (mark) => {
  expect(isStreamSafe(`e${mark.repeat(30)}e${mark.repeat(30)}`)).toBe(true);
  expect(isStreamSafe(`e${mark.repeat(31)}`)).toBe(false);
  expect(isStreamSafe(mark.repeat(31))).toBe(false);
});

test('text without marks is stream-safe', () => {
  for (const text of ['', 'x'.repeat(100), '\u{1f600}'.repeat(100), '한'.repeat(100), '\ud83d'])
    expect(isStreamSafe(text)).toBe(true);
});

test('the canonical form refuses what is not stream-safe, with the place, and takes no time for it', () => {
  const hostile = `e${'\u0301'.repeat(200_000)}`;
  const startedAt = performance.now();

  const refusals = [{ a: [hostile] }, { [hostile]: 1 }, { a: { b: 1, [hostile]: 1 } }].map(
    (value) => {
      try {
        return canonicalBytes(value);
      } catch (error) {
        return error;
      }
    },
  );

  // Bringing one of them into order takes about 20 s.
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(refusals).toMatchObject(
    ['/a/0', `/${hostile}`, `/a/${hostile}`].map((path) => ({ code: 'NO_CANONICAL_FORM', path })),
  );
});
