/** Races of a look-up with what happens between its steps: 2, 3, 17, 18 and 25 of races.md. */
import { expect, test } from 'vitest';
import type { Lookup, Tier } from '../src/index.ts';
import { TierError } from '../src/index.ts';
import { BODY, heldTier, KEY, newNamespace, openReplica } from './open-replica.ts';

const outcomeOf = async (found: Lookup | Promise<Lookup>) => (await found).outcome;
const PATIENTLY = { timeout: 10_000 };
const INVALIDATIONS = ['key', 'tag', 'all'];

// Race 2. Guard: R12, whatever a tier answered is judged after it has answered.
test.each(INVALIDATIONS)(
  'an invalidation by %s during a promotion from disk, taken by another replica',
  async (kind) => {
    const namespace = newNamespace();
    await using here = await openReplica({ namespace });
    await using there = await openReplica({ namespace });
    await here.disk.put(here.entry());
    const { tier, reached, open } = heldTier(here.disk);

    const looking = here.withLower([here.redis, tier]).lookup(KEY);
    await reached;
    const seq = await invalidate(there, kind);
    await expect.poll(() => here.log.replica.position?.seq, PATIENTLY).toBe(seq);
    open();

    expect(await outcomeOf(looking)).toBe('miss');
    for (const each of [here.memory, here.redis, here.disk])
      expect(await each.get(KEY)).toBeUndefined();
  },
);

// Race 2. Guard: R12 again, at the read: a promotion itself is not checked, and need not be.
test('what was promoted before an invalidation arrived is not served after it', async () => {
  const namespace = newNamespace();
  await using here = await openReplica({ namespace });
  await using there = await openReplica({ namespace });
  await here.disk.put(here.entry());

  expect(await outcomeOf(here.cache.lookup(KEY))).toBe('hit');
  expect(here.memory.getSync(KEY)).toBeDefined();
  const seq = await there.cache.invalidateKey(KEY);
  await expect.poll(() => here.log.replica.position?.seq, PATIENTLY).toBe(seq);

  expect(await outcomeOf(here.cache.lookup(KEY))).toBe('miss');
  expect(here.memory.getSync(KEY)).toBeUndefined();
});

// Race 3. Guard: R12. The invalidation overtakes the value that it is about, on two connections.
test('an invalidation that arrives before the value it concerns', async () => {
  await using t = await openReplica();
  await t.redis.put(t.entry());
  const { tier, reached, open } = heldTier(t.redis);

  const looking = t.withLower([tier]).lookup(KEY);
  await reached;
  await t.cache.invalidateTag('model:m');
  open();

  expect(await outcomeOf(looking)).toBe('miss');
  expect(t.memory.getSync(KEY)).toBeUndefined();
});

// Race 3, the other way round. Guard: an entry that is ahead is asked about, not refused.
test('a value that arrives before the invalidation it was computed after', async () => {
  const namespace = newNamespace();
  await using here = await openReplica({
    namespace,
    pollMs: 3_600_000,
    notifierUrl: 'redis://127.0.0.1:1',
  });
  await using there = await openReplica({ namespace });
  await here.memory.put(here.entry());
  await there.cache.invalidateKey(KEY);
  await there.redis.put(there.entry({ runSeq: 2 }));

  await here.memory.clear();
  const found = await here.cache.lookup(KEY);

  expect(found).toMatchObject({ outcome: 'hit', tier: 'redis', entry: { header: { runSeq: 2 } } });
  expect(here.log.replica.position).toEqual(there.log.replica.position);
});

// Race 17. Guard: R12; the tiers' removal only frees space.
test('an invalidation holds although no tier could remove what it is about', async () => {
  await using t = await openReplica();
  const entry = t.entry();
  const stubborn = (tier: Tier): Tier => ({
    ...tier,
    name: tier.name,
    get: (key) => tier.get(key),
    put: (each) => tier.put(each),
    remove: () => Promise.reject(new TierError(tier.name, { cause: new Error('full') })),
    clear: () => Promise.reject(new TierError(tier.name, { cause: new Error('full') })),
  });
  const cache = t.withLower([stubborn(t.redis), stubborn(t.disk)]);

  for (const invalidate of [() => cache.invalidateKey(KEY), () => cache.invalidateAll()]) {
    for (const tier of [t.memory, t.redis, t.disk]) await tier.put(entry);
    await invalidate();

    expect(await outcomeOf(cache.lookup(KEY))).toBe('miss');
    expect(await t.disk.get(KEY)).toBeDefined();
  }
});

// Race 17. Guard: R3, R6, R9: an invalidation whose answer was lost may be asked for again.
test('an invalidation that is repeated clears no more than once more', async () => {
  await using t = await openReplica();
  await t.cache.invalidateKey(KEY);
  await t.cache.invalidateKey(KEY);
  await t.redis.put(t.entry());

  expect(await outcomeOf(t.cache.lookup(KEY))).toBe('hit');
});

// Race 18. Guard: the use of an entry is judged after the tier has answered.
test('an entry that expires between a lower tier’s answer and memory is no hit', async () => {
  let lateMs = 0;
  await using t = await openReplica({ now: () => Date.now() + lateMs });
  const staleUntil = Date.now() + 30_000;
  await t.redis.put(t.entry({ freshUntil: staleUntil, staleUntil }));
  const { tier, reached, open } = heldTier(t.redis);

  const looking = t.withLower([tier]).lookup(KEY);
  await reached;
  lateMs = 30_001;
  open();

  expect(await outcomeOf(looking)).toBe('miss');
  expect(t.memory.getSync(KEY)).toBeUndefined();
});

// Race 18. Guard: an entry carries the moments of its end; a promotion adds no life to it.
test.each([-600_000, 600_000])(
  'a clock that is %d ms off gives no entry a longer life elsewhere',
  async (offMs) => {
    const namespace = newNamespace();
    await using wrong = await openReplica({ namespace, now: () => Date.now() + offMs });
    await using right = await openReplica({ namespace });
    const entry = right.entry();
    await wrong.disk.put(entry);

    const promoted = (await outcomeOf(wrong.cache.lookup(KEY))) === 'hit';

    expect(promoted).toBe(offMs < 0);
    if (promoted)
      await expect
        .poll(async () => (await right.redis.get(KEY))?.header, PATIENTLY)
        .toEqual(entry.header);
    else expect(await right.redis.get(KEY)).toBeUndefined();
  },
);

// Race 25. Guard: memory keeps bytes of its own wherever the caller's may be used again.
test('bytes that the caller uses again do not change what is served', async () => {
  await using t = await openReplica();
  const pool = Buffer.alloc(4096);
  BODY.copy(pool, 100);
  const entry = { ...t.entry(), body: pool.subarray(100, 100 + BODY.byteLength) };
  for (const tier of [t.memory, t.redis, t.disk]) await tier.put(entry);

  pool.fill('x');

  for (const tier of [t.memory, t.redis, t.disk]) expect((await tier.get(KEY))?.body).toEqual(BODY);
});

async function invalidate(
  { cache }: Pick<Awaited<ReturnType<typeof openReplica>>, 'cache'>,
  kind: string,
): Promise<number> {
  if (kind === 'key') return Number(await cache.invalidateKey(KEY));
  return Number(await (kind === 'tag' ? cache.invalidateTag('model:m') : cache.invalidateAll()));
}
