import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { createLogClient, createNotifier } from '../src/redis.ts';

const prefix = 'restart:f2:{d0}:';

async function follow(url: string, restart: 'keep' | 'rotate') {
  const options = { enableOfflineQueue: false, retryStrategy: () => 20 };
  const redis = new Redis(url, options).on('error', () => {});
  const subscriber = new Redis(url, { retryStrategy: () => 20 }).on('error', () => {});
  const notifier = createNotifier(subscriber, `${prefix}notify`);
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 0, restart });
  await expect.poll(() => log.catchUp()).toBe(true);
  return {
    log,
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

for (const [restart, verdict] of [
  ['keep', 'servable'],
  ['rotate', 'fenced'],
] as const) {
  test(`LOG_RESTART=${restart}: after a restart with all its data an entry is ${verdict}`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'deja-test-'));
    const first = await startOwnRedis({ dir, appendOnly: true });
    await using replica = await follow(first.url, restart);
    await replica.log.invalidate('t:x');
    const { position } = replica.log.replica;
    if (!position) throw new Error('the log has not been seen');
    await expect.poll(() => replica.log.catchUp()).toBe(true);
    expect(replica.log.replica.position).toEqual(position); // the same server starts nothing new

    const port = Number(new URL(first.url).port);
    await first.stop();
    await using _again = await startOwnRedis({ dir, appendOnly: true, port });
    await expect.poll(() => replica.log.catchUp(), { timeout: 10_000 }).toBe(true);

    const entry = { key: 'a'.repeat(64), tags: [], log: position.log, token: position };
    expect(replica.log.replica.judge(entry)).toBe(verdict);
    rmSync(dir, { recursive: true, force: true });
  });
}
