import { expect, test } from 'vitest';
import { z } from 'zod';
import { issuesOf } from './issues.ts';

const schema = z.strictObject({ 'a/b~c': z.array(z.int()), '~1': z.int().optional() });

function pathsOf(value: unknown, at?: string): string[] {
  const { error } = schema.safeParse(value);
  if (!error) throw new Error('nothing is wrong with it');
  return issuesOf(error, at).map(({ path }) => path);
}

test('a path is a JSON Pointer: ~ and / in names of members are escaped', () => {
  expect(pathsOf({ 'a/b~c': [1, 'x'], '~1': 'x' })).toEqual(['/a~1b~0c/1', '/~01']);
});

test('an unknown member is an issue of its own, at its own path', () => {
  expect(pathsOf({ 'a/b~c': [], 'x/y': 1, z: 2 })).toEqual(['/x~1y', '/z']);
});

test('a part of a body is reported at its place in the body', () => {
  expect(pathsOf('text', '/webhook')).toEqual(['/webhook']);
  expect(pathsOf({ 'a/b~c': 1 }, '/webhook')).toEqual(['/webhook/a~1b~0c']);
});

test('at most 20 issues are listed', () => {
  const many = Array.from({ length: 30 }, () => 'x');
  expect(pathsOf({ 'a/b~c': many })).toHaveLength(20);
});
