/** Several API processes at one port: `API_PROCESSES`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { call, isAlive, post } from '@deja/testing';
import { afterEach, expect, inject, test } from 'vitest';

const PROCESSES = 3;
const SOON = { timeout: 60_000, interval: 20 };

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  /** The log lines that say so. */
  lines(msg: string): { readonly pid: number; readonly port: number }[];
}

let running: Running[] = [];
afterEach(async () => {
  for (const { child, ended } of running) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
  running = [];
});

/** In a process group of its own, as a terminal runs it. */
function run(env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, ['apps/api/dist/main.js'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `p${process.pid}`, CACHE_DIR: 'off' },
      ...{ PORT: '0', API_PROCESSES: String(PROCESSES), DEJA_MODELS: 'examples/sleep-model.ts' },
      ...env,
    },
  });
  let text = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const app: Running = {
    child,
    ended: once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string),
    lines: (msg) =>
      text
        .split('\n')
        .filter((line) => line.includes(`"msg":"${msg}"`))
        .map((line) => JSON.parse(line)),
  };
  running.push(app);
  return app;
}

async function start(env: Readonly<Record<string, string>> = {}) {
  const app = run(env);
  const listening = () => app.lines('api listening');
  const early = app.ended.then((how) => Promise.reject(new Error(`it ended (${how})`)));
  await Promise.race([expect.poll(() => listening().length, SOON).toBe(PROCESSES), early]);
  const url = `http://127.0.0.1:${listening()[0]?.port}`;
  const isReady = async () => (await get(`${url}/readyz`)).status;
  await expect.poll(isReady, SOON).toBe(200);
  return { ...app, url, pids: () => listening().map(({ pid }) => pid) };
}

/** On a connection of its own, so that the processes take turns. */
const ALONE = { headers: { connection: 'close' } };
const get = (url: string) => fetch(url, ALONE);

test('/metrics of any of them tells the figures of all', async () => {
  const { url } = await start();
  const replicas = new Set<string>();
  for (let asked = 0; asked < 30; asked += 1)
    replicas.add((await call(`${url}/cache/stats`, ALONE)).body.replica);
  expect(replicas.size).toBe(PROCESSES);

  const metrics = async () => await (await get(`${url}/metrics`)).text();
  await expect.poll(metrics, SOON).toMatch(/^deja_global_workers /m); // the lease is taken
  for (let asked = 0; asked < PROCESSES; asked += 1) {
    const text = await metrics();
    expect(text).toContain('method="GET",route="/cache/stats",status="200",x_cache="none"} 30\n');
    expect(text.match(/^deja_global_workers \d+$/gm)).toHaveLength(1);
    expect(text.match(/^deja_workers 0$/gm)).toHaveLength(1);
  }
});

test('a process that ends is replaced', async () => {
  const { url, pids } = await start();
  const [first] = pids();

  process.kill(Number(first), 'SIGKILL');

  await expect.poll(() => pids().length, SOON).toBe(PROCESSES + 1);
  for (let asked = 0; asked < 10; asked += 1)
    expect((await get(`${url}/healthz`)).status).toBe(200);
});

test('a process that cannot start ends all of them', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };

  for (const env of [{ PORT: String(port) }, { DEJA_MODELS: '/nowhere/model.ts' }]) {
    const { ended } = run(env);
    expect(await ended).toBe(1);
  }
  taken.close();
});

test.each([
  ['a Ctrl-C, which reaches all of them,', 'SIGINT', -1],
  ['a stop signal to the first of them', 'SIGTERM', 1],
] as const)('%s lets each finish what it has begun', async (_what, signal, sign) => {
  const { url, child, ended, lines, pids } = await start({ DRAIN_S: '60' });
  const asked = Array.from({ length: 6 }, (_, n) =>
    post(`${url}/models/sleep/run`, { ms: 1, label: `${signal} ${n}` }, { Prefer: 'wait=60' }),
  );
  const waiting = async () => {
    const text = await (await get(`${url}/metrics`)).text();
    return /^deja_waiting_requests (\d+)$/m.exec(text)?.[1];
  };
  await expect.poll(waiting, SOON).toBe('6');

  process.kill(sign * Number(child.pid), signal);

  for (const answer of await Promise.all(asked)) expect(answer.status).toBe(202);
  expect(await ended).toBe(0);
  expect(lines('api stopping')).toHaveLength(PROCESSES);
  expect(pids().filter(isAlive)).toEqual([]);
});

test('none of them outlives the first', async () => {
  const { child, ended, pids } = await start();

  child.kill('SIGKILL');

  expect(await ended).toBe('SIGKILL');
  await expect.poll(() => pids().filter(isAlive), SOON).toEqual([]);
});
