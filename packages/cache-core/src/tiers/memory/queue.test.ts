import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryWith } from '../../testing/tier-stage.ts';
import { createMemoryTier } from './memory.ts';
import { EvictionQueue, QueueNode } from './queue.ts';

const HOUR_MS = 3_600_000;

/** A tier of 100 kB, and entries of 1 kB that stay fresh for an hour. */
function setUp() {
  const start = Date.now();
  let now = start;
  const tier = createMemoryTier({ maxBytes: 100_000, now: () => now });
  const put = async (computeMs: number, bytes = 1000, freshMs = HOUR_MS): Promise<string> => {
    const times = { createdAt: now, freshUntil: now + freshMs, staleUntil: now + 2 * HOUR_MS };
    const entry = entryWith({ ...times, computeMs, body: Buffer.allocUnsafeSlow(bytes) });
    expect(await tier.put(entry)).toBe('stored');
    return entry.header.key;
  };
  return {
    tier,
    put,
    /** Fills the tier with other entries, `times` over. */
    pour: async (times: number, computeMs: number, freshMs = HOUR_MS) => {
      for (let i = 0; i < times * 50; i += 1) await put(computeMs, 1000, freshMs);
    },
    has: (key: string) => tier.getSync(key) !== undefined,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('keeps what was dear to compute, where LRU would not', async () => {
  const { put, pour, has } = setUp();
  const [dear, cheap] = [await put(20_000), await put(100)];

  await pour(10, 100);

  expect(has(dear)).toBe(true);
  expect(has(cheap)).toBe(false);
});

test('of two that cost the same, keeps the smaller', async () => {
  const { put, pour, has } = setUp();
  const [large, small] = [await put(1000, 10_000), await put(1000, 100)];

  await pour(2, 300);

  expect(has(small)).toBe(true);
  expect(has(large)).toBe(false);
});

test('a scan of entries that nobody asks for again does not push out what is in use', async () => {
  const { put, pour, has } = setUp();
  const used = [await put(100), await put(100), await put(100)];
  for (const key of used) for (let i = 0; i < 3; i += 1) has(key);

  await pour(10, 100);

  expect(used.map(has)).toEqual([true, true, true]);
});

test('an entry keeps its uses when a newer computation replaces it', async () => {
  const { tier, pour, has } = setUp();
  const old = entryWith({ computeMs: 100, runSeq: 1, body: Buffer.alloc(1000) });
  await tier.put(old);
  for (let i = 0; i < 3; i += 1) has(old.header.key);

  await tier.put({ header: { ...old.header, runSeq: 2 }, body: old.body });
  await pour(3, 100);

  expect(has(old.header.key)).toBe(true);
});

test('an entry that nobody uses goes in the end, however dear it was', async () => {
  const { put, pour, has } = setUp();
  const dear = await put(2000);

  await pour(60, 100);

  expect(has(dear)).toBe(false);
});

test('what is no longer fresh goes first, the least recently used before others', async () => {
  const { put, has, pass } = setUp();
  const [used, unused] = [await put(20_000, 1000, 1000), await put(20_000, 1000, 1000)];
  for (let i = 0; i < 40; i += 1) await put(100, 1000, 1000);
  pass(2000);
  const fresh = await put(0);
  expect(has(used)).toBe(true);

  for (let i = 0; i < 20; i += 1) await put(0);

  expect(has(used)).toBe(true);
  expect(has(unused)).toBe(false);
  expect(has(fresh)).toBe(true);
});

test('what has expired makes room without counting as evicted', async () => {
  const { tier, pour, pass } = setUp();
  await pour(1, 100);
  const { size, evictions } = await tier.usage();
  pass(2 * HOUR_MS);

  for (let i = 0; i < size; i += 1)
    await tier.put(entryWith({ createdAt: Date.now() + 2 * HOUR_MS }));

  expect((await tier.usage()).evictions).toBe(evictions);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE])(
  'is not thrown by a compute time of %d',
  async (computeMs) => {
    const { tier, put, pour, has } = setUp();
    for (let i = 0; i < 100; i += 1) await put(computeMs);
    const used = await put(500);
    for (let i = 0; i < 5; i += 1) {
      await pour(1, 100);
      has(used);
    }

    const { bytes, maxBytes } = await tier.usage();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.9);
  },
);

test('ten-minute answers without use give way to less dear ones that are in use', async () => {
  const { put, has } = setUp();
  for (let i = 0; i < 100; i += 1) await put(Number.POSITIVE_INFINITY);

  // 40,000 ms is a fifteenth of the ten minutes that anything counts at most.
  const used = await put(40_000);
  for (let i = 0; i < 100; i += 1) {
    await put(Number.POSITIVE_INFINITY);
    expect(has(used)).toBe(true);
  }
});

test('takes entries in the order of seconds per byte, whichever were removed in between', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 100, size: 'max' });
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean()), (bytes, removed) => {
      const queue = new EvictionQueue();
      const now = Date.now();
      const held = bytes.map((size) => new QueueNode(entryWith({}), size, now));
      for (const each of held) queue.add(each, now);
      const left = held.filter((_, i) => !removed[i % (removed.length || 1)]);
      for (const each of held) if (!left.includes(each)) queue.remove(each);

      const taken = left.map(() => queue.popLowest(now)?.bytes);

      expect(taken).toEqual(left.map((each) => each.bytes).sort((a, b) => b - a));
      expect(queue.popLowest(now)).toBeUndefined();
    }),
  );
});

test('counts no more than fifteen uses', () => {
  const queue = new EvictionQueue();
  const now = Date.now();
  const often = new QueueNode(entryWith({}), 1001, now);
  const enough = new QueueNode(entryWith({}), 1000, now);
  queue.add(often, now);
  queue.add(enough, now);

  for (let i = 0; i < 15; i += 1) queue.noteUse(enough, now);
  for (let i = 0; i < 1000; i += 1) queue.noteUse(often, now);

  expect(queue.popLowest(now)).toBe(often);
});
