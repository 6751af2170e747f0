/** Clocks that are wrong by an hour: time is the queue Redis', or it is a duration. */
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

const HOUR_MS = 3_600_000;
const preload = new URL('./skewed-clock.ts', import.meta.url).href;
const skewed = (ms: number) => ({ NODE_OPTIONS: `--import=${preload}`, CLOCK_SKEW_MS: String(ms) });

test.for([
  ['an API that is late, a worker that is early', -HOUR_MS, HOUR_MS],
  ['an API that is early, a worker that is late', HOUR_MS, -HOUR_MS],
] as const)('%s: jobs end, their ids are known', async ([, apiMs, workerMs]) => {
  await using stage = await openStage({ apis: 0, workers: 0 });
  const [api] = await Promise.all([stage.addApi(skewed(apiMs)), stage.addWorker(skewed(workerMs))]);

  await Promise.all(Array.from({ length: 20 }, (_, id) => stage.ask({ id, ms: 20 })));
  const { body } = await post(`${api.url}/models/tally/run`, { id: 99, ms: 100 });
  const url = `${api.url}/jobs/${body.job_id}`;
  const job = (await call(url, { headers: { Prefer: 'wait=30' } })).body;

  expect(job.status).toBe('succeeded');
  expect(Date.parse(job.finished_at)).toBeGreaterThanOrEqual(Date.parse(job.created_at));
  expect(Math.abs(Date.parse(job.created_at) - Date.now())).toBeLessThan(60_000);
  await stage.expectPromisesKept();
  expect(stage.computations()).toHaveLength(21);
});
