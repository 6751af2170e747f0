/** Real processes for the system tests: the built API and worker, as `npm start` runs them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A busy machine included. */
const READY_TIMEOUT_MS = 60_000;

export interface AppProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Sends a signal and resolves to how the process ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>;
}

export interface ApiProcess extends AppProcess {
  readonly url: string;
}

type Env = Readonly<Record<string, string>>;

/** Resolves when the API listens and has heard of the invalidation log. */
export async function startApi(env: Env): Promise<ApiProcess> {
  const { app, line } = await startApp('api', { PORT: '0', ...env }, 'api listening');
  const url = `http://127.0.0.1:${line.port}`;
  const isReady = async () => expect((await fetch(`${url}/readyz`)).status).toBe(200);
  try {
    await vi.waitFor(isReady, { timeout: READY_TIMEOUT_MS, interval: 10 }); // in hooks, too
  } catch (error) {
    await app[Symbol.asyncDispose](); // a process left behind keeps vitest from ending
    throw error;
  }
  return { ...app, url };
}

/** Resolves when the worker's slots can compute. */
export async function startWorker(env: Env): Promise<AppProcess> {
  return (await startApp('worker', { WORKER_CONCURRENCY: '1', ...env }, 'worker ready')).app;
}

async function startApp(name: string, env: Env, until: string) {
  const child = spawn(process.execPath, [`apps/${name}/dist/main.js`], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const seen = new Promise<Record<string, unknown>>((resolve) => {
    createInterface(child.stdout).on('line', (text) => {
      const line = parseLine(text);
      if (line?.msg === until) resolve(line);
      if (process.env.SHOW_LOGS) console.log(text);
    });
  });
  const line = await Promise.race([
    seen,
    exited.then((how) => Promise.reject(new Error(`the ${name} ended at its start (${how})`))),
  ]);
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    return await exited;
  };
  const app: AppProcess = {
    child,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
  return { app, line };
}

function parseLine(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A directory that goes away with the test. */
export function temporaryDir(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'deja-system-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const modelPath = (name: string): string =>
  fileURLToPath(new URL(`./models/${name}`, import.meta.url));
