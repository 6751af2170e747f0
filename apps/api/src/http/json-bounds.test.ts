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

test('100,000 members are taken, one more is not', () => {
  expect(boundOf(`{${members(100_000)}}`)).toBeUndefined();
  expect(boundOf(`{${members(100_001)}}`)).toContain('100000 members');
});

test('the members of all objects count together', () => {
  expect(boundOf(`{"a":{${members(60_000)}},"b":{${members(39_998)}}}`)).toBeUndefined();
  expect(boundOf(`{"a":{${members(60_000)}},"b":{${members(39_999)}}}`)).toContain('members');
  expect(boundOf(`{"a":[{"b":{${members(99_999)}}}]}`)).toContain('members');
});

test('the rows of an array count as the widest of them', () => {
  expect(boundOf(`{"data":[${'{"ds":"2020-01-01","y":1},'.repeat(100_000)}1]}`)).toBeUndefined();
  expect(boundOf(`[{${members(2)}},{${members(100_001)}}]`)).toContain('members');
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
