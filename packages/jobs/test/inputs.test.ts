/** The bound of inputs in the queue Redis. */
import { expect, test, vi } from 'vitest';
import { reconcile } from '../src/index.ts';
import { begin, openStore, request } from './harness.ts';

const INPUT = JSON.stringify('x'.repeat(998));
const ANOTHER = 'b'.repeat(64);
const queues = { add: async () => undefined };

const bytesOf = async ({ redis, shard }: ReturnType<typeof openStore>) =>
  Number(await redis.hget(`${shard.prefix}meta`, 'inbytes'));

test('inputs of open runs are bounded in bytes; who joins sends none', async () => {
  await using store = openStore({ maxInputBytes: 2500 });
  const keys = ['1', '2', '3'].map((digit) => digit.repeat(64));
  for (const key of keys.slice(0, 2)) await store.runs.join(request({ key }), INPUT);

  await expect(store.runs.join(request({ key: keys[2] ?? '' }), INPUT)).rejects.toThrow(
    'inputs of open runs would take more than 2500 bytes: INPUT_MAX_MB',
  );
  const joined = await store.runs.join(request({ key: keys[0] ?? '' }), INPUT);

  expect(joined.outcome).toBe('joined');
  expect(await bytesOf(store)).toBe(2000);
});

test('a large input that finds no room is not sent', async () => {
  await using store = openStore({ maxInputBytes: 2500 });
  await store.runs.join(request(), INPUT);
  const sent = vi.spyOn(store.redis, 'evalsha');

  const refused = store.runs.join(request({ key: ANOTHER }), JSON.stringify('y'.repeat(1e6)));

  await expect(refused).rejects.toThrow('INPUT_MAX_MB');
  const sizes = sent.mock.calls.flat().map((argument) => String(argument).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(Math.max(...sizes)).toBeLessThan(10_000);
});

test('bytes are given back once, however the run ends and however often that is said', async () => {
  await using store = openStore();
  const kept = request({ key: ANOTHER });
  await store.runs.join(kept, '"kept"');
  const { attempt } = await begin(store.runs);
  const canceled = request({ key: 'c'.repeat(64) });
  await store.runs.join(canceled, INPUT);

  for (let times = 0; times < 2; times += 1) {
    await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');
    await store.jobs.cancel(canceled.job);
    await store.jobs.expire(canceled.job);
  }

  expect(await bytesOf(store)).toBe('"kept"'.length);
  await store.jobs.cancel(kept.job);
  expect(await bytesOf(store)).toBe(0);
});

test('a run that was lost gives its bytes back when the reconciler meets it', async () => {
  await using store = openStore();
  await store.runs.join(request({ key: ANOTHER }), '"kept"');
  const { run } = await store.runs.join(request(), INPUT);
  await store.redis.del(`${store.shard.prefix}r:${run}`);
  await store.redis.zadd(`${store.shard.prefix}recheck`, 0, run);

  await reconcile({ ...store, queues });

  expect(await bytesOf(store)).toBe('"kept"'.length);
});

test('where no run is open the inputs take nothing, whatever was counted', async () => {
  await using store = openStore({ maxInputBytes: 2500 });
  await store.redis.hset(`${store.shard.prefix}meta`, 'inbytes', 1e9);

  await store.runs.join(request(), INPUT);

  expect(await bytesOf(store)).toBe(1000);
});

test('a job can be canceled while the inputs are full', async () => {
  await using store = openStore({ maxInputBytes: 1000 });
  const asked = request();
  await store.runs.join(asked, INPUT);
  await expect(store.runs.join(request({ key: ANOTHER }), '1')).rejects.toThrow('INPUT_MAX_MB');

  await store.jobs.cancel(asked.job);

  expect((await store.runs.join(request({ key: ANOTHER }), '1')).outcome).toBe('created');
});
