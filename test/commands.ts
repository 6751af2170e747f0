/** Commands of the tree as a terminal runs them: `npm start`, `npm run api`, `npm run worker`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { modelPath } from './processes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT = { timeout: 100_000, interval: 50 };

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  /** All that it has printed. */
  text(): string;
  until(text: string): Promise<void>;
  /** A Ctrl-C, or the signal of whoever stops all of it. */
  signalGroup(signal: NodeJS.Signals): void;
}

let processes: Running[] = [];
afterEach(async () => {
  for (const { child, ended } of processes) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
  processes = [];
});

/** In a process group of its own, as a terminal runs a command. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Running {
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const running: Running = {
    child,
    ended,
    text: () => text,
    async until(wanted) {
      const early = ended.then((how) => {
        if (!text.includes(wanted)) throw new Error(`it ended (${how}): ${text}`);
      });
      await Promise.race([expect.poll(() => text, START_TIMEOUT).toContain(wanted), early]);
    },
    signalGroup: (signal) => process.kill(-Number(child.pid), signal),
  };
  processes.push(running);
  return running;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : expect.fail('no port');
}

export async function startEnv() {
  const port = await freePort();
  const env = {
    PORT: String(port),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: 'off',
    DRAIN_S: '1',
    DEJA_MODELS: modelPath('loop.ts'),
  };
  return { env, url: `http://127.0.0.1:${port}` };
}
