/**
 * Starts a Redis from the first source that exists: a binary on the PATH, a container engine, or
 * Debian's package unpacked without root. If there is none, one error lists the ways to get one.
 */
import { startRedisContainer } from './container.ts';
import { unpackDebianRedis } from './debian.ts';
import { findOnPath } from './find-on-path.ts';
import { endOrphan } from './orphan.ts';
import type { RedisOptions, RedisServer } from './server.ts';
import { spawnRedis } from './spawn-redis.ts';

export { keptRedisUrl } from './kept.ts';
export type { RedisOptions, RedisServer } from './server.ts';

/** REDIS_URL if it is set, otherwise a server of our own. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const url = (options.env ?? process.env).REDIS_URL;
  if (!url) return await startOwnRedis(options);
  const stop = async () => {};
  return { url, source: 'env', pid: undefined, stop, [Symbol.asyncDispose]: stop };
}

/** A server of our own, whatever REDIS_URL is: for tests that stop it, pause it or fill it. */
export async function startOwnRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const env = options.env ?? process.env;
  if (options.dir !== undefined) await endOrphan(options.dir);
  const installed = findOnPath(['redis-server', 'valkey-server'], env.PATH);
  if (installed) return await spawnRedis({ path: installed }, 'binary', options);

  const container = await startRedisContainer(options);
  if (container) return container;

  const unpacked = unpackDebianRedis(env);
  if (unpacked) return await spawnRedis(unpacked, 'debian', options);

  throw new Error(
    [
      'No Redis to be had here. Do one of these and run the command again:',
      '  - set REDIS_URL to a running Redis (6.2 or newer; its data will be changed);',
      '  - put redis-server or valkey-server on the PATH: `apt install redis-server`, `brew install redis`;',
      '  - start a container engine (Docker, Colima, Podman).',
      'On Debian and Ubuntu the package is unpacked without root where apt-get reaches its mirror.',
    ].join('\n'),
  );
}
