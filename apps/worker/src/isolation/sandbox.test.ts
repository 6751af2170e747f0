import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissionFlags, slotEnvOf } from './sandbox.ts';

let cwd: string;
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'deja-sandbox-')));
  for (const dir of ['models', 'open', '..data', 'mounted']) mkdirSync(join(cwd, dir));
  for (const file of [
    'models/m.mjs',
    'models/weights',
    'models/.env',
    'open/m.mjs',
    '..data/m.mjs',
  ])
    writeFileSync(join(cwd, file), '');
  symlinkSync('../..data/m.mjs', join(cwd, 'mounted/m.mjs'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const readable = (path: string) =>
  permissionFlags([], { cwd, modulePaths: [path] })
    .filter((flag) => flag.startsWith(`--allow-fs-read=${cwd}/`) && !flag.endsWith('*'))
    .map((flag) => flag.slice(`--allow-fs-read=${cwd}/`.length))
    .filter((name) => !name.endsWith('node_modules'));

test('the files beside a module may be read, hidden ones not', () => {
  expect(readable('./models/m.mjs')).toEqual(['models/m.mjs', 'models/m.mjs', 'models/weights']);
  expect(readable('./open/m.mjs')).toEqual(['open/m.mjs', 'open']);
});

test('a module that is a link is read where it lies', () => {
  expect(readable('./mounted/m.mjs')).toContain('..data/m.mjs');
});

test('a module in the root directory opens nothing else', () => {
  const flags = permissionFlags([], { cwd, modulePaths: ['/no-such-model.mjs'] });

  expect(flags).toContain('--allow-fs-read=/no-such-model.mjs');
  expect(flags).not.toContain('--allow-fs-read=/');
  expect(flags.some((flag) => flag.includes('/proc'))).toBe(false);
});

test('a permission is a flag, and its path is one of the working directory', () => {
  const flags = permissionFlags(['addons', 'fs-read=./a=b'], { cwd });

  expect(flags).toContain('--permission');
  expect(flags).toContain('--allow-addons');
  expect(flags).toContain(`--allow-fs-read=${cwd}/a=b`);
  expect(flags).toContain(`--allow-fs-read=${cwd}/a=b/*`);
  expect(permissionFlags('off', { cwd })).toEqual([]);
});

test('the environment has what every program needs, and what is named', () => {
  const env = { PATH: '/bin', LC_ALL: 'C', MODEL_KEY: 'k', REDIS_URL: 'r', NODE_CHANNEL_FD: '3' };

  expect(slotEnvOf([], env)).toEqual({ PATH: '/bin', LC_ALL: 'C' });
  expect(slotEnvOf(['MODEL_*'], env)).toEqual({ PATH: '/bin', LC_ALL: 'C', MODEL_KEY: 'k' });
});
