/** What crashes, hangs and comes back: real processes, real signals. */
import { randomUUID } from 'node:crypto';
import { startOwnRedis } from '@deja/local-redis';
import { call, isAlive, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { modelPath, startApi, startWorker, temporaryDir } from './processes.ts';

const EXAMPLES = new URL('../examples/', import.meta.url).pathname;
const MODELS = [modelPath('loop.ts'), `${EXAMPLES}sleep-model.ts`].join(',');

function setUp() {
  const dir = temporaryDir();
  const env = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: dir.path,
    DEJA_MODELS: MODELS,
  };
  return { env, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

async function untilRunning(base: string, id: string): Promise<void> {
  const status = async () => (await call(`${base}/jobs/${id}`)).body.status;
  await expect.poll(status, { timeout: 30_000 }).not.toBe('queued');
}

test('G2 Every 202 ends: a worker is killed in the middle of a run, another one ends it', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using first = await startWorker(t.env);
  const { body } = await post(`${api.url}/models/sleep/run`, { ms: 3000 });
  await untilRunning(api.url, body.job_id);

  await first.end('SIGKILL');
  await using _second = await startWorker(t.env);

  expect(await jobOf(api.url, body.job_id)).toMatchObject({
    status: 'succeeded',
    result: { output: { slept_ms: 3000 } },
  });
});

test('a slot does not outlive its worker', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using worker = await startWorker(t.env);
  const { body } = await post(`${api.url}/models/loop/run`, {});
  await untilRunning(api.url, body.job_id);
  const slots = await childrenOf(Number(worker.child.pid));

  await worker.end('SIGKILL');

  expect(slots.length).toBeGreaterThan(0);
  await expect.poll(() => slots.filter(isAlive), { timeout: 5000 }).toEqual([]);
});

test('a worker that is stopped in the middle of a run gives it back and exits with 0', async () => {
  using t = setUp();
  const env = { ...t.env, DRAIN_S: '0' };
  await using api = await startApi(env);
  await using first = await startWorker(env);
  const { body } = await post(`${api.url}/models/sleep/run`, { ms: 2000 });
  await untilRunning(api.url, body.job_id);

  expect(await first.end('SIGTERM')).toBe(0);
  await using _second = await startWorker(env);

  expect(await jobOf(api.url, body.job_id)).toMatchObject({ status: 'succeeded' });
});

test('a worker that may drain ends what it has begun', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using worker = await startWorker(t.env);
  const { body } = await post(`${api.url}/models/sleep/run`, { ms: 1000 });
  await untilRunning(api.url, body.job_id);

  expect(await worker.end('SIGTERM')).toBe(0);

  expect((await call(`${api.url}/jobs/${body.job_id}`)).body.status).toBe('succeeded');
});

test('a worker that is stopped while Redis is away exits with 0, soon', async () => {
  using t = setUp();
  await using redis = await startOwnRedis();
  await using worker = await startWorker({ ...t.env, REDIS_URL: redis.url, DRAIN_S: '60' });

  await redis.stop();
  const startedAt = performance.now();

  expect(await worker.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(30_000); // not the whole DRAIN_S
});

test('G8 A model cannot hurt the server: an endless loop times out, and the next run succeeds', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using _worker = await startWorker(t.env);
  const wait = { Prefer: 'wait=60' };

  const endless = await post(`${api.url}/models/loop/run`, {}, wait);
  const next = await post(`${api.url}/models/loop/run`, { turns: 5 }, wait);

  expect(endless.status).toBe(504);
  expect(endless.headers.get('content-type')).toBe('application/problem+json');
  expect(endless.body.type).toBe('urn:deja:problem:model-timed-out');
  expect(next).toMatchObject({ status: 200, body: { output: { turns: 5 } } });
});

test('G7 Cache faults degrade, queue faults surface: Redis paused, stopped, and back', async () => {
  using t = setUp();
  using kept = temporaryDir();
  const first = await startOwnRedis({ dir: kept.path, appendOnly: true });
  const env = { ...t.env, REDIS_URL: first.url };
  await using api = await startApi(env);
  await using _worker = await startWorker(env);
  const wait = { Prefer: 'wait=60' };
  const text = { text: 'I love this' };
  await post(`${api.url}/predict`, text, wait);
  await post(`${api.url}/predict`, text);

  const hitAgain = async () => {
    const { status, headers } = await post(`${api.url}/predict`, text);
    return [status, headers.get('x-cache-tier'), headers.get('cache-status')?.split('detail=')[1]];
  };
  const timed = async (body: unknown) => {
    const startedAt = performance.now();
    const answer = await post(`${api.url}/predict`, body);
    return { ...answer, ms: performance.now() - startedAt };
  };

  process.kill(Number(first.pid), 'SIGSTOP');
  const pausedHit = await timed(text);
  const pausedMiss = await timed({ text: 'never seen while paused' });
  process.kill(Number(first.pid), 'SIGCONT');
  await first.stop();
  await expect.poll(hitAgain).toEqual([200, 'memory', '"memory unverified"']);
  const hit = await timed(text);
  const miss = await timed({ text: 'never seen' });
  const cleared = await call(`${api.url}/cache`, { method: 'DELETE' });

  for (const answer of [pausedHit, hit]) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-cache-tier')).toBe('memory');
  }
  expect(hit.headers.get('x-cache-unverified')).toMatch(/^\d+$/);
  for (const answer of [pausedMiss, miss]) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.ms).toBeLessThan(3000);
  }
  expect(cleared.status).toBe(503);

  const port = Number(new URL(first.url).port);
  await using _again = await startOwnRedis({ dir: kept.path, appendOnly: true, port });
  await expect
    .poll(async () => (await post(`${api.url}/predict`, { text: 'never seen' }, wait)).status, {
      timeout: 30_000,
    })
    .toBe(200);
});

test('the last cancel frees the slot, of an endless loop too', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using _worker = await startWorker(t.env);
  const { body } = await post(`${api.url}/models/loop/run`, {});
  await untilRunning(api.url, body.job_id);

  const canceled = await call(`${api.url}/jobs/${body.job_id}`, { method: 'DELETE' });
  const next = await post(`${api.url}/models/loop/run`, { turns: 1 }, { Prefer: 'wait=60' });

  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(next.status).toBe(200);
});

test('a series that the model refuses is a failed job with the reason, not a dead worker', async () => {
  using t = setUp();
  await using api = await startApi(t.env);
  await using _worker = await startWorker(t.env);
  const wait = { Prefer: 'wait=60' };
  const body = { model_id: 'm', periods: 3, data: series(100) };

  const zeros = await post(
    `${api.url}/forecast`,
    { ...body, data: body.data.map(({ ds }) => ({ ds, y: 0 })) },
    wait,
  );
  const good = await post(`${api.url}/forecast`, body, wait);

  expect(zeros.status).toBe(200);
  expect(zeros.body.forecast.map(({ yhat }: { yhat: number }) => yhat)).toEqual([0, 0, 0]);
  expect(good.status).toBe(200);
});

async function childrenOf(pid: number): Promise<number[]> {
  const { readFileSync, readdirSync } = await import('node:fs');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    });
}
