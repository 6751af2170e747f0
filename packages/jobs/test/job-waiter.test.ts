import { createBell } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { JobWaiter } from '../src/index.ts';
import { begin, openStore } from './harness.ts';

/** Polls so rarely that only the bell, or the first read, can have ended a wait. */
const NEVER_MS = 3_600_000;

function openWaiter(store: ReturnType<typeof openStore>, pollMs: number, channel?: string) {
  const bell = createBell(new Redis(inject('redisUrl')), channel ?? store.shard.bell);
  const subscribed = new Promise<void>((resolve) => bell.onSubscribed(resolve));
  const waiter = new JobWaiter(store.runs, bell, pollMs);
  return {
    waiter,
    subscribed,
    async [Symbol.asyncDispose]() {
      await waiter[Symbol.asyncDispose]();
      await bell[Symbol.asyncDispose]();
    },
  };
}

test('a waiter is told by the bell when the run ends', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  await opened.subscribed;
  const { job, attempt } = await begin(store.runs);

  const waiting = opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });
  await store.runs.finalise(attempt.run, attempt.aid, 'succeeded', '{}');

  expect(await waiting).toMatchObject({ outcome: 'found', job: { status: 'succeeded' } });
  expect(opened.waiter.size).toBe(0);
});

test('a run that ended before the wait began is seen by the first read', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, NEVER_MS);
  const { job, attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.aid, 'succeeded', '{}');

  const seen = await opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });

  expect(seen).toMatchObject({ job: { status: 'succeeded' } });
});

test('a lost message costs time, never the answer', async () => {
  await using store = openStore();
  await using opened = openWaiter(store, 20, 'a-channel-that-nobody-rings');
  const { job, attempt } = await begin(store.runs);

  const waiting = opened.waiter.wait(job, attempt.run, { timeoutMs: 10_000 });
  await store.runs.finalise(attempt.run, attempt.aid, 'succeeded', '{}');

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
  await store.runs.finalise(attempt.run, attempt.aid, 'succeeded', '{}');
  expect(await stayer).toMatchObject({ job: { status: 'succeeded' } });
});
