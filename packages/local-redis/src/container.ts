import { mkdirSync } from 'node:fs';
import type { RedisOptions, RedisServer } from './server.ts';

/** A Redis in a container, or undefined if no engine answers (1 ms; knows Colima and Podman). */
export async function startRedisContainer(options: RedisOptions): Promise<RedisServer | undefined> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  const { RedisContainer } = await import('@testcontainers/redis');
  const image = new RedisContainer('redis:8-alpine').withCommand([
    'redis-server',
    ...['--save', '', '--appendonly', options.appendOnly ? 'yes' : 'no'],
    ...(options.args ?? []),
  ]);
  if (options.dir !== undefined) {
    mkdirSync(options.dir, { recursive: true });
    image.withBindMounts([{ source: options.dir, target: '/data' }]);
  }
  const container = await image.start();
  const stop = async () => {
    await container.stop();
  };
  return {
    url: container.getConnectionUrl(),
    source: 'docker',
    pid: undefined,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
