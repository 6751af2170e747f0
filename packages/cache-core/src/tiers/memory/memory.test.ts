import { expect, test } from 'vitest';
import { describeTier } from '../../testing/describe-tier.ts';
import { entryWith } from '../../testing/tier-stage.ts';
import { createMemoryTier } from './memory.ts';

describeTier(
  'memory',
  async (settings) => {
    const tier = createMemoryTier(settings);
    return { tier, [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose]() };
  },
  { bounded: true, corruptible: false },
);

test('getSync gives the very entry, and counts as a use', async () => {
  const tier = createMemoryTier({ maxEntries: 2 });
  const [first, second, third] = [entryWith({}), entryWith({}), entryWith({})];
  await tier.put(first);
  await tier.put(second);

  const found = tier.getSync(first.header.key);
  await tier.put(third);

  expect(found?.header).toBe(first.header);
  expect(tier.getSync(first.header.key)).toBe(found);
  expect(tier.getSync(second.header.key)).toBeUndefined();
});

test('never holds more than maxEntries', async () => {
  const tier = createMemoryTier({ maxEntries: 10 });

  for (let i = 0; i < 100; i += 1) await tier.put(entryWith({ runSeq: i }));

  expect(await tier.usage()).toMatchObject({ size: 10, evictions: 90 });
});

test('bounds that are lowered hold at once, and what they leave is what was used', async () => {
  const tier = createMemoryTier({ maxBytes: 1_000_000, maxEntryBytes: 1_000_000 });
  const entries = Array.from({ length: 10 }, (_, runSeq) => entryWith({ runSeq }));
  for (const entry of entries) await tier.put(entry);
  const used = entries.slice(2, 5).map(({ header }) => header.key);
  for (const key of used) tier.getSync(key);

  tier.resize({ maxBytes: 1_000_000, maxEntries: 3 });

  expect((await tier.usage()).size).toBe(3);
  expect(used.filter((key) => tier.getSync(key)).length).toBe(3);
  tier.resize({ maxBytes: 2000, maxEntries: 3 });
  const { bytes, maxBytes, evictions } = await tier.usage();
  expect(bytes).toBeLessThanOrEqual(2000);
  expect([maxBytes, evictions]).toEqual([2000, 9]);
});

test('sweeps what has expired before it tells its figures', async () => {
  let now = Date.now();
  const tier = createMemoryTier({ now: () => now });
  await tier.put(entryWith({ createdAt: now }));

  now += 60_000;

  expect(await tier.usage()).toMatchObject({ size: 0, bytes: 0, evictions: 0 });
});

test('keeps a body that has its memory to itself without a copy', async () => {
  const tier = createMemoryTier();
  const entry = entryWith({ body: Buffer.allocUnsafeSlow(100) });

  await tier.put(entry);

  expect(tier.getSync(entry.header.key)?.body).toBe(entry.body);
});
