import { createNotifier } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test, vi } from 'vitest';
import { type JobLookup, JobWaiter, type JoinRequest, newRunId } from '../src/index.ts';
import { begin, openStore, request } from './harness.ts';

/** Polls so rarely that only the notifier, or the first read, can have ended a wait. */
const NEVER_MS = 3_600_000;

function openWaiter(store: ReturnType<typeof openStore>, pollMs: number, channel?: string) {
  const notifier = createNotifier(new Redis(inject('redisUrl')), channel ?? store.shard.channel);
  const subscribed = new Promise<void>((resolve) => notifier.onSubscribed(resolve));
  const waiter = new JobWaiter({
    jobs: store.jobs,
    notifier,
    shards: { all: [store.shard], ofRun: () => store.shard },
    pollMs,
  });
  return {
    waiter,
    subscribed,
    /** Resolves when this waiter listens to its reply channel. */
    listens: () =>
      expect
        .poll(() => store.redis.publish(`${store.shard.channel}:${waiter.replyChannel}`, 'hello'))
        .toBeGreaterThan(0),
    async [Symbol.asyncDispose]() {
      await waiter[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
    },
  };
}

test('a waiter is told by the notifier when the run ends', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { job, attempt } = await begin(store.runs);

  const waiting = opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ outcome: 'found', job: { status: 'succeeded' } });
  expect(opened.waiter.size).toBe(0);
});

test('a run that ended before the wait began is seen by the first read', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  const { job, attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  const seen = await opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });

  expect(seen).toMatchObject({ job: { status: 'succeeded' } });
});

test('a lost message costs time, never the answer', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, 20, 'a-channel-that-nobody-rings');
  const { job, attempt } = await begin(store.runs);

  const waiting = opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ job: { status: 'succeeded' } });
});

test('when the time is up the job is returned as it stands', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  const { job, attempt } = await begin(store.runs);

  const seen = await opened.waiter.wait(job, attempt.run, { timeoutMs: 1 });

  expect(seen).toMatchObject({ job: { status: 'running' } });
});

test('one client leaving does not end the wait of another', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { job, attempt } = await begin(store.runs);
  const impatient = new AbortController();

  const options = { timeoutMs: 10_000 };
  const leaver = opened.waiter.wait(job, attempt.run, { ...options, signal: impatient.signal });
  const stayer = opened.waiter.wait(job, attempt.run, options);
  impatient.abort();

  expect(await leaver).toMatchObject({ job: { status: 'running' } });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');
  expect(await stayer).toMatchObject({ job: { status: 'succeeded' } });
});

test('five thousand wait on one subscription, and each is told', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const begun = await Promise.all(
    Array.from({ length: 50 }, (_, i) => begin(store.runs, { key: String(i).padStart(64, '0') })),
  );
  const waiting = Array.from({ length: 5000 }, (_, i) => {
    const { job, attempt } = begun[i % begun.length] ?? begun[0] ?? expect.fail('no run');
    return opened.waiter.wait(job, attempt.run, { timeoutMs: 60_000 });
  });
  await expect.poll(() => opened.waiter.size).toBe(5000);

  for (const { attempt } of begun)
    await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  const seen = await Promise.all(waiting);
  expect(seen.every((each) => each?.outcome === 'found' && each.job.status === 'succeeded')).toBe(
    true,
  );
  expect(opened.waiter.size).toBe(0);
});

test('progress wakes who follows the run, and nobody who waits for its end', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { attempt } = await begin(store.runs);
  let followed = 0;
  let waited = 0;
  const unfollow = opened.waiter.follow(attempt.run, () => void followed++);
  opened.waiter.watch(attempt.run, () => void waited++);
  await expect.poll(() => followed).toBe(1); // it is heard from now on

  await store.runs.heartbeat(attempt.run, attempt.attemptId, { fraction: 0.5 });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  await expect.poll(() => followed).toBe(3);
  expect(waited).toBe(1);
  unfollow();
  expect(opened.waiter.size).toBe(1);
});

/** Resolves when every read that was asked for has been answered. */
const answered = (read: { mock: { results: readonly { value: unknown }[] } }) =>
  Promise.all(read.mock.results.map(({ value }) => value));

/** A waiter that hears, and a job on which it is going to wait. */
async function waitFor(store: ReturnType<typeof openStore>, more: Partial<JoinRequest> = {}) {
  const opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { replyChannel } = opened.waiter;
  await opened.listens();
  const begun = await begin(store.runs, { replyChannel, ...more });
  return { ...opened, ...begun, options: { timeoutMs: 10_000 } };
}

test('who waits for the end is told all of it, and reads nothing more', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  await using second = openWaiter(store, NEVER_MS);
  await second.subscribed;
  await second.listens();
  const joiner = request({ replyChannel: second.waiter.replyChannel });
  await store.runs.join(joiner, '{}');
  const read = vi.spyOn(store.jobs, 'read');

  const waiting = [
    t.waiter.waitForEnd(t.job, t.attempt.run, t.options),
    second.waiter.waitForEnd(joiner.job, t.attempt.run, t.options),
  ];
  await answered(read);
  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'succeeded', '{"text":"ä\\nß €"}');

  const { token, runSeq, run } = t.attempt;
  const result = Buffer.from('{"text":"ä\\nß €"}');
  const end = { run, status: 'succeeded', fenced: false, result, computation: { token, runSeq } };
  expect(await Promise.all(waiting)).toEqual([
    { outcome: 'found', job: end },
    { outcome: 'found', job: end },
  ]);
  expect(read).toHaveBeenCalledTimes(2);
});

test('a herd is told by one message, and reads nothing more', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  const joiners = Array.from({ length: 1000 }, () =>
    request({ replyChannel: t.waiter.replyChannel }),
  );
  await Promise.all(joiners.map((joiner) => store.runs.join(joiner, '{}')));
  const read = vi.spyOn(store.jobs, 'read');

  const waiting = joiners.map(({ job }) => t.waiter.waitForEnd(job, t.attempt.run, t.options));
  await answered(read);
  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'succeeded', '{}');

  for (const seen of await Promise.all(waiting))
    expect(seen).toMatchObject({ outcome: 'found', job: { status: 'succeeded' } });
  expect(read).toHaveBeenCalledTimes(1000);
});

test('a failure is told, too, and that the run was fenced', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  const failure = JSON.stringify({ code: 'MODEL_FAILED', message: 'no' });
  await store.redis.hset(`${store.shard.prefix}floor`, '*', 1e9); // an invalidation since

  const waiting = t.waiter.waitForEnd(t.job, t.attempt.run, t.options);
  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'failed', failure);

  const job = { status: 'failed', fenced: true, result: Buffer.from(failure) };
  expect(await waiting).toMatchObject({ outcome: 'found', job });
});

test('the end of a run is not that of a job which had left it', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  await store.runs.join(request(), '{}'); // somebody else wants it
  const waiting = t.waiter.waitForEnd(t.job, t.attempt.run, t.options);
  await store.jobs.cancel(t.job);

  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ outcome: 'found', job: { status: 'canceled' } });
});

test('a large result is not told but read', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  const large = JSON.stringify('x'.repeat(20_000));
  const read = vi.spyOn(store.jobs, 'read');

  const waiting = t.waiter.waitForEnd(t.job, t.attempt.run, t.options);
  await answered(read);
  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'succeeded', large);

  expect(await waiting).toMatchObject({ job: { result: Buffer.from(large) } });
  expect(read).toHaveBeenCalledTimes(2);
});

test('an end that is told while the first read is under way counts', async () => {
  await using store = openStore();
  await using t = await waitFor(store);
  const before = await store.jobs.read(t.job);
  const answer = Promise.withResolvers<JobLookup>();
  vi.spyOn(store.jobs, 'read').mockReturnValueOnce(answer.promise);

  const waiting = t.waiter.waitForEnd(t.job, t.attempt.run, { timeoutMs: 10_000 });
  const rung = new Promise<void>((resolve) => t.waiter.watch(t.attempt.run, () => resolve()));
  await store.runs.finalise(t.attempt.run, t.attempt.attemptId, 'succeeded', '{}');
  await rung;
  answer.resolve(before);

  expect(await waiting).toMatchObject({ job: { status: 'succeeded' } });
});

test('who has listened since before the run was opened reads nothing', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  await opened.listens();
  const { waiter } = opened;
  const [first, second] = [waiter.listen(newRunId()), waiter.listen(newRunId())];
  const read = vi.spyOn(store.jobs, 'read');
  const open = (run: string, key: string) =>
    begin(store.runs, { run, key, replyChannel: waiter.replyChannel });

  const ended = await open(first.run, 'a'.repeat(64));
  const heard = first.woken;
  await store.runs.finalise(first.run, ended.attempt.attemptId, 'succeeded', '{}');
  await heard;
  const other = await open(second.run, 'b'.repeat(64));
  const waiting = [
    waiter.waitForEnd(ended.job, first.run, { timeoutMs: 10_000, listener: first }),
    waiter.waitForEnd(other.job, second.run, { timeoutMs: 10_000, listener: second }),
  ];
  await store.runs.finalise(second.run, other.attempt.attemptId, 'succeeded', '{}');

  for (const seen of await Promise.all(waiting))
    expect(seen).toMatchObject({ outcome: 'found', job: { status: 'succeeded' } });
  expect(read).not.toHaveBeenCalled();
  for (const listener of [first, second]) listener[Symbol.dispose]();
  expect(waiter.size).toBe(0);
});

test('who has listened to another run reads the job first', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  const { job, attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');
  using listener = opened.waiter.listen(newRunId());

  const seen = await opened.waiter.waitForEnd(job, attempt.run, { timeoutMs: 10_000, listener });

  expect(seen).toMatchObject({ job: { status: 'succeeded' } });
});

test('a message that was lost is made up for by who listened from the beginning, too', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, 20, 'a-channel-that-nobody-rings');
  using listener = opened.waiter.listen(newRunId());
  const { job, attempt } = await begin(store.runs, { run: listener.run });

  const options = { timeoutMs: 10_000, listener };
  const waiting = opened.waiter.waitForEnd(job, attempt.run, options);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ job: { status: 'succeeded' } });
});

test('a first read that Redis does not answer is no answer: the wait goes on', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { job, attempt } = await begin(store.runs);
  vi.spyOn(store.jobs, 'read').mockRejectedValueOnce(new Error('Command timed out'));

  const waiting = opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ job: { status: 'succeeded' } });
});

test('a wait without one answer of Redis ends with nothing, when its time is up', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  const { job, attempt } = await begin(store.runs);
  vi.spyOn(store.jobs, 'read').mockRejectedValue(new Error('Command timed out'));

  expect(await opened.waiter.wait(job, attempt.run, { timeoutMs: 1 })).toBeUndefined();
});
