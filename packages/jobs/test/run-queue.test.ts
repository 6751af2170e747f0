import { expect, test } from 'vitest';
import { createRunQueues, newRunId } from '../src/index.ts';
import { KEY, openStore } from './harness.ts';

test('a run is handed over once, and can be taken back', async () => {
  await using store = openStore();
  await using queues = createRunQueues(store.redis, store.shard);
  const pending = { run: newRunId(), key: KEY, lane: 'long' } as const;
  const waiting = async () => await queues.all[1]?.getWaitingCount();

  await queues.add(pending);
  await queues.add(pending);
  expect(await waiting()).toBe(1);

  await queues.remove(pending);
  await queues.remove(pending);
  expect(await waiting()).toBe(0);
});
