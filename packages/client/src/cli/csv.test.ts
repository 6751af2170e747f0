import { describe, expect, test } from 'vitest';
import { csvLine, csvTable, readCsv } from './csv.ts';

async function* inParts(text: string, length: number) {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

async function read(text: string, length = 3): Promise<string[][]> {
  const records: string[][] = [];
  for await (const record of readCsv(inParts(text, length))) records.push(record);
  return records;
}

describe('readCsv', () => {
  test.each([1, 2, 3, 1000])(
    'reads quotes, delimiters and line ends within them (parts of %i)',
    async (length) => {
      const text = 'id,ds,y\r\n"a, b",2026-01-01,1\r\n\r\n"say ""hi""\nthere",,2\n';

      expect(await read(text, length)).toEqual([
        ['id', 'ds', 'y'],
        ['a, b', '2026-01-01', '1'],
        ['say "hi"\nthere', '', '2'],
      ]);
    },
  );

  test('takes the delimiter of the header, and no byte order mark', async () => {
    expect(await read('\uFEFFds;y\n2026-01-01;1,5')).toEqual([
      ['ds', 'y'],
      ['2026-01-01', '1,5'],
    ]);
    expect(await read('ds\ty\n1\t2')).toEqual([
      ['ds', 'y'],
      ['1', '2'],
    ]);
  });

  test('refuses a quote that is not closed', async () => {
    await expect(read('a,b\n"1,2\n3,4\n')).rejects.toThrow('a quote is not closed: "1,2');
  });

  test('100,000 lines within a quote take no longer than others', async () => {
    const text = `a,b\n"${'1,2\n'.repeat(100_000)}",3\n`;

    const records = await read(text, 65_536);

    expect(records.at(-1)?.[0]).toHaveLength(400_000);
  });
});

test('what is written can be read', async () => {
  const cells = ['a, b', 'say "hi"', 'two\nlines', 'plain', ''];

  expect(await read(csvLine(cells))).toEqual([cells]);
  expect(
    csvTable([
      { a: 1, b: undefined },
      { a: null, b: true },
    ]),
  ).toBe('a,b\n1,\n,true\n');
});
