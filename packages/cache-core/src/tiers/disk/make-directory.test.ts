import fs, { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { makeDirectory } from './make-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'deja-directory-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('parents are created, too, for this user alone, and what is there stays', () => {
  const path = join(root, 'a', 'b', 'c');

  makeDirectory(path);
  makeDirectory(path);

  for (const made of [path, dirname(path)]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test('a file in its place, or in that of a parent, is an error', () => {
  makeDirectory(root);
  writeFileSync(join(root, 'file'), '');

  expect(() => makeDirectory(join(root, 'file'))).toThrow('EEXIST');
  expect(() => makeDirectory(join(root, 'file', 'a'))).toThrow('ENOTDIR');
});

test.runIf(existsSync('/proc'))('a file system that takes no directory is an error', () => {
  expect(() => makeDirectory('/proc/deja/cache')).toThrow('ENOENT');
});

test('another process may create the parent just after it was missing', () => {
  const path = join(root, 'a', 'b');
  const { mkdirSync } = fs;
  const mkdir = vi.spyOn(fs, 'mkdirSync').mockImplementationOnce((...args) => {
    try {
      return mkdirSync(...args);
    } finally {
      mkdirSync(dirname(path), { recursive: true });
    }
  });
  syncBuiltinESMExports();

  try {
    makeDirectory(path);
  } finally {
    mkdir.mockRestore();
    syncBuiltinESMExports();
  }

  expect(existsSync(path)).toBe(true);
});
