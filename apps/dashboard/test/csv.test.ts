import { expect, test } from 'vitest';
import { readSeriesCsv } from '../src/format/csv.ts';

const rowsOf = (text: string) => {
  const read = readSeriesCsv(text);
  return read.ok ? read.rows : read.reason;
};
const TWO = [
  { ds: '2026-01-05', y: 1.5 },
  { ds: '2026-01-06', y: 2 },
];

test('commas, semicolons and tabs part columns, with or without a header', () => {
  expect(rowsOf('ds,y\n2026-01-05,1.5\n2026-01-06,2')).toEqual(TWO);
  expect(rowsOf('2026-01-05\t1.5\r\n2026-01-06\t2\r\n')).toEqual(TWO);
  expect(rowsOf('date;sales\n2026-01-05;1,5\n2026-01-06;2')).toEqual(TWO);
});

test('the columns may stand in any order, among others', () => {
  expect(rowsOf('shop,value,ds\n"a, b",1.5,2026-01-05\n"c",2,2026-01-06')).toEqual(TWO);
});

test('an empty value is a gap', () => {
  expect(rowsOf('ds,y\n2026-01-05,\n2026-01-06,NA')).toEqual([
    { ds: '2026-01-05', y: null },
    { ds: '2026-01-06', y: null },
  ]);
});

test('what it cannot read is said with its line', () => {
  expect(rowsOf('')).toMatch(/Nothing/);
  expect(rowsOf('ds,y\n2026-01-05,1\nsoon,2')).toBe('Line 3: “soon” is no date.');
  expect(rowsOf('2026-01-05,1\n2026-01-06,many')).toBe('Line 2: “many” is no number.');
  expect(rowsOf('hello\nworld')).toMatch(/one column/);
  expect(rowsOf('a,b\nx,y')).toMatch(/No column holds dates/);
  expect(rowsOf('2026-01-05,1')).toMatch(/two or more/);
});
