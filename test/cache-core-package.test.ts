/** cache-core as somebody else's project has it: installed from the tarball that would be published. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const source = fileURLToPath(new URL('../packages/cache-core', import.meta.url));
const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'deja-package-'));
const project = join(root, 'project');
afterAll(() => rmSync(root, { recursive: true, force: true }));

// What vitest sets for its own processes is not for theirs.
const env = { ...process.env, NODE_OPTIONS: '', PATH: `${bin}:${process.env.PATH}` };
const INSTALL = ['install', '--no-audit', '--no-fund', '--no-update-notifier'];
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const example = (): string => {
  const [, code = ''] =
    /```ts\n([\s\S]*?)```/.exec(readFileSync(join(source, 'README.md'), 'utf8')) ?? [];
  return code;
};

beforeAll(() => {
  run(root, 'mkdir', 'project');
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  run(source, 'pnpm', 'pack', '--pack-destination', root);
  const tarball = readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '';
  run(project, 'npm', ...INSTALL, join(root, tarball));
});

test('the example of its README runs in an empty project, without ioredis', () => {
  expect(readdirSync(join(project, 'node_modules'))).not.toContain('ioredis');
  writeFileSync(join(project, 'example.ts'), example());

  expect(run(project, process.execPath, 'example.ts')).toBe('144 hit miss\n');
});

test('its types need nothing that it does not bring, but those of Node', () => {
  const types = ['--types', 'node', '--typeRoots', join(bin, '..', '@types')];
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', ...types];

  run(project, 'tsc', ...options, '--lib', 'es2024,esnext.disposable', 'example.ts');
});

test('with ioredis beside it the same example runs over Redis', () => {
  run(project, 'npm', ...INSTALL, 'ioredis@6.0.0');
  const redis = `{ redis: ${JSON.stringify(inject('redisUrl'))}, namespace: 'package-test' }`;
  writeFileSync(join(project, 'redis.ts'), example().replace("{ dir: '.cache' }", redis));

  expect(run(project, process.execPath, 'redis.ts')).toBe('144 hit miss\n');
});
