/** @deja/client as somebody else's project has it: installed from the tarball that would be published. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, setUpCommand, start } from './client-stage.ts';

const PUBLINT = 'publint@0.3.25';
const ATTW = '@arethetypeswrong/cli@0.18.5';
const RUNTIMES = ['deno@2.9.6', 'bun@1.4.5'];
const GENERATOR = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];
const INSTALL = ['install', '--no-audit', '--no-fund', '--no-update-notifier'];

const source = `${ROOT}packages/client`;
// What vitest sets for its own processes is not for theirs.
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  PATH: `${ROOT}node_modules/.bin:${process.env.PATH}`,
};
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let t: Awaited<ReturnType<typeof setUpCommand>>;
let project: string;
let tarball: string;

beforeAll(async () => {
  t = await setUpCommand();
  project = join(t.dir, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  run(source, 'pnpm', 'pack', '--pack-destination', t.dir);
  tarball = join(t.dir, readdirSync(t.dir).find((name) => name.endsWith('.tgz')) ?? '');
  run(project, 'npm', ...INSTALL, tarball);
  const [, code = ''] =
    /```ts\n([\s\S]*?)```/.exec(readFileSync(`${source}/README.md`, 'utf8')) ?? [];
  const example = code.replace('http://127.0.0.1:8000', t.url);
  // It is JavaScript as well, which a Node before 22.18 needs.
  for (const name of ['example.ts', 'example.mjs']) writeFileSync(join(project, name), example);
  writeFileSync(join(project, 'sales.csv'), 'ds,y\n2026-01-01,1\n2026-01-02,3\n2026-01-03,4\n');
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
});

let sleptMs = 4000;

/** The example of the README, and the command, on a runtime. */
async function expectToRun(command: string, args: readonly string[]): Promise<void> {
  const options = { cwd: project, env: { DEJA_URL: t.url } };
  const main = join('node_modules', '@deja', 'client', 'dist', 'cli', 'main.js');
  const runs = async (...rest: string[]) => await start(command, [...args, ...rest], options).ended;

  expect((await runs('example.mjs')).stdout).toMatch(/^2026-04-01 (hit|miss: \w+)\n$/);
  const forecast = await runs(main, 'forecast', 'sales.csv', '-p', '2', '--plot');
  expect(forecast.stdout).toMatch(
    /^ds,yhat,yhat_lower,yhat_upper\n2026-01-04,.*\n2026-01-05,.*\n$/,
  );
  expect(forecast.stderr).toMatch(/[\u2801-\u28ff]/);
  expect((await runs(main, 'predict')).code).toBe(2);
  expect(
    (await runs(main, 'run', 'sleep', '-i', `{"ms":${sleptMs++}}`, '--wait', '0.1')).code,
  ).toBe(3);
}

test('it brings nothing along', () => {
  const modules = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')).packages;

  expect(Object.keys(modules)).toEqual(['', 'node_modules/@deja/client']);
  expect(existsSync(join(project, 'node_modules/@deja/client/LICENSE'))).toBe(true);
});

test('the example of its README and the command run on Node', async () => {
  await expectToRun(process.execPath, []);
  expect(run(project, 'npx', '--no', '--', 'deja', '--help')).toContain('deja COMMAND [options]');
});

test('they run on the Node of this machine, which may be an older one', async () => {
  const others = String(process.env.PATH)
    .split(':')
    .filter((dir) => !dir.includes('node_modules'));
  const own = others.map((dir) => join(dir, 'node')).find((path) => existsSync(path));
  if (own === undefined) return console.warn('this machine has no Node of its own to test on');
  await expectToRun(own, []);
});

test.each(RUNTIMES)('they run on %s', async (runtime) => {
  const [name = ''] = runtime.split('@');
  const dir = `${ROOT}.deja/runtimes/${name}`;
  mkdirSync(dir, { recursive: true });
  try {
    run(dir, 'npm', ...INSTALL, '--prefix', dir, runtime);
  } catch (error) {
    console.warn(
      `${runtime} cannot be installed here, so it is not tested: ${(error as Error).message}`,
    );
    return;
  }
  await expectToRun(join(dir, 'node_modules', '.bin', name), name === 'deno' ? ['run', '-A'] : []);
});

test('its types need nothing that it does not bring, beside those of Node or of a browser', () => {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
  const typesOfNode = ['--types', 'node', '--typeRoots', `${ROOT}node_modules/@types`];

  run(
    project,
    'tsc',
    ...options,
    '--lib',
    'es2022,dom,dom.iterable,dom.asynciterable',
    'example.ts',
  );
  run(project, 'tsc', ...options, '--lib', 'es2022', ...typesOfNode, 'example.ts');
});

test('the code of docs/clients.md has the types that it should', () => {
  const page = readFileSync(`${ROOT}docs/clients.md`, 'utf8');
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => String(code));
  const prelude = `import { Deja, DejaConnectionError, DejaProblemError, DejaTimeoutError, verifyWebhook } from '@deja/client';
import type { ForecastInput } from '@deja/client';
declare const sales: ForecastInput;
declare const texts: AsyncIterable<{ text: string }>;
declare const body: Uint8Array;
declare const request: Request;
`;
  const names = blocks.map((code, at) => {
    const isOwn = code.includes('const deja =');
    const deja = isOwn ? '' : 'declare const deja: Deja;\n';
    writeFileSync(join(project, `block-${at}.ts`), prelude + deja + code);
    return `block-${at}.ts`;
  });

  expect(blocks.length).toBeGreaterThan(5);
  const types = ['--types', 'node', '--typeRoots', `${ROOT}node_modules/@types`];
  run(
    project,
    'tsc',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    ...types,
    ...names,
  );
});

test('publint and attw find nothing', () => {
  run(project, 'npx', '--yes', PUBLINT, tarball, '--strict');
  // It has no CommonJS: Node 20.19 and newer can require() it, and so can bundlers.
  run(project, 'npx', '--yes', ATTW, tarball, '--profile', 'esm-only');
});

test('generating the types again changes nothing', () => {
  const generated = join(t.dir, 'schema.gen.ts');

  run(
    ROOT,
    'npm',
    ...INSTALL,
    '--ignore-scripts',
    '--prefix',
    '.deja/openapi-typescript',
    ...GENERATOR,
  );
  run(ROOT, 'node', '--conditions=development', 'scripts/client-types.ts', generated);

  expect(readFileSync(generated, 'utf8')).toBe(readFileSync(`${source}/src/schema.gen.ts`, 'utf8'));
});
