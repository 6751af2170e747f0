import { type RedisBinary, unpackDebianRedis } from '../debian.ts';
import { findOnPath } from '../find-on-path.ts';

/** A topology needs the program itself: the servers in it must find each other on loopback. */
export function requireBinary(env: NodeJS.ProcessEnv = process.env): RedisBinary {
  const path = findOnPath(['redis-server', 'valkey-server'], env.PATH);
  const binary = path === undefined ? unpackDebianRedis(env) : { path };
  if (binary) return binary;
  throw new Error('Put redis-server or valkey-server on the PATH: a container is not enough here.');
}
