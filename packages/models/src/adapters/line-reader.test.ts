import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineReader } from './line-reader.ts';

function read(chunks: readonly Uint8Array[], maxBytes: number) {
  const lines: [string, boolean][] = [];
  const reader = createLineReader(maxBytes, (...line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  const soFar = [...lines];
  reader.end();
  return { lines, soFar };
}

const bytes = (text: string) => Buffer.from(text);

test('however the bytes are cut, the lines are the same', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
        { minLength: 1 },
      ),
      fc.array(fc.nat(20)),
      (texts, cuts) => {
        const all = bytes(`${texts.join('\n')}\n`);
        const chunks: Buffer[] = [];
        let from = 0;
        for (const size of cuts) {
          chunks.push(all.subarray(from, from + size));
          from += size;
        }
        const { lines } = read([...chunks, all.subarray(from)], 10_000);

        expect(lines).toEqual(texts.map((text) => [text, false]));
      },
    ),
  );
});

test('a line that is too long is told as soon as it is, and its rest is not', () => {
  const { soFar, lines } = read(['abc', 'def', 'ghi\nxy\r\n'].map(bytes), 4);

  expect(soFar).toEqual([
    ['abcd', true],
    ['xy', false],
  ]);
  expect(lines).toEqual(soFar);
});

test('what comes after the last line feed is a line in the end', () => {
  const { soFar, lines } = read([bytes('a\nb')], 4);

  expect(soFar).toEqual([['a', false]]);
  expect(lines.at(-1)).toEqual(['b', false]);
});
