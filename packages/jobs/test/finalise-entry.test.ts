/** FINALISE stores the answer's entry, where entries share the queue's server. */
import { createRedisTier } from '@deja/cache-core/redis';
import { entryWith } from '@deja/cache-core/testing';
import { expect, test } from 'vitest';
import { begin, openStore } from './harness.ts';

/** A run that has begun, the tier on its server, and the entry of its answer. */
async function setUp() {
  const store = openStore();
  const { prefix } = store.shard;
  const tier = createRedisTier(store.redis, { keyPrefix: prefix, maxBytes: 1_000_000 });
  const { job, attempt } = await begin(store.runs);
  const { key, token, runSeq, log } = attempt;
  const answer = entryWith({ key, token, runSeq, log });
  const entries = await tier.storeArguments(answer);
  const finalise = (attemptId = attempt.attemptId) =>
    store.runs.finalise(attempt.run, attemptId, 'succeeded', '{}', { entries });
  return {
    ...{ store, prefix, tier, job, attempt, answer, finalise },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

test('the run ends and its entry is there, in one step, with its books', async () => {
  await using t = await setUp();
  await using other = openStore();
  const put = createRedisTier(other.redis, { keyPrefix: other.shard.prefix, maxBytes: 1_000_000 });
  await put.put(t.answer);

  expect(await t.finalise()).toEqual({ outcome: 'ok', fenced: false, evicted: 0, hand: [] });

  expect(await t.tier.get(t.attempt.key)).toEqual(t.answer);
  const { size, bytes } = await t.tier.usage();
  expect({ size, bytes }).toMatchObject({ size: 1, bytes: (await put.usage()).bytes });
  expect(await t.store.redis.zscore(`${t.prefix}cache:lru`, t.attempt.key)).not.toBeNull();
  expect(await t.store.redis.zscore(`${t.prefix}cache:exp`, t.attempt.key)).not.toBeNull();
});

test('artefacts are stored with it, and what makes room for them is counted', async () => {
  await using store = openStore();
  const tier = createRedisTier(store.redis, { keyPrefix: store.shard.prefix, maxBytes: 40_000 });
  const { attempt } = await begin(store.runs);
  const { key, token, runSeq, log } = attempt;
  const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(1500)));
  for (let n = 0; n < 30; n += 1) await tier.put(entryWith({ body: random() }));
  const { size: before } = await tier.usage();
  const run = { token, runSeq, log };
  const kept = [entryWith({ ...run, body: random() }), entryWith({ ...run, key, body: random() })];
  const stored = await Promise.all(kept.map((entry) => tier.storeArguments(entry)));

  const reply = await store.runs.finalise(attempt.run, attempt.attemptId, 'succeeded', '{}', {
    entries: stored.flatMap((args) => args ?? []),
  });

  for (const entry of kept) expect(await tier.get(entry.header.key)).toEqual(entry);
  const { size: after } = await tier.usage();
  expect(reply).toEqual({
    outcome: 'ok',
    fenced: false,
    evicted: before + kept.length - after,
    hand: [],
  });
  expect(after).toBeLessThan(before + kept.length);
});

test('a newer entry stays (R27)', async () => {
  await using t = await setUp();
  const newer = entryWith({ ...t.answer.header, runSeq: t.attempt.runSeq + 1 });
  await t.tier.put(newer);

  await t.finalise();

  expect(await t.tier.get(t.attempt.key)).toEqual(newer);
});

test('of a fenced run, and of an attempt that was superseded, nothing is stored', async () => {
  await using fenced = await setUp();
  await using late = await setUp();
  await fenced.store.redis.hset(`${fenced.prefix}floor`, '*', 1e9); // an invalidation since

  expect(await fenced.finalise()).toEqual({ outcome: 'ok', fenced: true, evicted: 0, hand: [] });
  expect(await late.finalise('another')).toEqual({ outcome: 'superseded' });

  for (const { tier, attempt } of [fenced, late])
    expect(await tier.get(attempt.key)).toBeUndefined();
});

test('an entry that cannot be stored keeps nobody waiting', async () => {
  await using t = await setUp();
  await t.store.redis.set(`${t.prefix}cache:sizes`, 'no hash');

  expect(await t.finalise()).toEqual({ outcome: 'ok', fenced: false, evicted: 0, hand: [] });

  expect(await t.store.jobs.read(t.job)).toMatchObject({ job: { status: 'succeeded' } });
});

test('an entry that the tier refuses has no arguments', async () => {
  await using t = await setUp();
  const { tier } = t;

  expect(await tier.storeArguments(entryWith({ staleUntil: Date.now() - 1 }))).toBeUndefined();
  const large = entryWith({
    body: Buffer.alloc(200_000, crypto.getRandomValues(Buffer.alloc(99))),
  });
  const own = createRedisTier(t.store.redis, { keyPrefix: 'own:' });
  expect(await own.storeArguments(large)).toBeUndefined();
});
