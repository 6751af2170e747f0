/** How a worker's process ends, and how it does not start. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { modelPath, openQueue, spawnWorker } from './worker-process.ts';

async function setUp(env: Readonly<Record<string, string>> = {}) {
  const queue = openQueue(inject('redisUrl'));
  const worker = spawnWorker({
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: queue.prefix,
    ...env,
  });
  await worker.ready;
  return {
    queue,
    worker,
    async untilRunning(job: string) {
      await expect.poll(() => queue.status(job), { timeout: 10_000 }).toBe('running');
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
    },
  };
}

test('a refresh that waits for an idle slot does not hold up the shutdown', async () => {
  await using t = await setUp({ DRAIN_S: '60' });
  const long = await t.queue.submit('sleep');
  await t.untilRunning(long.job);
  const refresh = await t.queue.submit('loop', 'refresh');
  await expect.poll(() => t.queue.refreshes()).toEqual({ wait: 1, active: 0 });

  t.worker.kill('SIGTERM');

  expect(await t.worker.ended).toBe(0);
  expect(await t.queue.status(long.job)).toBe('succeeded');
  expect(await t.queue.status(refresh.job)).toBe('queued');
  expect(await t.queue.refreshes()).toEqual({ wait: 1, active: 0 });
});

test('what has not ended when the time to drain is over is given back, and no try is used up', async () => {
  await using t = await setUp({ DRAIN_S: '1' });
  const { job, run } = await t.queue.submit('loop');
  await t.untilRunning(job);

  t.worker.kill('SIGTERM');

  expect(await t.worker.ended).toBe(0);
  expect(await t.queue.tries(run)).toBe(0);
  await using _next = spawnWorker({ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: t.queue.prefix });
  await expect.poll(() => t.queue.status(job), { timeout: 15_000 }).toBe('running');
});

test('the same while Redis is away: it ends in time', async () => {
  await using redis = await openDoor(inject('redisUrl'));
  const WEBHOOK_SECRET = `whsec_${'A'.repeat(44)}`; // its part of the worker has to end, too
  await using t = await setUp({ DRAIN_S: '1', REDIS_URL: redis.url, WEBHOOK_SECRET });
  const { job } = await t.queue.submit('loop');
  await t.untilRunning(job);

  redis.shut();
  const startedAt = performance.now();
  t.worker.kill('SIGTERM');

  expect(await t.worker.ended).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(6000); // DRAIN_S + 5 s is the last resort
});

test('a second stop signal ends it at once', async () => {
  await using t = await setUp({ DRAIN_S: '60' });
  const { job } = await t.queue.submit('loop');
  await t.untilRunning(job);
  t.worker.kill('SIGTERM');
  await expect.poll(() => t.worker.lines.at(-1)?.msg).toBe('worker stopping');

  const startedAt = performance.now();
  t.worker.kill('SIGTERM');

  expect(await t.worker.ended).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('a worker whose slots cannot start says why, and ends', async () => {
  await using queue = openQueue(inject('redisUrl'));
  await using worker = spawnWorker({
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: queue.prefix,
    DEJA_MODELS: modelPath('no-slot.ts'),
  });

  expect(await worker.ended).toBe(1);
  expect(worker.lines).toContainEqual(
    expect.objectContaining({
      msg: 'slot cannot start',
      err: expect.objectContaining({ message: expect.stringContaining('not in a slot') }),
    }),
  );
  expect(worker.lines.filter(({ level }) => Number(level) >= 50)).toHaveLength(1);
  expect(worker.stderr()).toBe('');
});

test('a worker that is killed leaves no process behind, not even of a command that hangs', async () => {
  await using t = await setUp();
  const dir = mkdtempSync(join(tmpdir(), 'deja-family-'));
  await t.queue.submit(join(dir, 'pids'), 'long', 'family');
  const pids = () => readFileSync(join(dir, 'pids'), 'utf8').split(' ');
  await expect.poll(pids, { timeout: 10_000 }).toHaveLength(2);
  const family = pids();

  t.worker.kill('SIGKILL');

  const alive = () => family.filter((pid) => existsSync(`/proc/${pid}`));
  await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
  rmSync(dir, { recursive: true });
});

test('a worker without the engine that it should have says how to install it, and ends', async () => {
  await using queue = openQueue(inject('redisUrl'));
  await using worker = spawnWorker(
    {
      REDIS_URL: inject('redisUrl'),
      REDIS_PREFIX: queue.prefix,
      SENTIMENT_ENGINE: 'transformers',
      SENTIMENT_MODEL: './nowhere',
    },
    tmpdir(),
  );

  expect(await worker.ended).toBe(1);
  const message = expect.stringContaining('@huggingface/transformers, which is not installed');
  expect(worker.lines).toContainEqual(
    expect.objectContaining({ err: expect.objectContaining({ message }) }),
  );
});

/** A way to Redis that can be shut. */
async function openDoor(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const url = new URL(redisUrl); // with its password
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    shut,
    async [Symbol.asyncDispose]() {
      shut();
    },
  };
}
