import { randomUUID } from 'node:crypto';
import { createLogClient, createNotifier } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { newJobId, newRunId, QueueFullError, refreshJobId } from '../src/index.ts';
import { begin, CRASHED, KEY, openStore, request, SHARD, statusOf } from './harness.ts';

const failed = (attemptId: string) => ({ attemptId, failure: CRASHED });

async function invalidator(prefix: string) {
  const redis = new Redis(inject('redisUrl'));
  const notifier = createNotifier(new Redis(inject('redisUrl')), `${prefix}notify`);
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 0 });
  return {
    invalidate: (scope: string) => log.invalidate(scope),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

test('at most one run of a key can be joined', async () => {
  await using store = openStore();

  const replies = await Promise.all(
    Array.from({ length: 50 }, () => store.runs.join(request(), '{}')),
  );

  expect(replies.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
  expect(new Set(replies.map(({ run }) => run)).size).toBe(1);
});

test('a join that is repeated changes nothing (R14)', async () => {
  await using store = openStore();
  const asked = request();
  const first = await store.runs.join(asked, '{}');

  const second = await store.runs.join(asked, '{}');

  expect(second).toEqual(first);
  expect(await store.redis.scard(`${store.shard.prefix}w:${first.run}`)).toBe(1);
});

test('a large input is sent only by whoever opens the run', async () => {
  await using store = openStore();
  const large = JSON.stringify('x'.repeat(10_000));
  const { attempt } = await (async () => {
    await store.runs.join(request(), large);
    return await begin(store.runs);
  })();

  expect(attempt.input).toBe(large);
});

test('a run ends once, and its jobs with it', async () => {
  await using store = openStore();
  const { job, attempt } = await begin(store.runs);
  const other = request();
  await store.runs.join(other, '{}');

  const first = await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{"n":1}');
  const again = await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{"n":2}');

  expect(first).toEqual({ outcome: 'ok', fenced: false, evicted: 0, hand: [] });
  expect(again).toEqual({ outcome: 'already' }); // R24
  expect(await statusOf(store.jobs, job)).toBe('succeeded');
  expect(await statusOf(store.jobs, other.job)).toBe('succeeded');
  expect((await store.jobs.readResult(attempt.run))?.toString()).toBe('{"n":1}');
});

test('after the end nothing of the run stays open', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  await store.runs.finalise(attempt.run, attempt.attemptId, 'failed', '{}');

  const { redis, shard } = store;
  expect(await redis.zcard(`${shard.prefix}recheck`)).toBe(0);
  expect(await redis.zcard(`${shard.prefix}deadlines`)).toBe(0);
  expect(await redis.exists(`${shard.prefix}w:${attempt.run}`)).toBe(0);
  expect(await redis.exists(`${shard.prefix}i:${attempt.run}`)).toBe(0);
});

test('a join just after a success is answered by it (R17)', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{"n":1}');

  const reply = await store.runs.join(request(), '{}');

  expect(reply).toMatchObject({ outcome: 'done', run: attempt.run, body: '{"n":1}' });
});

test('a failure answers nobody but those who waited for it', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'failed', '{}');

  expect(await store.runs.join(request(), '{}')).toMatchObject({ outcome: 'created' });
});

test('an attempt that was superseded publishes nothing (R25)', async () => {
  await using store = openStore({ runLeaseMs: 0 });
  const { job, attempt: slow } = await begin(store.runs);
  const taken = await store.runs.start(slow.run, 'aid-of-another');

  const late = await store.runs.finalise(slow.run, slow.attemptId, 'succeeded', '{}');

  expect(taken.outcome).toBe('go');
  expect(late).toEqual({ outcome: 'superseded' });
  expect(await statusOf(store.jobs, job)).toBe('running');
});

test('while an attempt lives no other begins (R20)', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  expect(await store.runs.start(attempt.run, 'aid-of-another')).toEqual({ outcome: 'busy' });
});

test('an attempt whose slot died is followed at once by another of the same worker', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  const next = await store.runs.start(attempt.run, 'aid-2', failed(attempt.attemptId));

  expect(next).toMatchObject({ outcome: 'go', attempt: { tries: 2 } });
});

test('a start that is repeated is the same attempt', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  const again = await store.runs.start(attempt.run, attempt.attemptId);

  expect(again).toEqual({ outcome: 'go', attempt });
});

test('a run that its worker saw fail too often fails with the reason', async () => {
  await using store = openStore({ maxTries: 2 });
  const { job, attempt } = await begin(store.runs);
  await store.runs.start(attempt.run, 'aid-2', failed(attempt.attemptId));

  expect(await store.runs.start(attempt.run, 'aid-3', failed('aid-2'))).toEqual({
    outcome: 'closed',
    hand: [],
  });
  expect(await statusOf(store.jobs, job)).toBe('failed');
  const body = (await store.jobs.readResult(attempt.run))?.toString();
  expect(body).toContain('RUN_POISONED');
  expect(body).toContain('it crashed');
});

test('a start after a failure that is repeated counts the failure once', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  const first = await store.runs.start(attempt.run, 'aid-2', failed(attempt.attemptId));

  const again = await store.runs.start(attempt.run, 'aid-2', failed(attempt.attemptId));

  expect(again).toEqual(first);
  expect(again).toMatchObject({ attempt: { tries: 2 } });
});

test('a run that is taken over from a silent worker has used up no try', async () => {
  await using store = openStore({ runLeaseMs: 0, maxTries: 2 });
  const { attempt } = await begin(store.runs);

  for (let at = 2; at <= 10; at += 1)
    expect(await store.runs.start(attempt.run, `aid-${at}`)).toMatchObject({
      outcome: 'go',
      attempt: { tries: 1 },
    });
});

test("a failure that a worker saw after it was superseded is not the run's", async () => {
  await using store = openStore();
  const { attempt: slow } = await begin(store.runs);
  await store.redis.hset(`${store.shard.prefix}r:${slow.run}`, 'heartbeat', 1);
  const taken = await store.runs.start(slow.run, 'aid-of-another');

  const late = await store.runs.start(slow.run, 'aid-3', failed(slow.attemptId));

  expect(taken).toMatchObject({ outcome: 'go', attempt: { tries: 1 } });
  expect(late).toEqual({ outcome: 'busy' });
});

test('a run that silences worker after worker fails with the reason', async () => {
  await using store = openStore({ runLeaseMs: 0, maxLost: 2 });
  const { job, attempt } = await begin(store.runs);
  await store.runs.start(attempt.run, 'aid-2');
  await store.runs.start(attempt.run, 'aid-3');

  expect(await store.runs.start(attempt.run, 'aid-4')).toEqual({ outcome: 'closed', hand: [] });
  expect(await statusOf(store.jobs, job)).toBe('failed');
  const body = (await store.jobs.readResult(attempt.run))?.toString();
  expect(body).toContain('RUN_POISONED');
  expect(body).toContain('more than 2 workers');
  const { times } = await store.figures.queues();
  expect(times.get('stalls|sleep')).toBe(3);
  expect(times.get('unsuccessful|sleep|failed')).toBe(1);
});

test('a run that was given back counts no try and is handed out again', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  await store.runs.release(attempt.run, attempt.attemptId);

  expect(await store.runs.pending()).toEqual([{ run: attempt.run, key: KEY, lane: 'long' }]);
  expect(await store.runs.start(attempt.run, 'aid-2')).toMatchObject({ attempt: { tries: 1 } });
});

test('a run that is given back again and again is never poison', async () => {
  await using store = openStore({ maxTries: 1, maxLost: 0 });
  const { attempt } = await begin(store.runs);
  await store.runs.release(attempt.run, attempt.attemptId);

  for (let at = 2; at <= 10; at += 1) {
    expect(await store.runs.start(attempt.run, `aid-${at}`)).toMatchObject({ outcome: 'go' });
    await store.runs.release(attempt.run, `aid-${at}`);
  }
});

test('a run that failed for the last time in a worker that stopped fails with that reason', async () => {
  await using store = openStore({ maxTries: 1 });
  const { job, attempt } = await begin(store.runs);
  await store.runs.release(attempt.run, attempt.attemptId, { failure: CRASHED });

  expect(await store.runs.start(attempt.run, 'aid-2')).toEqual({ outcome: 'closed', hand: [] });

  expect(await statusOf(store.jobs, job)).toBe('failed');
  expect(String(await store.jobs.readResult(attempt.run))).toContain('it crashed');
});

test('a run that is given back after a failure has used up a try', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  await store.runs.release(attempt.run, attempt.attemptId, { failure: CRASHED });
  await store.runs.release(attempt.run, attempt.attemptId, { failure: CRASHED });

  expect(await store.runs.start(attempt.run, 'aid-2')).toMatchObject({ attempt: { tries: 2 } });
});

test('a join after an invalidation never gets a result computed before it', async () => {
  await using store = openStore();
  await using log = await invalidator(store.shard.prefix);
  const before = await begin(store.runs);
  await log.invalidate('t:model:sleep');

  const during = await store.runs.join(request(), '{}'); // R15
  const end = await store.runs.finalise(
    before.attempt.run,
    before.attempt.attemptId,
    'succeeded',
    '{}',
  );
  const after = await store.runs.join(request(), '{}'); // R18

  expect(during).toMatchObject({ outcome: 'created' });
  expect(end).toEqual({ outcome: 'ok', fenced: true, evicted: 0, hand: [] });
  expect(after).toMatchObject({ outcome: 'joined', run: during.run });
});

test('a success that was invalidated meanwhile answers no later join (R18)', async () => {
  await using store = openStore();
  await using log = await invalidator(store.shard.prefix);
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  await log.invalidate('t:model:sleep');

  expect(await store.runs.join(request(), '{}')).toMatchObject({ outcome: 'created' });
});

test("an attempt's token is the log's head at its START, and stays so (R21)", async () => {
  await using store = openStore();
  await using log = await invalidator(store.shard.prefix);
  const seq = await log.invalidate('t:other');
  const { attempt } = await begin(store.runs);
  const { run, attemptId, token } = attempt;
  await log.invalidate('t:model:sleep');

  const repeated = await store.runs.start(run, attemptId);
  const end = await store.runs.finalise(run, attemptId, 'succeeded', '{}');

  expect(token.seq).toBe(seq);
  expect(repeated).toMatchObject({ outcome: 'go', attempt: { token } });
  expect(end).toEqual({ outcome: 'ok', fenced: true, evicted: 0, hand: [] });
});

test('a run that has ended is not started again (R19)', async () => {
  await using store = openStore({ runLeaseMs: 0 });
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await store.runs.start(attempt.run, 'aid-of-a-ghost')).toEqual({
    outcome: 'closed',
    hand: [],
  });
});

test('a no-cache join never gets a computation that had begun (R16)', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);

  const fresh = await store.runs.join(request({ nocache: true }), '{}');
  const same = await store.runs.join(request({ nocache: true }), '{}');

  expect(fresh.run).not.toBe(attempt.run);
  expect(same).toMatchObject({ outcome: 'joined', run: fresh.run });
});

test('a no-store join shares nothing', async () => {
  await using store = openStore();
  await store.runs.join(request(), '{}');

  const own = await store.runs.join(request({ nostore: true }), '{}');

  expect(own.outcome).toBe('created');
  expect((await store.runs.join(request(), '{}')).run).not.toBe(own.run);
});

test('a full queue admits joins and nothing else', async () => {
  await using store = openStore({ queueMax: 1 });
  await store.runs.join(request(), '{}');

  expect(await store.runs.join(request(), '{}')).toMatchObject({ outcome: 'joined' });
  await expect(store.runs.join(request({ key: 'b'.repeat(64) }), '{}')).rejects.toThrow(
    QueueFullError,
  );
});

test('an overdue job expires, and its run only when nobody else wants it (R26)', async () => {
  await using store = openStore();
  const { job, attempt } = await begin(store.runs, { deadlineMs: 0 });
  const patient = request();
  await store.runs.join(patient, '{}');

  expect(await statusOf(store.jobs, job)).toBe('expired');
  expect(await statusOf(store.jobs, patient.job)).toBe('running');
  expect(await store.runs.heartbeat(attempt.run, attempt.attemptId)).toBe(true);
});

test('a run that nobody wants any more is told to stop (R22)', async () => {
  await using store = openStore();
  const { job, attempt } = await begin(store.runs, { deadlineMs: 0 });

  await store.jobs.expire(job);

  expect(await store.runs.heartbeat(attempt.run, attempt.attemptId)).toBe(false);
  expect(await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}')).toEqual({
    outcome: 'closed',
  });
});

test('an id that was never given out is unknown, one past its retention is gone', async () => {
  await using store = openStore();

  expect(await store.jobs.read(newJobId(SHARD))).toEqual({ outcome: 'unknown' });
  expect(await store.jobs.read(`0-${randomUUID()}`)).toEqual({ outcome: 'unknown' });
  expect(await store.jobs.read(newJobId(SHARD, Date.now() - 86_400_001))).toEqual({
    outcome: 'expired',
  });
});

test('the oldest finished jobs make room, and are gone', async () => {
  await using store = openStore({ maxJobs: 1 });
  const first = await begin(store.runs);
  await store.runs.finalise(first.attempt.run, first.attempt.attemptId, 'failed', '{}');
  const second = await begin(store.runs);
  await store.runs.finalise(second.attempt.run, second.attempt.attemptId, 'failed', '{}');

  expect(await statusOf(store.jobs, first.job)).toBe('expired');
  expect(await statusOf(store.jobs, second.job)).toBe('failed');
});

test('results are bounded in bytes, the oldest go first', async () => {
  await using store = openStore({ resultMaxBytes: 1500 });
  const body = JSON.stringify('x'.repeat(1000));
  const first = await begin(store.runs);
  await store.runs.finalise(first.attempt.run, first.attempt.attemptId, 'failed', body);
  const second = await begin(store.runs);
  await store.runs.finalise(second.attempt.run, second.attempt.attemptId, 'failed', body);

  expect(await store.jobs.readResult(first.attempt.run)).toBeUndefined();
  expect((await store.jobs.readResult(second.attempt.run))?.byteLength).toBe(body.length);
});

test('a background refresh opens a run that no client can read or cancel', async () => {
  await using store = openStore();
  const run = newRunId();
  const asked = request({ job: refreshJobId(run), run, refresh: true, lane: 'refresh' });

  const first = await store.runs.join(asked, '{}');
  const started = await store.runs.start(run, 'attempt');
  await store.runs.finalise(run, 'attempt', 'succeeded', '{}');

  expect(first).toMatchObject({ outcome: 'created', run, lane: 'refresh' });
  expect(started.outcome).toBe('go');
  expect(await store.jobs.read(asked.job)).toEqual({ outcome: 'unknown' });
  expect(await store.jobs.read(newJobId(SHARD))).toEqual({ outcome: 'unknown' });
});

test('a background refresh adds nothing to a run that is open already', async () => {
  await using store = openStore();
  const { run } = await store.runs.join(request(), '{}');
  const refresh = newRunId();

  const asked = request({ job: refreshJobId(refresh), run: refresh, refresh: true });

  expect(await store.runs.join(asked, '{}')).toMatchObject({ outcome: 'joined', run });
  expect(await store.redis.scard(`${store.shard.prefix}w:${run}`)).toBe(1);
});

test('a client that joins a background refresh moves it to the faster lane', async () => {
  await using store = openStore();
  const run = newRunId();
  const refresh = { job: refreshJobId(run), run, refresh: true, lane: 'refresh' } as const;
  await store.runs.join(request(refresh), '{}');

  expect(await store.runs.join(request(), '{}')).toMatchObject({ outcome: 'joined', lane: 'long' });
});

test('what may not be stored is kept for less', async () => {
  await using store = openStore();
  const { job, attempt } = await begin(store.runs, { nostore: true, retainMs: 600_000 });
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  for (const key of [`j:${job}`, `r:${attempt.run}`, `o:${attempt.run}`]) {
    const ttlMs = await store.redis.pttl(store.shard.prefix + key);
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(600_000);
  }
});

test('a success that is older than the reader accepts does not answer a join', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');

  expect(await store.runs.join(request({ maxAgeMs: -1 }), '{}')).toMatchObject({
    outcome: 'created',
  });
});

test('a background refresh is answered only by a later computation than the one it replaces', async () => {
  await using store = openStore();
  const { attempt } = await begin(store.runs);
  await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}');
  const refresh = (afterRunSeq: number) => {
    const run = newRunId();
    return request({ job: refreshJobId(run), run, refresh: true, afterRunSeq });
  };

  const later = await store.runs.join(refresh(attempt.runSeq - 1), '{}');
  const same = await store.runs.join(refresh(attempt.runSeq), '{}');

  expect(later.outcome).toBe('done');
  expect(same.outcome).toBe('created');
});

test('a job that has not begun in time expires; one that has keeps its own deadline', async () => {
  await using store = openStore();
  const late = request({ maxQueueMs: 0 });
  await store.runs.join(late, '{}');
  const key = 'b'.repeat(64);
  const inTime = request({ key, maxQueueMs: 50 });
  const { run } = await store.runs.join(inTime, '{}');
  await store.runs.start(run, 'attempt');

  await expect.poll(() => store.jobs.overdue()).toContain(inTime.job);
  await store.jobs.expire(inTime.job);

  expect(await statusOf(store.jobs, late.job)).toBe('expired');
  expect(await statusOf(store.jobs, inTime.job)).toBe('running');
  expect(await store.jobs.overdue()).not.toContain(inTime.job);
});

test('a join moves a run to its lane where that is a faster one: short, long, bulk, refresh', async () => {
  await using store = openStore();
  const lanes: string[] = [];
  for (const lane of ['refresh', 'bulk', 'refresh', 'long', 'bulk', 'short', 'long'] as const) {
    const joined = await store.runs.join(request({ lane }), '{}');
    lanes.push(joined.outcome === 'done' ? 'done' : joined.lane);
  }

  expect(lanes).toEqual(['refresh', 'bulk', 'bulk', 'long', 'long', 'short', 'short']);
  const { lanes: depths } = await store.figures.queues();
  expect(depths.map(({ lane, depth }) => [lane, depth])).toEqual([
    ...[
      ['short', 1],
      ['long', 0],
      ['bulk', 0],
      ['refresh', 0],
    ],
  ]);
});
