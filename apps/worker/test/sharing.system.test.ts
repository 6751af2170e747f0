/** How many runs a worker takes at a time where a slot may hold several. */
import { expect, inject, test } from 'vitest';
import { openQueue, spawnWorker } from './worker-process.ts';

async function setUp() {
  const queue = openQueue(inject('redisUrl'));
  const worker = spawnWorker({ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: queue.prefix });
  await worker.ready;
  const statuses = (jobs: readonly { job: string }[]) =>
    Promise.all(jobs.map(({ job }) => queue.status(job)));
  const submit = (count: number, how: string, model: string) =>
    Promise.all(Array.from({ length: count }, () => queue.submit(how, 'long', model)));
  return {
    queue,
    submit,
    async untilAll(jobs: readonly { job: string }[], status: string) {
      const all = jobs.map(() => status);
      await expect.poll(() => statuses(jobs), { timeout: 15_000 }).toEqual(all);
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
    },
  };
}

test('as many of one model as a slot may hold, although the worker has one slot', async () => {
  await using t = await setUp();

  const [holder] = await t.submit(1, 'listen', 'share');
  const jobs = await t.submit(30, 'well', 'share');
  await t.untilAll(jobs, 'succeeded');

  const together = await t.queue.results(jobs, ({ output }) => output.most);
  expect(Math.max(...together)).toBeGreaterThanOrEqual(4);
  expect(await t.queue.status(String(holder?.job))).toBe('running');
});
