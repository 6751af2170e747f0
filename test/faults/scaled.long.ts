/** Workers that come and go as `GET /scale` says, as KEDA and a HorizontalPodAutoscaler start and stop them. */
import { setTimeout as delay } from 'node:timers/promises';
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { type AppProcess, modelPath } from '../processes.ts';
import { openStage } from './stage.ts';

const RUNS = 600;
const SLOTS_EACH = 2;
const MOST_WORKERS = 8;
/** Of the autoscaler: how often it asks, and how long fewer must be wanted until it stops workers. */
const POLL_MS = 1000;
const STEADY_MS = 10_000;
const FOLLOWS_WITHIN_MS = 15_000;

interface Seen {
  readonly atMs: number;
  readonly wanted: number;
  readonly workers: number;
}

test('a burst and its end: the slots wanted follow within 15 s, workers come and go once, and everything ends', async () => {
  const env = {
    DEJA_MODELS: modelPath('../../examples/sleep-model.ts'),
    WORKER_CONCURRENCY: String(SLOTS_EACH),
  };
  await using stage = await openStage({ workers: 0, env });
  const [url] = stage.apis.map((api) => api.url);
  const workers: Promise<AppProcess>[] = [];
  const seen: Seen[] = [];
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const poll = async () => {
    const { slots_wanted: wanted } = (await call(`${url}/scale`)).body;
    const atMs = now();
    const recent = seen.filter((one) => atMs - one.atMs < STEADY_MS);
    const desired = Math.ceil(Math.max(wanted, ...recent.map((one) => one.wanted)) / SLOTS_EACH);
    seen.push({ atMs, wanted, workers: workers.length });
    while (workers.length < Math.min(desired, MOST_WORKERS)) workers.push(stage.addWorker());
    const stopped = workers
      .splice(desired)
      .map(async (worker) => await (await worker).end('SIGTERM'));
    expect(new Set(await Promise.all(stopped))).toEqual(new Set(stopped.map(() => 0)));
    return wanted as number;
  };
  const until = async (reached: (wanted: number) => boolean, within: number) => {
    const since = now();
    while (!reached(await poll())) {
      expect(now() - since, JSON.stringify(seen)).toBeLessThan(within);
      await delay(POLL_MS);
    }
  };

  expect(await poll()).toBe(0);
  const asked = Array.from({ length: RUNS }, (_, n) =>
    post(`${url}/models/sleep/run`, { ms: 200, label: String(n) }),
  );
  const jobs = (await Promise.all(asked)).map(({ body }) => body.job_id as string);
  await until((wanted) => wanted >= 10, FOLLOWS_WITHIN_MS);
  const left = async () => (await call(`${url}/scale`)).body.work_seconds as number;
  while ((await left()) > 0) {
    await poll();
    await delay(POLL_MS);
  }
  await until((wanted) => wanted === 0, FOLLOWS_WITHIN_MS);
  await until(() => workers.length === 0, STEADY_MS + FOLLOWS_WITHIN_MS);

  const counts = seen.map((one) => one.workers);
  const peak = counts.indexOf(Math.max(...counts));
  const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);
  expect(counts.slice(0, peak)).toEqual(ascending(counts.slice(0, peak)));
  expect(counts.slice(peak).reverse()).toEqual(ascending(counts.slice(peak)));
  const states = await Promise.all(
    jobs.map(async (job) => (await call(`${url}/jobs/${job}`)).body.status),
  );
  expect(new Set(states)).toEqual(new Set(['succeeded']));
  console.log(
    JSON.stringify(seen.map(({ atMs, ...one }) => ({ s: Math.round(atMs / 1000), ...one }))),
  );
});
