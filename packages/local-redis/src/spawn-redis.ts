import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisBinary } from './debian.ts';
import { PORT_FILE } from './orphan.ts';
import type { RedisOptions, RedisServer } from './server.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** Runs a redis-server on loopback until `stop`. Its data is removed unless a `dir` was given. */
export async function spawnRedis(
  binary: RedisBinary,
  source: RedisServer['source'],
  options: RedisOptions,
): Promise<RedisServer> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'deja-redis-'));
  mkdirSync(dir, { recursive: true });
  const port = options.port ?? (await freePort());
  const child = spawn(
    binary.path,
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...['--appendonly', options.appendOnly ? 'yes' : 'no', '--daemonize', 'no'],
      ...['--maxmemory-policy', 'noeviction'],
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that a Ctrl-C in the terminal does not stop it before its users.
      detached: true,
      env: {
        ...process.env,
        ...(binary.libraryPath !== undefined && { LD_LIBRARY_PATH: binary.libraryPath }),
      },
    },
  );
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
    if (!exited()) {
      const gone = once(child, 'exit');
      child.kill('SIGCONT'); // a paused process would not react to the next signal
      child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    }
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await ping(port))) {
    if (exited() || Date.now() > deadline) {
      await stop();
      throw new Error(`${binary.path} did not start:\n${output}`);
    }
    await delay(20);
  }
  child.unref();
  if (options.dir !== undefined) writeFileSync(join(dir, PORT_FILE), String(port));
  return {
    url: `redis://127.0.0.1:${port}`,
    source,
    pid: child.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A TCP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Whether a Redis answers there and has loaded its data. */
export function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const done = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.setTimeout(500, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
  });
}
