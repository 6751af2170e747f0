import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisBinary } from './debian.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** A server process on loopback, until `stop`. */
export interface ServerProcess {
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

/** Resolves when the server at `port` answers with this password. @param config Goes to its stdin. */
export async function runServer(
  binary: RedisBinary,
  args: readonly string[],
  { port, password, config = '' }: { port: number; password: string; config?: string },
): Promise<ServerProcess> {
  const child = spawn(binary.path, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group, so that a Ctrl-C in the terminal does not stop it before its users.
    detached: true,
    env: {
      ...process.env,
      ...(binary.libraryPath !== undefined && { LD_LIBRARY_PATH: binary.libraryPath }),
    },
  });
  child.stdin.on('error', () => {}); // it ended at once, which the loop below tells
  child.stdin.end(config);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  }
  const exited = () => child.exitCode !== null || child.signalCode !== null;
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (exited()) return;
    const gone = once(child, 'exit');
    child.kill('SIGCONT'); // a paused process would not react to the next signal
    child.kill('SIGTERM');
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  };

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await ping(port, password))) {
    if (exited() || Date.now() > deadline) {
      await stop();
      throw new Error(`${binary.path} did not start:\n${output}`);
    }
    await delay(20);
  }
  child.unref();
  return { pid: child.pid, stop };
}

/** Starts a server once more, at other ports, if somebody else took one before it could. */
export async function atFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let left = 3; ; left--) {
    try {
      return await start();
    } catch (error) {
      if (left === 0 || !/listening|in use/i.test(String(error))) throw error;
    }
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Whether a Redis answers there and has loaded its data. */
export function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const done = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.setTimeout(500, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let reply = '';
    socket.on('data', (data) => {
      reply += data.toString();
      if (reply.includes('\n-') || reply.startsWith('-'))
        done(false); // it is still loading
      else if (reply.includes('+PONG')) done(true);
    });
  });
}
