import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import * as testcontainers from 'testcontainers';
import { expect, inject, test } from 'vitest';
import { redisContainer } from './container.ts';
import { ping } from './run-server.ts';
import { startOwnRedis, startRedis } from './start-redis.ts';

const answers = (url: string) => {
  const { port, password } = new URL(url);
  return ping(Number(port), password);
};

test('REDIS_URL is taken as it is and is never stopped', async () => {
  const given = await startRedis({ env: { REDIS_URL: inject('redisUrl') } });
  await given.stop();

  const redis = new Redis(given.url);
  expect(await redis.ping()).toBe('PONG');
  await redis.quit();
});

test('a server with a directory of its own keeps its data over a restart', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'deja-test-'));
  {
    await using server = await startOwnRedis({ dir, appendOnly: true });
    const redis = new Redis(server.url);
    await redis.set('kept', 'yes');
    await redis.quit();
  }

  await using again = await startOwnRedis({ dir, appendOnly: true });
  const redis = new Redis(again.url);
  expect(await redis.get('kept')).toBe('yes');
  await redis.quit();
  rmSync(dir, { recursive: true, force: true });
});

test('a server that outlived whoever started it is ended before another takes its directory', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'deja-test-'));
  await using orphan = await startOwnRedis({ dir, appendOnly: true });
  await using next = await startOwnRedis({ dir, appendOnly: true });

  expect(await answers(orphan.url)).toBe(false);
  expect(await answers(next.url)).toBe(true);
  rmSync(dir, { recursive: true, force: true });
});

test('another user of the machine can read nothing: its files are private, and it wants a password', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'deja-test-')), 'redis');
  mkdirSync(dir, { mode: 0o755 }); // as an earlier version made it
  await using server = await startOwnRedis({ dir, appendOnly: true });
  const { port, password } = new URL(server.url);

  const stranger = new Redis(Number(port), '127.0.0.1', { enableReadyCheck: false });
  stranger.on('error', () => {});
  await expect(stranger.get('a')).rejects.toThrow(/NOAUTH/);
  stranger.disconnect();

  expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(statSync(dir).mode & 0o77).toBe(0);
  expect(statSync(join(dir, 'redis.password')).mode & 0o77).toBe(0);
  if (process.platform === 'linux')
    expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(password);
  rmSync(dir, { recursive: true, force: true });
});

test('so does a server without a directory of its own, each with another password', async () => {
  await using one = await startOwnRedis();
  await using other = await startOwnRedis();

  expect(new URL(one.url).password).toMatch(/^[0-9a-f]{48}$/);
  expect(new URL(one.url).password).not.toBe(new URL(other.url).password);
});

test('a container publishes its port on loopback alone, and has a password', async () => {
  const container = redisContainer(testcontainers, {}, 'secret') as unknown as {
    readonly hostConfig: { readonly PortBindings: unknown };
    readonly createOpts: { readonly Cmd: readonly string[] };
    readonly contentsToCopy: readonly { readonly content: string }[];
  };

  expect(container.hostConfig.PortBindings).toEqual({
    '6379/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }],
  });
  expect(container.contentsToCopy[0]?.content).toContain('requirepass secret');
  expect(container.createOpts.Cmd.join(' ')).not.toContain('secret');
});
