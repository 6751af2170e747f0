/** The stores over several shards. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import {
  claimFor,
  createAdmission,
  IdempotencyConflictError,
  type JoinReply,
  type JoinRequest,
  jobStoresOf,
  openQueues,
  reconcile,
  ShardCountError,
  shardsOf,
} from '../src/index.ts';
import type { JobLimits } from '../src/settings.ts';
import { request } from './harness.ts';

const COUNT = 3;
/** Keys of shard 0, 1 and 2. */
const KEYS = ['0', '1', '2'].map((digit) => `000${digit}${'a'.repeat(60)}`) as [
  string,
  string,
  string,
];

function open(limits: Partial<JobLimits> = {}) {
  const redis = new Redis(inject('redisUrl'));
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const shards = shardsOf(namespace, COUNT);
  const queues = openQueues(redis, shards, limits);
  const stores = jobStoresOf(queues);
  const { runs } = stores;
  return {
    ...{ redis, namespace, shards, queues, ...stores },
    ask: (key: string, more: Partial<JoinRequest> = {}) =>
      runs.join(request({ key, job: runs.newJobId(key), run: runs.newRunId(key), ...more }), '{}'),
    [Symbol.asyncDispose]: async () => void (await redis.quit()),
  };
}

const runOf = (reply: JoinReply): string => reply.run;
const jobOf = (reply: JoinReply): string => (reply.outcome === 'done' ? '' : reply.job);
/** A claim that lies in this shard. */
function claimIn(shard: number, question: string) {
  for (;;) {
    const claim = claimFor(randomUUID(), question);
    if (Number.parseInt(claim.digest.slice(0, 4), 16) % COUNT === shard) return claim;
  }
}

test('a run and its jobs lie in the shard of the key, and are found by their ids', async () => {
  await using t = open();
  for (const [index, key] of KEYS.entries()) {
    const joined = await t.ask(key);
    const started = await t.runs.start(runOf(joined), 'attempt');
    await t.runs.finalise(runOf(joined), 'attempt', 'succeeded', 'answer');

    expect(started.outcome).toBe('go');
    expect(await t.redis.exists(`${t.shards.all[index]?.prefix}r:${runOf(joined)}`)).toBe(1);
    expect(await t.jobs.read(jobOf(joined))).toMatchObject({ job: { status: 'succeeded', key } });
    expect(String(await t.jobs.readResult(runOf(joined)))).toBe('answer');
    expect(await t.operatorRuns.read(runOf(joined))).toMatchObject({ state: 'succeeded', key });
  }
});

test('each shard has its part of the limits', async () => {
  await using t = open({ queueMax: 4 });
  await t.ask(KEYS[0]);
  await t.ask(`0003${'b'.repeat(60)}`);

  await expect(t.ask(`0006${'c'.repeat(60)}`)).rejects.toThrow('QUEUE_MAX');
  expect((await t.ask(KEYS[1])).outcome).toBe('created');
});

test('an Idempotency-Key has one job, whichever shards it and its question are of', async () => {
  await using t = open();
  for (const [shard, key] of [
    [0, KEYS[0]],
    [0, KEYS[1]],
    [2, KEYS[1]],
  ] as const) {
    const claim = claimIn(shard, `what is asked of ${key}`);
    const replies = await Promise.all(Array.from({ length: 10 }, () => t.ask(key, { claim })));
    const other = { ...claim, question: 'another' };

    expect(new Set(replies.map(jobOf)).size).toBe(1);
    expect(await t.idempotency.jobOf(claim)).toBe(jobOf(replies[0] as JoinReply));
    for (const otherKey of KEYS)
      await expect(t.ask(otherKey, { claim: other })).rejects.toThrow(IdempotencyConflictError);
    await expect(t.idempotency.jobOf(other)).rejects.toThrow(IdempotencyConflictError);
  }
});

test('what makes no job leaves the key free, also in another shard', async () => {
  await using t = open({ queueMax: 3 });
  await t.ask(KEYS[1]);
  const full = `0004${'b'.repeat(60)}`;
  const claim = claimIn(0, 'one');

  await expect(t.ask(full, { claim })).rejects.toThrow('QUEUE_MAX');
  expect(await t.idempotency.jobOf(claim)).toBeUndefined();
  const other = { ...claim, question: 'other' };
  expect((await t.ask(KEYS[2], { claim: other })).outcome).toBe('created');
});

test('a claim stays while another request is under way with it', async () => {
  await using t = open({ queueMax: 3 });
  await t.ask(KEYS[1]);
  const full = `0004${'b'.repeat(60)}`;
  const claim = claimIn(0, 'one');
  const replies = await Promise.allSettled([
    t.ask(full, { claim }),
    t.ask(KEYS[1], { claim }),
    t.ask(full, { claim }),
  ]);

  const made = replies.flatMap((one) => (one.status === 'fulfilled' ? [jobOf(one.value)] : []));
  expect(await t.idempotency.jobOf(claim)).toBe(made[0]);
});

test('a list of runs is that of all shards, in pages that repeat and leave out nothing', async () => {
  await using t = open();
  const made: string[] = [];
  for (let n = 0; n < 31; n += 1) {
    const place = ((n * 7) % 65_536).toString(16).padStart(4, '0');
    made.push(runOf(await t.ask(`${place}${String(n).padStart(60, '0')}`)));
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await t.operatorRuns.list({}, { limit: 4, ...(cursor && { cursor }) });
    expect(page.runs.length).toBeLessThanOrEqual(4);
    seen.push(...page.runs.map(({ run }) => run));
    ({ cursor } = page);
  } while (cursor);

  expect(seen).toEqual(made.toSorted().reverse());
});

test('figures are sums, and each worker is listed once', async () => {
  await using t = open();
  for (const key of KEYS) await t.ask(key);
  await t.workers.announce('w', { slots: 2, models: [], about: undefined });

  expect(await t.figures.queues()).toMatchObject({ openRuns: 3 });
  const { lanes } = await t.figures.queues();
  expect(lanes.find(({ lane }) => lane === 'long')).toMatchObject({ depth: 3 });
  expect((await t.figures.groups()).groups).toMatchObject([{ model: 'sleep', waiting: 3 }]);
  expect(await t.workers.list()).toHaveLength(1);
  expect(await t.workers.count()).toEqual({ workers: 1, slots: 2 });
  for (const { prefix } of t.shards.all)
    expect(await t.redis.hget(`${prefix}workers:slots`, 'w')).toBe('2');
});

test('a shard that is out of reach keeps no other from being reconciled', async () => {
  await using t = open();
  const asked: JoinReply[] = [];
  for (const key of KEYS) asked.push(await t.ask(key));
  for (const { prefix } of t.shards.all)
    for (const run of await t.redis.zrange(`${prefix}recheck`, '0', '-1'))
      await t.redis.zadd(`${prefix}recheck`, '0', run);
  await t.redis.set(`${t.shards.all[0].prefix}recheck`, 'of another type'); // its scripts fail
  const added: string[] = [];
  const queues = { add: async ({ run }: { run: string }) => void added.push(run) };

  await reconcile({ ...t, queues });

  expect(added.sort()).toEqual(asked.slice(1).map(runOf).sort());
});

test('the first process writes the number of shards, and one that differs may ask nothing', async () => {
  await using t = open();
  const refused: Error[] = [];
  const admit = (count: number) =>
    createAdmission(t.redis, shardsOf(t.namespace, count), (error) => refused.push(error));
  await admit(3)();
  const other = shardsOf(t.namespace, 2);
  const stores = jobStoresOf(openQueues(t.redis, other, {}, admit(2)));

  await expect(stores.figures.queues()).rejects.toThrow(ShardCountError);
  expect(refused[0]?.message).toMatch('QUEUE_SHARDS is 2, but this installation has 3');
  expect(await t.redis.keys(`${t.namespace}:*`)).toEqual([`${t.shards.all[0].prefix}meta`]);
  await expect(admit(3)()).resolves.toBeUndefined();
});

test('an installation that has a log and no number has one shard', async () => {
  await using t = open();
  await t.redis.hset(`${t.shards.all[0].prefix}meta`, 'epoch', 1);

  await expect(createAdmission(t.redis, t.shards, () => {})()).rejects.toThrow('has 1');
});
