import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { ping } from './spawn-redis.ts';
import { startOwnRedis, startRedis } from './start-redis.ts';

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

  expect(await ping(Number(new URL(orphan.url).port))).toBe(false);
  expect(await ping(Number(new URL(next.url).port))).toBe(true);
  rmSync(dir, { recursive: true, force: true });
});
