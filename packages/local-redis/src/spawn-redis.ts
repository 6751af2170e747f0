import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisBinary } from './debian.ts';
import { PASSWORD_FILE, PORT_FILE, readKept } from './orphan.ts';
import type { RedisOptions, RedisServer } from './server.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/**
 * Runs a redis-server on loopback until `stop`. Its data is removed unless a `dir` was given.
 *
 * Other users of the machine can neither read its files nor connect: they lack its password, which is
 * random, is on no command line, and stays the same for a `dir`.
 */
export async function spawnRedis(
  binary: RedisBinary,
  source: RedisServer['source'],
  options: RedisOptions,
): Promise<RedisServer> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'deja-redis-'));
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  const password =
    options.password ?? readKept(dir, PASSWORD_FILE) ?? randomBytes(24).toString('hex');
  if (options.dir !== undefined) writeFileSync(join(dir, PASSWORD_FILE), password, { mode: 0o600 });
  const port = options.port ?? (await freePort());
  const child = spawn(
    binary.path,
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...['--appendonly', options.appendOnly ? 'yes' : 'no', '--daemonize', 'no'],
      ...['--maxmemory-policy', 'noeviction'],
      ...(options.args ?? []),
      '-', // and what stdin says
    ],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group, so that a Ctrl-C in the terminal does not stop it before its users.
      detached: true,
      env: {
        ...process.env,
        ...(binary.libraryPath !== undefined && { LD_LIBRARY_PATH: binary.libraryPath }),
      },
    },
  );
  child.stdin.on('error', () => {}); // it ended at once, which the loop below tells
  child.stdin.end(`requirepass ${password}\nmasterauth ${password}\n`);
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
  while (!(await ping(port, password))) {
    if (exited() || Date.now() > deadline) {
      await stop();
      throw new Error(`${binary.path} did not start:\n${output}`);
    }
    await delay(20);
  }
  child.unref();
  if (options.dir !== undefined) writeFileSync(join(dir, PORT_FILE), String(port));
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
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
