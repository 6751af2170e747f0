/** What a tenant may have and ask. */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TenantLimits } from '../src/runs/run.ts';
import { begin, openStore, request } from './harness.ts';

const keyOf = (n: number) => n.toString(16).padStart(64, '0');
const INPUT = JSON.stringify('x'.repeat(98));

/** Asks one question after the other as a tenant. */
function asking(store: ReturnType<typeof openStore>, tenant: string, limits: TenantLimits) {
  let asked = 0;
  return async (more = {}, input = INPUT) => {
    asked += 1;
    const question = request({ key: keyOf(asked), tenant, limits, ...more });
    await store.runs.join(question, input);
    return question;
  };
}

test('a tenant asks so many questions a minute, at once or one by one, and others are not held up', async () => {
  await using store = openStore();
  const ask = asking(store, 'acme', { rpm: 5 });
  for (let n = 0; n < 5; n += 1) await ask();

  const refused = await ask().catch((error) => error);

  expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
  expect(refused.message).toContain('TENANT_RPM');
  expect(refused.retryMs).toBeGreaterThan(10_000); // the next one is due after a fifth of a minute
  expect(refused.retryMs).toBeLessThanOrEqual(12_000);
  await asking(store, 'other', { rpm: 5 })({ key: keyOf(99) });
  await store.redis.hincrbyfloat(`${store.shard.prefix}tenant:acme`, 'tat', -12_000); // as if it had passed
  await ask();
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('a question that joins a run counts, one that is repeated or refused does not', async () => {
  await using store = openStore();
  const ask = asking(store, 'acme', { rpm: 3, maxOpenRuns: 1 });
  const first = await ask();
  await store.runs.join(first, INPUT); // R14: it was sent again
  await ask({ key: first.key });
  await expect(ask()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await ask({ key: first.key });

  await expect(ask({ key: first.key })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('open runs of a tenant are bounded; who joins another run opens none', async () => {
  await using store = openStore();
  const ask = asking(store, 'acme', { maxOpenRuns: 2 });
  const [first] = [await ask(), await ask()];

  await expect(ask()).rejects.toThrow('2 runs of this tenant are open: TENANT_MAX_OPEN_RUNS');
  await ask({ key: first.key });
  await asking(store, 'other', { maxOpenRuns: 2 })({ key: keyOf(77) });
  await ask({ key: keyOf(77) });
  await expect(ask()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
});

test('inputs of a tenant are bounded in bytes', async () => {
  await using store = openStore();
  const ask = asking(store, 'acme', { maxInputBytes: 250 });
  await ask();
  await ask();

  await expect(ask()).rejects.toThrow('TENANT_MAX_INPUT_MB');
  await asking(store, 'other', { maxInputBytes: 250 })({ key: keyOf(77) });
});

test('what a tenant has is what is open of it, whatever comes, leaves and goes', async () => {
  const steps = fc.array(
    fc.record({
      does: fc.constantFrom('ask', 'end', 'leave', 'fail'),
      tenant: fc.constantFrom('a', 'b'),
      key: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      await using store = openStore();
      type Job = { readonly job: string; readonly tenant: string };
      const open = new Map<string, { tenant: string; jobs: Job[]; bytes: number }>();
      for (const { does, tenant, key } of list) {
        const at = keyOf(key);
        const held = open.get(at);
        if (does === 'ask') {
          const input = JSON.stringify('y'.repeat(key));
          const asked = request({ key: at, tenant, limits: {}, maxAgeMs: -1 });
          await store.runs.join(asked, input);
          const job = { job: asked.job, tenant };
          if (held) held.jobs.push(job);
          else open.set(at, { tenant, jobs: [job], bytes: input.length });
        } else if (held && does === 'leave') {
          const [gone] = held.jobs.splice(0, 1);
          await store.jobs.cancel(String(gone?.job));
          const heir = held.jobs.find((job) => job.tenant === held.tenant) ?? held.jobs[0];
          if (heir) held.tenant = heir.tenant;
          else open.delete(at);
        } else if (held) {
          const { attempt } = await begin(store.runs, { key: at, tenant: 'a', maxAgeMs: -1 });
          const state = does === 'end' ? 'succeeded' : 'failed';
          await store.runs.finalise(attempt.run, attempt.attemptId, state, '{}');
          open.delete(at);
        }
      }
      for (const tenant of ['a', 'b']) {
        const own = [...open.values()].filter((run) => run.tenant === tenant);
        const [runs, bytes] = await store.redis.hmget(
          `${store.shard.prefix}tenant:${tenant}`,
          ...['runs', 'bytes'],
        );
        expect(Number(runs)).toBe(own.length);
        expect(Number(bytes)).toBe(own.reduce((sum, run) => sum + run.bytes, 0));
      }
    }),
    { numRuns: 30 },
  );
});

test('half of all runs is the most of a tenant, whatever its key says', async () => {
  await using store = openStore({ queueMax: 4 });
  const ask = asking(store, 'acme', { maxOpenRuns: 100 });
  await ask();
  await ask();

  await expect(ask()).rejects.toThrow('2 runs of this tenant are open: half of QUEUE_MAX');
  await asking(store, 'other', {})({ key: keyOf(77) });
});

test('finished jobs of a tenant that has many make room for its own', async () => {
  await using store = openStore({ maxJobs: 4 });
  const ended = async (tenant: string) => {
    const { job, attempt } = await begin(store.runs, { key: keyOf(100 + seq++), tenant });
    await store.runs.finalise(attempt.run, attempt.attemptId, 'failed', '{}');
    await setTimeout(2); // what ends in the same millisecond goes in any order
    return job;
  };
  let seq = 0;
  const other = await ended('other');
  const jobs = [];
  for (let n = 0; n < 8; n += 1) jobs.push(await ended('acme'));
  const outcomes = async (...ids: string[]) =>
    await Promise.all(ids.map(async (id) => (await store.jobs.read(id)).outcome));

  expect(await outcomes(other, ...jobs.slice(-3))).toEqual(Array(4).fill('found'));
  expect(await outcomes(...jobs.slice(0, 5))).toEqual(Array(5).fill('expired'));
  expect(await store.redis.zcard(`${store.shard.prefix}fin:acme`)).toBe(3);
});

test('results of a tenant that has many make room for its own', async () => {
  await using store = openStore({ resultMaxBytes: 4000 });
  const body = JSON.stringify('x'.repeat(1000));
  const ended = async (n: number, tenant?: string) => {
    const { attempt } = await begin(store.runs, { key: keyOf(100 + n), tenant });
    await store.runs.finalise(attempt.run, attempt.attemptId, 'failed', body);
    return attempt.run;
  };
  const isKept = async (run: string) => (await store.jobs.readResult(run)) !== undefined;
  const [other, nobodys] = [await ended(0, 'other'), await ended(1)];
  const runs = [];
  for (let n = 2; n < 8; n += 1) {
    runs.push(await ended(n, 'acme'));
    // As if the clock were set back now: the next one seems to have ended before this one.
    const list = `${store.shard.prefix}res:acme`;
    for (const kept of await store.redis.zrange(list, '0', '-1'))
      await store.redis.zadd(list, Date.now() + 10_000 - n, kept);
  }

  expect([await isKept(other), await isKept(nobodys)]).toEqual([true, true]);
  expect(await Promise.all(runs.map(isKept))).toEqual([false, false, false, false, false, true]);
  const meta = await store.redis.hgetall(`${store.shard.prefix}meta`);
  expect(meta).toMatchObject({ resbytes: '3006', 'resbytes:acme': '1002' });
});
