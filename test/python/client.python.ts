/** The Python client: its own tests, the wheel in an empty folder, and the notebook. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ApiProcess, startApi, startWorker, temporaryDir } from '../processes.ts';
import { newSecret, webhookEnv } from '../receiver.ts';
import { pythonWith } from './interpreter.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const CLIENT = path('clients/python');
const SOURCE = { PYTHONPATH: path('clients/python/src') };
const SECRET = newSecret();

const python = pythonWith() as string;
const withPandas = pythonWith('pandas');
const withPip = pythonWith('pip', 'setuptools', 'wheel');

const resources = new AsyncDisposableStack();
let api: ApiProcess;

beforeAll(async () => {
  const dir = resources.use(temporaryDir());
  const env = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: dir.path,
    DEJA_MODELS: path('examples/sleep-model.ts'),
    WORKER_CONCURRENCY: '2',
    ...webhookEnv(SECRET),
  };
  api = resources.use(await startApi(env));
  resources.use(await startWorker(env));
});

afterAll(() => resources.disposeAsync());

interface Run {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the program printed. Throws what it printed if it failed. */
async function run(program: string, args: readonly string[], { cwd = CLIENT, env = {} }: Run = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, PYTHONDONTWRITEBYTECODE: '1', MPLBACKEND: 'Agg', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${out}${err}`);
  return out + err;
}

/** @param calls How many calls go through the proxy that misbehaves. */
const ownTests = (program: string, args: readonly string[], calls: number) => {
  const live = { DEJA_TEST_URL: api.url, DEJA_TEST_WEBHOOK_SECRET: SECRET };
  const all = [...args, '-W', 'error::FutureWarning', '-m', 'unittest', 'discover', '-s', 'tests'];
  return run(program, all, { env: { ...SOURCE, ...live, DEJA_TEST_CALLS: `${calls}` } });
};

test('with the standard library alone, the client passes its tests', async () => {
  // -S: what is installed beside it is not seen.
  const told = await ownTests(python, ['-S'], 500);

  console.log(told.trim());
  expect(told).toMatch(/\nOK/);
});

test.runIf(withPandas)('with pandas, the client passes its tests', async () => {
  const told = await ownTests(withPandas as string, [], 0);

  console.log(told.trim());
  expect(told).toMatch(/\nOK/);
});

test.runIf(withPip)('the wheel runs the example of its README in an empty folder', async () => {
  using dir = temporaryDir();
  const pip = (...args: string[]) =>
    run(withPip as string, ['-m', 'pip', '-q', '--no-input', ...args, '--no-index', '--no-deps']);
  await pip('wheel', '--no-build-isolation', '--wheel-dir', dir.path, CLIENT);
  const wheel = readdirSync(dir.path).find((name) => name.endsWith('.whl')) as string;
  await pip('install', '--target', join(dir.path, 'installed'), join(dir.path, wheel));
  const readme = readFileSync(join(CLIENT, 'README.md'), 'utf8');
  const example = /```python\n(.*?)```/s.exec(readme)?.[1] as string;
  const program = example.replace('http://127.0.0.1:8000', api.url);
  writeFileSync(join(dir.path, 'example.py'), `${program}print(deja.__file__)\n`);

  const env = { PYTHONPATH: join(dir.path, 'installed') };
  const told = await run(python, ['-S', 'example.py'], { cwd: dir.path, env });

  const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8'));
  expect(wheel).toBe(`deja_client-${version}-py3-none-any.whl`);
  expect(readdirSync(join(dir.path, 'installed', 'deja'))).toContain('py.typed');
  expect(told).toContain('yhat_upper');
  expect(told).toContain("'sentiment': 'positive'");
  expect(told).toContain(join(dir.path, 'installed'));
});

test.runIf(withPandas)('the notebook of the quick start runs', async () => {
  const told = await run(withPandas as string, [path('examples/notebook.py')], {
    env: { ...SOURCE, DEJA_URL: api.url },
  });

  // The first table has two columns, the last has the forecast of a year later.
  expect(told).toMatch(/ds\s+yhat\s+yhat_lower\s+yhat_upper\n/);
  expect(told).toContain('2017-01-19');
});
