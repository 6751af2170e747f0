import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisBinary } from './debian.ts';
import { PASSWORD_FILE, PORT_FILE, readKept } from './kept.ts';
import { freePort, runServer } from './run-server.ts';
import type { RedisOptions, RedisServer } from './server.ts';

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
  const removeData = () => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    ...['--appendonly', options.appendOnly ? 'yes' : 'no', '--daemonize', 'no'],
    ...['--maxmemory-policy', 'noeviction'],
    ...(options.args ?? []),
    '-', // and what stdin says
  ];
  const config = `requirepass ${password}\nmasterauth ${password}\n`;
  const server = await runServer(binary, args, { port, password, config }).catch((error) => {
    removeData();
    throw error;
  });
  if (options.dir !== undefined) writeFileSync(join(dir, PORT_FILE), String(port));
  const stop = async (): Promise<void> => {
    await server.stop();
    removeData();
  };
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    source,
    pid: server.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
