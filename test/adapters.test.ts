/** Programs and servers as models, through real API and worker processes. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { post } from '@deja/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ApiProcess, modelPath, startApi, startWorker, temporaryDir } from './processes.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const example = (name: string) => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
const resources = new AsyncDisposableStack();
const WAIT = { Prefer: 'wait=60' };

let apis: ApiProcess[];
let tallyFile: string;
/** What the workers logged. */
const logs: string[] = [];

beforeAll(async () => {
  const dir = resources.use(temporaryDir());
  tallyFile = join(dir.path, 'tally');
  writeFileSync(tallyFile, '');
  const env = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: join(dir.path, 'cache'),
    TALLY_FILE: tallyFile,
    TALLY_URL: await serveTally(),
    EMBED_URL: await startInferenceServer(),
    SLOT_ENV: 'TALLY_*,EMBED_*',
    DEJA_MODELS: [
      modelPath('tallies.ts'),
      ...['readability-model.ts', 'embed-model.ts'].map(example),
    ].join(),
    WORKER_CONCURRENCY: '2',
  };
  const started = [startApi(env), startApi(env)].map(async (api) => resources.use(await api));
  const workers = [startWorker(env), startWorker(env)].map(async (each) => {
    const { child } = resources.use(await each);
    if (child.stdout) createInterface(child.stdout).on('line', (line) => logs.push(line));
  });
  await Promise.all(workers);
  apis = await Promise.all(started);
});
afterAll(() => resources[Symbol.asyncDispose]());

const ask = (model: string, input: unknown, at = 0) =>
  post(`${apis[at % apis.length]?.url}/models/${model}/run`, input, WAIT);
const tally = (model: string, how: string) =>
  readFileSync(tallyFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${model} ${how} `));

describe.each([
  ['python', hasPython],
  ['http', true],
])('%s (skipped where there is no python3)', (model, isHere) => {
  const when = test.runIf(isHere);

  when('200 requests of 20 inputs at once are 20 computations', async () => {
    const asked = Array.from({ length: 200 }, (_, at) => ask(model, { n: at % 20 }, at));

    const answers = await Promise.all(asked);

    for (const [at, { status, body }] of answers.entries())
      expect([status, body.output]).toEqual([200, { square: (at % 20) ** 2 }]);
    expect(tally(model, 'well')).toHaveLength(20);
  });

  when.each([
    ['crash', 500, { python: /ended in the middle.*SIGABRT/, http: /broke off|cannot be reached/ }],
    ['hang', 504, { python: /did not answer within 10000 ms/, http: /within 10000 ms/ }],
    [
      'garbage',
      500,
      { python: /no answer to the request: Loading checkpoint/, http: /no JSON: <h/ },
    ],
  ] as const)(
    'a %s is a failure that says so, in the log if a model threw it, and the next run is answered',
    async (how, status, says) => {
      const { status: got, body } = await ask(model, { n: 1, how });

      expect(got).toBe(status);
      const [, run] = /at run (\S+)$/.exec(body.detail) ?? [];
      const told = () =>
        run === undefined ? body.detail : logs.find((line) => line.includes(run));
      await expect.poll(told).toMatch(says[model as 'python' | 'http']);
      expect((await ask(model, { n: 100, how: `after ${how}` })).body.output).toEqual({
        square: 10_000,
      });
    },
  );
});

describe('the examples', () => {
  test.runIf(hasPython)('a Python script (skipped where there is no python3)', async () => {
    const { body } = await ask('readability', { text: 'The cat sat. The cat ran.' });
    expect(body.output).toEqual({ words: 6, sentences: 2, syllables: 6, ease: 119.2 });

    const refused = await ask('readability', { text: '123' });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ path: '/text', message: 'no English word in it' }],
    ]);
  });

  test('an inference server, with the progress that it streams', async () => {
    const url = `${apis[0]?.url}/models/embed/run`;
    const { body: accepted } = await post(url, { text: 'one two two' });
    const events = await fetch(`${apis[0]?.url}/jobs/${accepted.job_id}/events`);

    expect(await events.text()).toContain('"stage":"thinking"');
    const { body } = await ask('embed', { text: 'one two two' });
    expect(body.cached).toBe(true);
    expect(Math.hypot(...body.output.vector)).toBeCloseTo(1, 4);
    const refused = await ask('embed', { text: '123' });
    expect([refused.status, refused.body.detail]).toEqual([422, 'no word in it']);
  });
});

async function serveTally(): Promise<string> {
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    const { n, how } = JSON.parse(text);
    appendFileSync(tallyFile, `http ${how} ${n}\n`);
    if (how === 'crash') return void res.destroy();
    if (how === 'hang') return;
    if (how === 'garbage') return void res.end('<html>Bad gateway</html>');
    setTimeout(() => res.end(JSON.stringify({ square: n * n })), 50);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function startInferenceServer(): Promise<string> {
  const child = spawn(process.execPath, [example('inference-server.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  resources.defer(() => void child.kill());
  const [line] = await once(createInterface(child.stdout), 'line');
  return String(line);
}
