import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { TestContainer } from 'testcontainers';
import type { RedisOptions, RedisServer } from './server.ts';

const PORT = 6379;
const CONFIG = '/usr/local/etc/redis.conf';

/** A Redis in a container, or undefined if no engine answers (1 ms; knows Colima and Podman). */
export async function startRedisContainer(options: RedisOptions): Promise<RedisServer | undefined> {
  const testcontainers = await import('testcontainers');
  try {
    await testcontainers.getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  if (options.dir !== undefined) mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  const container = await redisContainer(testcontainers, options, password).start();
  const stop = async () => {
    await container.stop();
  };
  return {
    url: `redis://:${password}@${container.getHost()}:${container.getMappedPort(PORT)}`,
    source: 'docker',
    pid: undefined,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Not started yet. Its port is published on loopback alone; the password is on no command line. */
export function redisContainer(
  { GenericContainer, Wait }: Pick<typeof import('testcontainers'), 'GenericContainer' | 'Wait'>,
  options: RedisOptions,
  password: string,
): Pick<TestContainer, 'start'> {
  class LoopbackContainer extends GenericContainer {
    constructor(image: string) {
      super(image);
      this.withExposedPorts(PORT);
      const loopback = [{ HostIp: '127.0.0.1', HostPort: '0' }];
      this.hostConfig.PortBindings = { [`${PORT}/tcp`]: loopback };
    }
  }
  const container = new LoopbackContainer('redis:8-alpine')
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withCopyContentToContainer([{ content: `requirepass ${password}\n`, target: CONFIG }])
    .withCommand([
      ...['redis-server', CONFIG, '--save', ''],
      ...['--appendonly', options.appendOnly ? 'yes' : 'no'],
      ...(options.args ?? []),
    ]);
  return options.dir === undefined
    ? container
    : container.withBindMounts([{ source: options.dir, target: '/data' }]);
}
