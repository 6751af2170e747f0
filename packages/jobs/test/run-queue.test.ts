import { expect, test, vi } from 'vitest';
import { createRunQueues, LANES, newRunId } from '../src/index.ts';
import { KEY, openStore } from './harness.ts';

const pending = (lane: (typeof LANES)[number] = 'long') => ({ run: newRunId(), key: KEY, lane });

async function setUp() {
  const store = openStore();
  const queues = createRunQueues(store.redis, store.shard);
  const queueOf = (lane: (typeof LANES)[number]) =>
    queues.all[LANES.indexOf(lane)] ?? expect.fail(`no queue ${lane}`);
  return {
    queues,
    queueOf,
    waiting: async (lane: (typeof LANES)[number]) => await queueOf(lane).getWaitingCount(),
    async [Symbol.asyncDispose]() {
      await queues[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

test('a run is handed over once', async () => {
  await using t = await setUp();
  const run = pending();

  await t.queues.add(run);
  await t.queues.add(run);

  expect(await t.waiting('long')).toBe(1);
});

test('every lane has a queue of its own', async () => {
  await using t = await setUp();

  for (const lane of LANES) await t.queues.add(pending(lane));

  for (const lane of LANES) expect([lane, await t.waiting(lane)]).toEqual([lane, 1]);
});

test('what joins a run that was just handed over sends nothing', async () => {
  await using t = await setUp();
  const run = pending();
  await t.queues.add(run);
  const sent = vi.spyOn(t.queueOf('long'), 'add');

  for (let i = 0; i < 3; i += 1) await t.queues.addJoined(run);
  expect(sent).not.toHaveBeenCalled();

  await t.queues.addJoined({ ...run, lane: 'short' }); // another lane is another delivery
  expect(await t.waiting('short')).toBe(1);
});

test('what joins a run that another process opened hands it over, too', async () => {
  await using t = await setUp();
  const run = pending();

  await t.queues.addJoined(run);

  expect(await t.waiting('long')).toBe(1);
});

test('what could not be handed over is told, and tried again by the next who joins', async () => {
  await using t = await setUp();
  const run = pending();
  vi.spyOn(t.queueOf('long'), 'add').mockRejectedValueOnce(new Error('away'));
  await expect(t.queues.addJoined(run)).rejects.toThrow('away');

  await t.queues.addJoined(run);

  expect(await t.waiting('long')).toBe(1);
});
