import { expect, test } from 'vitest';
import { TierError } from '../errors.ts';
import { describeTier } from '../testing/describe-tier.ts';
import { entryWith } from '../testing/tier-stage.ts';
import type { Tier } from '../tier.ts';
import { type BreakerOptions, withBreaker } from './breaker.ts';
import { createMemoryTier } from './memory/memory.ts';

describeTier(
  'behind a closed breaker',
  async (settings) => {
    const tier = withBreaker(createMemoryTier(settings));
    return { tier, [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose]() };
  },
  { bounded: true, corruptible: false },
);

/** A tier that fails, hangs or answers, as it is told, and counts how often it is asked. */
function setUp(options: BreakerOptions = {}) {
  let time = 0;
  let asked = 0;
  let mode: 'answer' | 'fail' | 'hang' = 'answer';
  const changes: string[] = [];
  const entry = entryWith({});
  const inner: Tier = {
    ...createMemoryTier(),
    get: async () => {
      asked += 1;
      if (mode === 'fail') throw new TierError('memory', { cause: new Error('broken') });
      if (mode === 'hang') await new Promise(() => {});
      return entry;
    },
  };
  const tier = withBreaker(inner, {
    deadlineMs: 1,
    pauseMs: 1000,
    now: () => time,
    onChange: (state) => changes.push(state),
    ...options,
  });
  return {
    tier,
    entry,
    changes,
    asked: () => asked,
    be: (next: typeof mode) => {
      mode = next;
    },
    pass: (ms: number) => {
      time += ms;
    },
    read: () =>
      tier.get('key').then(
        () => 'answered',
        (error: TierError) => String((error.cause as Error).message),
      ),
  };
}

test('a tier that hangs costs its deadline a few times, then nothing', async () => {
  const t = setUp();
  t.be('hang');

  const outcomes = [await t.read(), await t.read(), await t.read(), await t.read()];

  expect(outcomes[0]).toMatch(/deadline/);
  expect(outcomes[3]).toMatch(/skipped/);
  expect(t.asked()).toBe(3);
  expect(t.tier.breakerState()).toBe('open');
});

test('after a pause one call probes, while the others go on skipping', async () => {
  const t = setUp();
  t.be('fail');
  for (let i = 0; i < 3; i += 1) await t.read();
  t.be('hang');
  t.pass(1000);

  const outcomes = await Promise.all([t.read(), t.read(), t.read()]);

  expect(t.asked()).toBe(4);
  expect(outcomes.filter((outcome) => /skipped/.test(outcome))).toHaveLength(2);
});

test('a probe that is answered closes it again', async () => {
  const t = setUp();
  t.be('fail');
  for (let i = 0; i < 3; i += 1) await t.read();
  t.be('answer');
  t.pass(1000);

  expect(await t.read()).toBe('answered');
  expect(await t.read()).toBe('answered');
  expect(t.changes).toEqual(['open', 'closed']);
});

test('single failures between answers do not open it', async () => {
  const t = setUp();
  for (let i = 0; i < 10; i += 1) {
    t.be(i % 3 === 0 ? 'answer' : 'fail');
    await t.read();
  }

  expect(t.changes).toEqual([]);
});

test('failing writes open it too', async () => {
  const t = setUp({ failures: 1 });
  const tier = withBreaker(
    { ...t.tier, put: async () => Promise.reject(new TierError('memory', { cause: 'full' })) },
    { failures: 2, now: () => 0 },
  );

  await expect(tier.put(t.entry)).rejects.toThrow();
  await expect(tier.put(t.entry)).rejects.toThrow();

  expect(tier.breakerState()).toBe('open');
});

test('an answer that is only late because this process was busy is not a failure', async () => {
  const t = setUp({ failures: 1, deadlineMs: 5 });
  const tier = withBreaker(
    { ...t.tier, get: () => new Promise((resolve) => setImmediate(() => resolve(t.entry))) },
    { failures: 1, deadlineMs: 5 },
  );

  const reading = tier.get('key');
  const until = performance.now() + 20;
  while (performance.now() < until); // the timer and the answer are both due when this ends

  expect(await reading).toBe(t.entry);
  expect(tier.breakerState()).toBe('closed');
});
