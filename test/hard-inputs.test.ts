/** What breaks the forecasting engine, on one worker. */
import { randomUUID } from 'node:crypto';
import { post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { hardInputs } from '../packages/models/test/hard-inputs.ts';
import { series } from './client.ts';
import { startApi, startWorker } from './processes.ts';

test('all hard inputs, and fifty of them again in a mix, end, and a good series fits right after', {
  timeout: 300_000,
}, async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const env = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX: prefix, CACHE_DIR: 'off' };
  await using api = await startApi(env);
  await using _worker = await startWorker({ ...env, WORKER_CONCURRENCY: '1' });
  const wait = { Prefer: 'wait=60' };
  const inputs = hardInputs.map(([, data, more], at) => ({
    model_id: `hard-${at}`,
    data,
    periods: 5,
    ...more,
  }));
  // Every second first, then the rest: neighbours in the list are hard in the same way.
  const mix = [...inputs.filter((_, at) => at % 2), ...inputs.filter((_, at) => at % 2 === 0)];
  const bad = (items: { status: number }[]) =>
    items.filter(({ status }) => status !== 200 && status !== 422);
  const good = async (id: string) =>
    (await post(`${api.url}/forecast`, { model_id: id, data: series(60), periods: 3 }, wait))
      .status;

  const all = await post(`${api.url}/batch`, { model: 'forecast', inputs }, wait);
  expect(bad(all.body.items)).toEqual([]);
  expect(await good('after all')).toBe(200);

  const anew = { ...wait, 'Cache-Control': 'no-cache' };
  const again = { model: 'forecast', inputs: mix.slice(0, 50) };
  const some = await post(`${api.url}/batch`, again, anew);
  expect(bad(some.body.items)).toEqual([]);
  expect(await good('after a mix')).toBe(200);
});
