import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { MINUTE_MS } from '../src/history/store.ts';
import { readCounts } from '../src/operations/figures-keeper.ts';
import { openApi } from './harness.ts';

const minuteNow = () => Math.floor(Date.now() / MINUTE_MS);
const at = (minute: number) => new Date(minute * MINUTE_MS).toISOString();

/** Records what was counted so far in the minute that is under way, as if it were over. */
async function recordNow({ context }: Awaited<ReturnType<typeof openApi>>, minute: number) {
  const { counts, since } = await readCounts(context);
  const gauges = new Map([
    ['gauge:open', 3],
    ['gauge:oldest:long', 2500],
  ]);
  return await context.history.record(minute, { counts, gauges, countingSince: since });
}

test('the replica that holds the lease records the minute that is over, without any request', async () => {
  await using api = await openApi();
  const before = minuteNow();

  await expect
    .poll(async () => (await api.context.history.last())?.minute ?? 0, { timeout: 5000 })
    .toBeGreaterThanOrEqual(before - 1);
});

test('what was asked and computed is in the history, in columns', async () => {
  await using api = await openApi();
  // Ahead of the clock, so that the keeper records nothing in between.
  const minute = minuteNow() + 100;
  await recordNow(api, minute - 1);
  const { body } = await post(`${api.url}/models/echo/run`, { text: 'a' });
  await post(`${api.url}/models/echo/run`, { text: 'a' });
  await api.finish(await api.runOf(body.job_id), 'succeeded', { output: { text: 'a' } });
  await post(`${api.url}/models/echo/run`, { text: 'a' });
  expect(await recordNow(api, minute)).toBe(true);
  const read = async (metric: string, more = '') => {
    const query = `metric=${metric}&from=${at(minute)}&to=${at(minute + 1)}${more}`;
    return (await call(`${api.url}/admin/history?${query}`)).body;
  };

  expect(await read('requests')).toEqual({
    ...{ metric: 'requests', step: 60, times: [at(minute)] },
    values: { hit: [1], stale: [0], miss: [2], bypass: [0], collapsed: [1] },
  });
  expect((await read('hit_ratio')).values).toEqual({ all: [0.3333] });
  expect((await read('runs')).values).toMatchObject({ succeeded: [1], failed: [0] });
  expect((await read('miss_reasons')).values).toMatchObject({ never_seen: [2] });
  expect((await read('open_runs')).values).toEqual({ open: [3] });
  expect((await read('oldest_wait_s')).values).toMatchObject({ long: [2.5], short: [0] });
  const { values: waits } = await read('wait_s');
  expect(waits['long.p95'][0]).toBeGreaterThan(0);
  expect(waits['short.p95']).toEqual([null]);
  const hourly = await read('requests', '&step=3600');
  expect(hourly.values).toMatchObject({ hit: [1], miss: [2] });
});

test('steps that nobody recorded are null, and long times have long steps', async () => {
  await using api = await openApi();
  const from = at(minuteNow() - 30 * 1440);
  const { body } = await call(`${api.url}/admin/history?metric=requests&from=${from}`);

  expect(body.step).toBe(7200);
  expect(body.times).toHaveLength(361);
  expect(body.values.hit.slice(0, 350)).toEqual(Array(350).fill(null));
});

test.each([
  ['metric=none', 'metric'],
  ['', 'metric'],
  ['metric=requests&from=yesterday', 'from'],
  ['metric=requests&from=2026-11-26T10:00:00Z&to=2026-11-26T09:00:00Z', 'from'],
  ['metric=requests&step=61', 'step'],
  ['metric=requests&step=1', 'step'],
  ['metric=requests&step=60&from=2026-11-01', 'step'],
  ['metric=requests&other=1', 'query'],
  ['metric=requests&metric=runs', 'metric'],
])('a query that is malformed is told why: %s', async (query, what) => {
  await using api = await openApi();

  const { status, body } = await call(`${api.url}/admin/history?${query}`);

  expect(status).toBe(400);
  expect(body.detail).toMatch(new RegExp(`^${what}: `));
});
