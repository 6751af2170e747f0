/** What a kept directory says of its server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that hold the server's port and password. */
export const PORT_FILE = 'redis.port';
export const PASSWORD_FILE = 'redis.password';

/** Undefined if there is no such file. */
export function readKept(dir: string, file: string): string | undefined {
  try {
    return readFileSync(join(dir, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Where the server of this directory is, or was when it last ran. Undefined: none ever ran, or in a container. */
export function keptRedisUrl(dir: string): string | undefined {
  const port = readKept(dir, PORT_FILE);
  const password = readKept(dir, PASSWORD_FILE);
  return port && password ? `redis://:${password}@127.0.0.1:${port}` : undefined;
}
