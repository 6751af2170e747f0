/** Results that are made of what earlier runs left (docs/protocol.md#derived-results, R28). */
import { randomUUID } from 'node:crypto';
import type { EntryHeader } from '@deja/cache-core';
import { createLogClient, createNotifier } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { type Attempt, newRunId, refreshJobId } from '../src/index.ts';
import { begin, CRASHED, openStore, request } from './harness.ts';

const SOURCE = 'b'.repeat(64);

async function setUp() {
  const store = openStore();
  const { prefix } = store.shard;
  const redis = new Redis(inject('redisUrl'));
  const notifier = createNotifier(new Redis(inject('redisUrl')), `${prefix}notify-${randomUUID()}`);
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 0 });
  return {
    ...store,
    invalidate: (scope: string) => log.invalidate(scope),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** What an attempt left when it ended, as an entry. */
function leftBy({ log, token, runSeq }: Attempt, more: Partial<EntryHeader> = {}): EntryHeader {
  const times = { createdAt: 1, freshUntil: 2, staleUntil: 3, computeMs: 1 };
  return {
    key: SOURCE,
    ...{ model: 'sleep', tenant: 'default', log, digest: '' },
    tags: ['model:sleep', 'of:a'],
    ...times,
    token,
    runSeq,
    ...more,
  };
}

test('what an earlier run left may be used until it is invalidated (R28)', async () => {
  for (const scope of ['*', `k:${SOURCE}`, 't:of:a', 't:model:sleep']) {
    await using t = await setUp();
    const { attempt: earlier } = await begin(t.runs, { key: 'c'.repeat(64) });
    const left = leftBy(earlier);
    const { attempt: before } = await begin(t.runs);
    expect(await t.runs.inheritScopes(before.run, before.attemptId, left)).toBe(true);

    await t.invalidate(scope);

    const { attempt: after } = await begin(t.runs, { key: 'd'.repeat(64) });
    expect([scope, await t.runs.inheritScopes(after.run, after.attemptId, left)]).toEqual([
      scope,
      false,
    ]);
    // Neither by a run that began before the invalidation.
    expect(await t.runs.inheritScopes(before.run, before.attemptId, left)).toBe(false);
  }
});

test('what a lost log fenced is not used, nor what is newer than the log (R28)', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs);
  const { epoch, seq, id } = attempt.token;

  for (const token of [
    { epoch: epoch - 1, seq, id },
    { epoch: epoch + 1, seq, id },
    { epoch, seq: seq + 1, id },
    { epoch, seq, id: 'of a record that was written over' },
  ])
    expect(
      await t.runs.inheritScopes(attempt.run, attempt.attemptId, leftBy({ ...attempt, token })),
    ).toBe(false);
});

test('an attempt that was superseded may use nothing', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs);
  await t.runs.start(attempt.run, 'aid-2', { attemptId: attempt.attemptId, failure: CRASHED });

  expect(await t.runs.inheritScopes(attempt.run, attempt.attemptId, leftBy(attempt))).toBe(false);
});

test('a join after an invalidation never gets a result made of something that was', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs);
  await t.runs.inheritScopes(attempt.run, attempt.attemptId, leftBy(attempt));
  await t.invalidate(`k:${SOURCE}`);

  const during = await t.runs.join(request(), '{}'); // R15
  const end = await t.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(during).toMatchObject({ outcome: 'created' });
  expect(end).toEqual({ outcome: 'ok', fenced: true, evicted: 0, hand: [] });
});

test('no-cache and no-store compute anew, and so does a run that no-cache joins', async () => {
  await using t = await setUp();
  const anew = async (more: object) => (await begin(t.runs, more)).attempt.bypassArtefacts;

  expect(await anew({ key: '1'.repeat(64) })).toBe(false);
  expect(await anew({ key: '2'.repeat(64), nocache: true })).toBe(true);
  expect(await anew({ key: '3'.repeat(64), nostore: true })).toBe(true);
  await t.runs.join(request({ key: '4'.repeat(64) }), '{}');
  expect(await anew({ key: '4'.repeat(64), nocache: true })).toBe(true);
});

test('a background refresh may be told to compute anew', async () => {
  await using t = await setUp();
  const run = newRunId();
  const asked = {
    job: refreshJobId(run),
    run,
    refresh: true,
    lane: 'refresh',
    bypassArtefacts: true,
  } as const;

  expect((await begin(t.runs, asked)).attempt.bypassArtefacts).toBe(true);
});

test('a run that is moved to another lane is handed out there, and no join makes it faster', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs, { lane: 'short' });

  await t.runs.release(attempt.run, attempt.attemptId, { lane: 'long' });

  const { run, key } = attempt;
  expect(await t.runs.pending()).toEqual([{ run, key, lane: 'long' }]);
  const joined = await t.runs.join(request({ lane: 'short' }), '{}');
  expect(joined).toMatchObject({ outcome: 'joined', lane: 'long' });
});

test('an answer that is fresh for less than its model says answers a join for no longer', async () => {
  await using t = await setUp();
  const { attempt: one } = await begin(t.runs);
  await t.runs.finalise(one.run, one.attemptId, 'succeeded', '{}', { freshMs: 5000 });
  const { attempt: other } = await begin(t.runs, { key: 'c'.repeat(64) });
  await t.runs.finalise(other.run, other.attemptId, 'succeeded', '{}', { freshMs: 0 });
  const later = request({ key: 'c'.repeat(64) });
  await t.redis.hincrby(`${t.shard.prefix}r:${other.run}`, 'fin', -1); // a ms has passed

  expect(await t.runs.join(request(), '{}')).toMatchObject({ outcome: 'done', freshMs: 5000 });
  expect(await t.runs.join(later, '{}')).toMatchObject({ outcome: 'created' });
});
