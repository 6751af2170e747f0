/** Changing the number of shards, on stores with what a running installation leaves behind. */
import { randomUUID } from 'node:crypto';
import { createLogClient, createNotifier } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import {
  changeShards,
  claimFor,
  createAdmission,
  type JoinReply,
  jobStoresOf,
  openQueues,
  readShards,
  ShardsInUseError,
  shardsOf,
} from '../src/index.ts';
import { request } from './harness.ts';

function setUp() {
  const redis = new Redis(inject('redisUrl'));
  const namespace = `t${randomUUID().slice(0, 8)}`;
  /** The stores of a process that starts with this number. */
  const start = async (count: number) => {
    const shards = shardsOf(namespace, count);
    const admit = createAdmission(redis, shards, () => {});
    await admit();
    const stores = jobStoresOf(openQueues(redis, shards, {}, admit));
    const { runs } = stores;
    const ask = (key: string, more = {}) =>
      runs.join(request({ key, job: runs.newJobId(key), run: runs.newRunId(key), ...more }), '{}');
    const finish = async ({ run }: JoinReply) => {
      await runs.start(run, 'attempt');
      await runs.finalise(run, 'attempt', 'succeeded', 'answer');
    };
    return { ...stores, shards, ask, finish };
  };
  return {
    ...{ redis, namespace, start },
    change: (count: number) => changeShards(redis, namespace, count),
    [Symbol.asyncDispose]: async () => void (await redis.quit()),
  };
}

const keyIn = (place: number): string => `${place.toString(16).padStart(4, '0')}${'a'.repeat(60)}`;
const jobOf = (reply: JoinReply): string => (reply.outcome === 'done' ? '' : reply.job);

/** What the log of a shard has seen, and whether a token of then is void by now. */
async function tokenOf({ redis, namespace }: { redis: Redis; namespace: string }, shard: number) {
  const prefix = shardsOf(namespace, 64).all[shard]?.prefix ?? '';
  const own = redis.duplicate();
  const notifier = createNotifier(redis.duplicate(), `${prefix}notify`);
  const log = createLogClient({ redis: own, notifier, prefix, serveUnverifiedMs: 0 });
  await log.catchUp();
  const { position } = log.replica;
  await log[Symbol.asyncDispose]();
  await notifier[Symbol.asyncDispose]();
  own.disconnect();
  return position;
}

test('nothing changes while a process runs, or while a shard that would go has open runs', async () => {
  await using t = setUp();
  const two = await t.start(2);
  const open = await two.ask(keyIn(1));
  await two.workers.announce('w', { slots: 1, models: [], about: undefined });
  await expect(t.change(1)).rejects.toThrow('workers run (1)');
  await two.workers.leave('w');
  await t.redis.set(`${two.shards.all[0].prefix}lease:figures`, 'replica');
  await expect(t.change(1)).rejects.toThrow('an API process runs');
  await t.redis.del(`${two.shards.all[0].prefix}lease:figures`);
  await expect(t.change(1)).rejects.toThrow(ShardsInUseError);
  await expect(t.change(1)).rejects.toThrow('start workers with QUEUE_SHARDS=2');
  expect(await readShards(t.redis, t.namespace)).toMatchObject({ count: 2, all: [2] });

  await two.finish(open);
  await t.change(1);

  expect(await readShards(t.redis, t.namespace)).toMatchObject({ count: 1, held: 2, all: [2, 1] });
  await expect(t.start(2)).rejects.toThrow('has 1');
});

test('jobs, results and deliveries stay where they are, and are found by their ids', async () => {
  await using t = setUp();
  const three = await t.start(3);
  const webhook = { url: 'https://example.org/hook', events: ['completed'] as const };
  const asked = [];
  for (const place of [0, 1, 2]) {
    const reply = await three.ask(keyIn(place), { webhook });
    await three.finish(reply);
    asked.push(reply);
  }
  await t.change(2);
  const two = await t.start(2);

  for (const reply of asked) {
    expect(await two.jobs.read(jobOf(reply))).toMatchObject({ job: { status: 'succeeded' } });
    expect(String(await two.jobs.readResult(reply.run))).toBe('answer');
    expect(await two.operatorRuns.read(reply.run)).toMatchObject({ state: 'succeeded' });
  }
  expect((await two.operatorRuns.list({}, { limit: 10 })).runs).toHaveLength(3);
  // The outbox of the shard that went is still looked at.
  expect(two.shards.served().map(({ index }) => index)).toEqual([0, 1, 2]);
});

test('open runs of shards that stay go on, and their jobs end', async () => {
  await using t = setUp();
  const one = await t.start(1);
  const open = await one.ask(keyIn(1));
  await one.runs.start(open.run, 'attempt');
  await t.change(2);
  const two = await t.start(2);

  await two.runs.finalise(open.run, 'attempt', 'succeeded', 'answer');

  expect(await two.jobs.read(jobOf(open))).toMatchObject({ job: { status: 'succeeded' } });
  expect((await two.ask(keyIn(1))).outcome).toBe('created'); // in its new shard nobody knows of it
});

test('an Idempotency-Key leads to its job under the new number, too', async () => {
  await using t = setUp();
  const one = await t.start(1);
  const claims = Array.from({ length: 12 }, (_, n) => claimFor(`k${n}`, `question ${n}`));
  const jobs = [];
  for (const [n, claim] of claims.entries()) jobs.push(jobOf(await one.ask(keyIn(n), { claim })));
  await t.change(5);
  const five = await t.start(5);

  for (const [n, claim] of claims.entries()) {
    expect(await five.idempotency.jobOf(claim)).toBe(jobs[n]);
    await t.redis.del(`${one.shards.all[0].prefix}j:${jobs[n]}`);
    // Its job has gone meanwhile: the key's next one is of the shard where it can be found.
    const again = await five.ask(keyIn(n), { claim });
    expect(await five.jobs.read(jobOf(again))).toMatchObject({ outcome: 'found' });
  }
});

test('entries of keys that stay in their shard stay, where the number only grew', async () => {
  await using t = setUp();
  await t.start(1);
  const before = await tokenOf(t, 0);

  expect(await t.change(2)).toEqual([]);
  expect(await t.change(6)).toEqual([]);

  expect(await tokenOf(t, 0)).toEqual(before);
});

test('an entry whose key comes back to a shard is not served: what was invalidated meanwhile is in another log', async () => {
  await using t = setUp();
  await t.start(1);
  const before = await tokenOf(t, 0);
  await t.change(2); // the odd places go, and their invalidations with them
  const odd = await tokenOf(t, 1);

  expect(await t.change(1)).toEqual([0]);
  const after = await tokenOf(t, 0);
  expect(after?.log).toBe(before?.log);
  expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0);

  expect(await t.change(2)).toEqual([1]);
  expect((await tokenOf(t, 1))?.epoch).toBeGreaterThan(odd?.epoch ?? 0);
  expect(await tokenOf(t, 0)).toEqual(after);
});
