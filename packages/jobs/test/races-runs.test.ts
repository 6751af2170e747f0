/** Races of many callers and many workers over one run: 9 to 14 of cache-core/test/races.md. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { begin, KEY, openStore, request, statusOf } from './harness.ts';

const MANY = 20;
const times = <T>(work: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: MANY }, (_, i) => work(i)));
const count = <T extends string>(replies: readonly { readonly outcome: T }[], outcome: T) =>
  replies.filter((reply) => reply.outcome === outcome).length;

// Race 9. Guard: R20, in one script with the lease: of all who see it over, one begins.
test('when the owner of a run has died exactly one of many workers takes it over', async () => {
  await using store = openStore({ runLeaseMs: 50 });
  const { attempt } = await begin(store.runs);

  await expect
    .poll(async () => {
      const replies = await times((i) => store.runs.start(attempt.run, `heir-${i}`));
      return [count(replies, 'go'), count(replies, 'busy')];
    })
    .toEqual([1, MANY - 1]);
});

// Race 9. Guard: R25. It was paused, not dead: its result carries a token from before it was replaced.
test('an owner that wakes up after it was replaced can neither publish nor go on', async () => {
  await using store = openStore({ runLeaseMs: 0 });
  const { job, attempt: asleep } = await begin(store.runs);
  const heir = await store.runs.start(asleep.run, 'heir');
  if (heir.outcome !== 'go') throw new Error(heir.outcome);

  expect(await store.runs.heartbeat(asleep.run, asleep.attemptId)).toBe(false);
  expect(await store.runs.finalise(asleep.run, asleep.attemptId, 'succeeded', '"old"')).toEqual({
    outcome: 'superseded',
  });
  await store.runs.finalise(asleep.run, 'heir', 'succeeded', '"new"');

  expect(await statusOf(store.jobs, job)).toBe('succeeded');
  expect(String(await store.jobs.readResult(asleep.run))).toBe('"new"');
});

// Race 10. Guard: R23. All who waited are told, and those who come after it share one new run.
test('when a computation fails all who wait are told, and the next ones share one run', async () => {
  await using store = openStore();
  const { job, attempt } = await begin(store.runs);
  const waiting = await times(async () => {
    const asked = request();
    await store.runs.join(asked, '{}');
    return asked.job;
  });

  await store.runs.finalise(attempt.run, attempt.attemptId, 'failed', '{}');

  for (const each of [job, ...waiting]) expect(await statusOf(store.jobs, each)).toBe('failed');
  const next = await times(() => store.runs.join(request(), '{}'));
  expect([count(next, 'created'), count(next, 'joined')]).toEqual([1, MANY - 1]);
});

// Race 11. Guard: R26, a set of jobs and not a count.
test('callers who leave, twice each, never end a run that somebody still waits for', async () => {
  await using store = openStore();
  const { job: first, attempt } = await begin(store.runs);
  const leavers = await times(async () => {
    const asked = request();
    await store.runs.join(asked, '{}');
    return asked.job;
  });
  const last = leavers.pop();
  if (last === undefined) throw new Error('nobody is left');

  await Promise.all([first, ...leavers, first, ...leavers].map((job) => store.jobs.cancel(job)));
  expect(await store.runs.heartbeat(attempt.run, attempt.attemptId)).toBe(true);
  await store.jobs.cancel(last);

  expect(await store.runs.heartbeat(attempt.run, attempt.attemptId)).toBe(false);
});

// Race 12. Guards: R15, and the open check of JOIN: the flight of before is for those who were there.
test('an invalidation during a flight: those who come after it share a new one', async () => {
  await using store = openStore();
  const { attempt: before } = await begin(store.runs);
  const { redis, shard } = store;
  await redis
    .multi()
    .hincrby(`${shard.prefix}meta`, 'seq', 1)
    .hset(`${shard.prefix}meta`, 'id', 'next')
    .xadd(`${shard.prefix}log`, `${before.token.seq + 1}-0`, 'i', 'next', 's', `k:${KEY}`)
    .hset(`${shard.prefix}floor`, `k:${KEY}`, before.token.seq + 1)
    .exec();

  const after = await times(() => store.runs.join(request(), '{}'));

  expect([count(after, 'created'), count(after, 'joined')]).toEqual([1, MANY - 1]);
  for (const reply of after) expect(reply.run).not.toBe(before.run);
});

// Race 13. Guard: R17. The run ends between a caller's look-up and its join.
test('of many who missed just before a run ended none computes again', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  const [, ...replies] = await Promise.all([
    store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}'),
    ...Array.from({ length: MANY }, () => store.runs.join(request(), '{}')),
  ]);

  expect(count(replies, 'created')).toBe(0);
});

// Race 14. Guard: R23 and the count `n` of the slot: nothing of a key outlives its runs for good.
test('a thousand keys leave nothing behind that does not expire, but for the log and the lists', async () => {
  await using store = openStore();
  const keys = Array.from({ length: 1000 }, () => randomBytes(32).toString('hex'));
  await Promise.all(
    keys.map(async (key, i) => {
      const { attempt, job } = await begin(store.runs, { key });
      if (i % 3 === 0) await store.jobs.cancel(job);
      else
        await store.runs.finalise(
          attempt.run,
          attempt.attemptId,
          i % 3 === 1 ? 'succeeded' : 'failed',
          '{}',
        );
    }),
  );

  const { redis, shard } = store;
  const lasting: string[] = [];
  for await (const names of redis.scanStream({ match: `${shard.prefix}*`, count: 1000 }))
    for (const name of names as string[])
      if ((await redis.pttl(name)) === -1) lasting.push(name.slice(shard.prefix.length));

  expect(lasting.filter((name) => /^(k|r|w|i|o|e|j):/.test(name))).toEqual([]);
  expect(lasting.length).toBeLessThan(20);
});
