import { expect, test } from 'vitest';
import { type PendingRun, type RunQueues, reconcile } from '../src/index.ts';
import { begin, KEY, openStore, request, statusOf } from './harness.ts';

function recorder() {
  const added: PendingRun[] = [];
  const queues: Pick<RunQueues, 'add'> = { add: async (run) => void added.push(run) };
  return { added, queues };
}

test('a run whose creator died before its add is handed to the queue (R31)', async () => {
  await using store = openStore();
  const { run } = await store.runs.join(request(), '{}');
  await store.redis.zadd(`${store.shard.prefix}recheck`, 0, run);
  const { added, queues } = recorder();

  await reconcile({ ...store, queues });
  await reconcile({ ...store, queues });

  expect(added).toEqual([{ run, key: KEY, lane: 'long' }]);
});

test('a run whose attempt lives is left alone', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  await store.redis.zadd(`${store.shard.prefix}recheck`, 0, attempt.run);
  const { added, queues } = recorder();

  await reconcile({ ...store, queues });

  expect(added).toEqual([]);
});

test('a deadline that passed while nobody looked ends the job', async () => {
  await using store = openStore();
  const { job } = await begin(store.runs, { deadlineMs: 0 });

  await reconcile({ ...store, queues: recorder().queues });

  expect(await store.redis.hget(`${store.shard.prefix}j:${job}`, 'status')).toBe('expired');
  expect(await statusOf(store.jobs, job)).toBe('expired');
});
