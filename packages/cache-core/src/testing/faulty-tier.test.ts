import { expect, test } from 'vitest';
import { createMemoryTier } from '../tiers/memory/memory.ts';
import { describeTier } from './describe-tier.ts';
import { createFaultPlan, createFaultyTier } from './faulty-tier.ts';
import { entryWith } from './tier-stage.ts';

describeTier(
  'faulty, with its faults off',
  async (settings) => {
    const tier = createFaultyTier(createMemoryTier(settings));
    return { tier, [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose]() };
  },
  { bounded: true, corruptible: false },
);

const failure = { code: 'TIER_UNAVAILABLE', tier: 'memory' };
const entry = entryWith({});
const { key } = entry.header;

test('a call that fails does nothing; one that fails after has been done; both are counted', async () => {
  await using tier = createFaultyTier(createMemoryTier());

  tier.inject({ put: 'fail' });
  await expect(tier.put(entry)).rejects.toMatchObject(failure);
  expect(await tier.get(key)).toBeUndefined();
  tier.inject({ put: 'fail-after' });
  await expect(tier.put(entry)).rejects.toMatchObject(failure);
  expect(await tier.get(key)).toBeDefined();

  expect((await tier.usage()).errors).toBe(2);
  expect(tier.calls).toMatchObject({ put: 2, get: 2, usage: 1 });
});

test('a call that hangs settles when it is released, or the tier is closed', async () => {
  const tier = createFaultyTier(createMemoryTier());
  tier.inject({ all: 'hang' });
  const [first, second] = [tier.get(key), tier.put(entry)];
  expect(tier.hanging).toBe(2);

  tier.release();
  const third = tier.remove(key);
  await tier[Symbol.asyncDispose]();

  for (const call of [first, second, third]) await expect(call).rejects.toMatchObject(failure);
});

test('a damaged entry is a miss, removed and counted', async () => {
  await using tier = createFaultyTier(createMemoryTier());
  tier.inject({ all: 'damage' });
  await tier.put(entry);

  expect(await tier.get(key)).toBeUndefined();

  tier.inject({});
  expect(await tier.get(key)).toBeUndefined();
  expect((await tier.usage()).errors).toBe(1);
});

test('a slow call is done, later', async () => {
  await using tier = createFaultyTier(createMemoryTier());
  tier.inject({ put: { slowMs: 30 } });
  const before = performance.now();

  expect(await tier.put(entry)).toBe('stored');

  expect(performance.now() - before).toBeGreaterThan(25);
});

test('a plan hands out faults at their rates', () => {
  let drawn = -0.5;
  const random = () => {
    drawn += 1;
    return drawn / 100;
  };
  const plan = createFaultPlan({ random, fail: 0.1, hang: 0.05, damage: 0.2, slow: 0.15 });

  const faults = Array.from({ length: 100 }, () => JSON.stringify(plan('get', undefined)));

  const count = (fault: unknown) => faults.filter((each) => each === JSON.stringify(fault)).length;
  expect([count('fail'), count('hang'), count('damage')]).toEqual([10, 5, 20]);
  expect([count({ slowMs: 20 }), count('none')]).toEqual([15, 50]);
});
