import { expect, test } from 'vitest';
import { apiBase, pathWith } from '../src/api/client.ts';
import { createEventParser } from '../src/api/event-stream.ts';
import { cursorAfter } from '../src/parts/cursor.ts';
import { sparkPath } from '../src/parts/spark.tsx';
import { hrefOf, parseAddress } from '../src/state/address.ts';
import { greatestOf, stacked, sumOf } from '../src/state/history.ts';
import { pauseMs } from '../src/state/live.ts';

test('an address and its link are each other’s inverse', () => {
  const id = 'a/b c?#%';
  expect(parseAddress(hrefOf(['series', id], { q: 'x&y', order: '' }))).toEqual({
    path: ['series', id],
    query: { q: 'x&y' },
  });
  expect(parseAddress('#/series/50%')).toEqual({ path: ['series', '50%'], query: {} });
  expect(parseAddress('')).toEqual({ path: [], query: {} });
});

test('the API begins where the page’s own path ends', () => {
  expect(['/ui/', '/ui', '/deja/ui/', '/deja/ui/index.html'].map(apiBase)).toEqual([
    ...['', '', '/deja', '/deja'],
  ]);
  expect(pathWith('/a', { b: '', c: undefined })).toBe('/a');
  expect(pathWith('/a', { b: 'x y', c: 1 })).toBe('/a?b=x+y&c=1');
});

test('events are read whole, however the text is cut', () => {
  const text = ': hello\n\nevent: overview\ndata: {"a":1}\n\ndata: x\r\ndata: y\r\n\r\n';
  const expected = [
    { event: 'overview', data: '{"a":1}' },
    { event: 'message', data: 'x\ny' },
  ];
  for (const size of [1, 2, 5, 7, 100]) {
    const parse = createEventParser();
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    expect([size, pieces.flatMap(parse)]).toEqual([size, expected]);
  }
});

test('a stream that broke is tried again after 2 s, then twice as long, up to 30 s', () => {
  expect([1, 2, 3, 4, 5, 50].map(pauseMs)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('nobody knows stays null in sums and stacks', () => {
  const columns = [
    [1, null, null],
    [2, 3, null],
  ];
  expect(sumOf(columns)).toEqual([3, 3, null]);
  expect(greatestOf(columns)).toEqual([2, 3, null]);
  expect(stacked(columns)).toEqual([
    [1, null, null],
    [3, 3, null],
  ]);
});

test('a line has a gap where nothing is known, and a value alone is a dot', () => {
  expect(sparkPath([0, 1, null, 2])).toMatch(/^M0\.0 [\d.]+L40\.0 [\d.]+M120\.0 [\d.]+h0\.1$/);
  expect(sparkPath([null, null])).toBe('');
});

test('keys move the cursor of a plot and stay within it', () => {
  expect(cursorAfter('ArrowLeft', 0, 60)).toBe(0);
  expect(cursorAfter('PageDown', 55, 60)).toBe(59);
  expect(cursorAfter('Home', 30, 60)).toBe(0);
  expect(cursorAfter('a', 30, 60)).toBeUndefined();
});
