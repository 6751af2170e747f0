import { expect, test } from 'vitest';
import { exceededBound } from './json-bounds.ts';

const boundOf = (text: string) => exceededBound(Buffer.from(text));
const members = (count: number, prefix = 'm') =>
  Array.from({ length: count }, (_, i) => `"${prefix}${i}":1`).join();

test('64 levels are taken, 65 are not', () => {
  expect(boundOf(`${'['.repeat(64)}1${']'.repeat(64)}`)).toBeUndefined();
  expect(boundOf(`${'{"a":'.repeat(64)}1${'}'.repeat(64)}`)).toBeUndefined();
  expect(boundOf('['.repeat(65))).toContain('64 levels');
  expect(boundOf(`${'[{"a":'.repeat(33)}1`)).toContain('64 levels');
});

test('levels that have ended do not count', () => {
  expect(boundOf(`[${'[[]],'.repeat(1000)}1]`)).toBeUndefined();
});

const OWN = 20_000;
/** An object with this many members in all, each object with at most 20,000 of its own. */
const nested = (count: number) => {
  const parts = Array.from({ length: Math.floor(count / OWN) }, () => `{${members(OWN - 1)}}`);
  return `{${parts.map((part, i) => `"p${i}":${part}`)},"r":{${members((count % OWN) - 1)}}}`;
};

test('20,000 members of one object are taken, one more is not', () => {
  expect(boundOf(`{${members(OWN)}}`)).toBeUndefined();
  expect(boundOf(`{"a":{"b":1},${members(OWN)}}`)).toBe('an object has more than 20000 members');
});

test('100,000 members are taken, one more is not', () => {
  expect(boundOf(nested(99_999))).toBeUndefined();
  expect(boundOf(nested(99_999).replace('{', '{"one":1,'))).toBeUndefined();
  expect(boundOf(nested(99_999).replace('{', '{"one":1,"two":2,'))).toBe(
    'it has more than 100000 members',
  );
});

test('names of members are bounded over all objects', () => {
  const rows = (names: number, count: number, prefix = 'n') =>
    `[${Array.from({ length: count }, (_, at) => `{"${prefix}${at % names}":1}`).join()}]`;
  expect(boundOf(rows(15_000, 200_000))).toBeUndefined();
  for (const prefix of ['n', '\\"', '\\\\'])
    expect(boundOf(rows(100_000, 100_000, prefix))).toContain('20000 different names');
  expect(boundOf(`[${'{"a":1,"b":2},'.repeat(100_000)}1]`)).toBeUndefined();
});

test('a name is read once, however many colons follow it', () => {
  const [text, colons] = [`"${'a'.repeat(100_000)}"`, ':'.repeat(19_999)];
  const timeOf = (json: string) => {
    const startedAt = performance.now();
    for (let i = 0; i < 5; i += 1) expect(boundOf(json)).toBeUndefined();
    return performance.now() - startedAt;
  };
  timeOf(colons + text);
  expect(timeOf(text + colons)).toBeLessThan(100 * timeOf(colons + text));
});

test('the rows of an array count as the widest of them', () => {
  expect(boundOf(`{"data":[${'{"ds":"2020-01-01","y":1},'.repeat(100_000)}1]}`)).toBeUndefined();
  expect(boundOf(`[{${members(2)}},${nested(100_010)}]`)).toContain('100000 members');
});

test('arrays and objects are bounded by the length of the text', () => {
  expect(boundOf(`[${'[1,2],'.repeat(500_000)}1]`)).toBeUndefined();
  expect(boundOf(`[${'[],'.repeat(100_000)}1]`)).toBeUndefined();
  expect(boundOf(`[${'{},'.repeat(500_000)}1]`)).toContain('arrays and objects');
  expect(boundOf(`[${'[[[]]],'.repeat(500_000)}1]`)).toContain('arrays and objects');
});

test('what stands in a text does not count', () => {
  for (const text of ['[{'.repeat(100), '\\"['.repeat(100), ':'.repeat(200_000), '\\\\'])
    expect(boundOf(`{"a":"${text}","b":[]}`)).toBeUndefined();
  expect(boundOf(`["\\\\",${'['.repeat(64)}`)).toContain('levels');
});

test('what is no JSON is left to JSON.parse', () => {
  for (const text of ['', ']', '}{', '"', '"\\', '[}', ':'.repeat(10)])
    expect(boundOf(text)).toBeUndefined();
});
