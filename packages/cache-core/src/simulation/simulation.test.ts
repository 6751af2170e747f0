import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { EntryHeader } from '../entry.ts';
import type { TierName } from '../tier.ts';
import { FACTORS, shareOf } from './counts.ts';
import { CacheSimulation, type SimulationOptions } from './simulation.ts';

const HOUR_MS = 3_600_000;
const keyOf = (name: string) => hash('sha256', name, 'hex');

function setUp(options: Partial<SimulationOptions> = {}) {
  let at = 1_000_000_000_000;
  let fenced: string | undefined;
  const simulation = new CacheSimulation({
    tiers: [
      { tier: 'memory', maxBytes: 80_000 },
      { tier: 'disk', maxBytes: 80_000 },
    ],
    isServable: ({ key, runSeq }) => `${key} ${runSeq}` !== fenced,
    freshMsOf: () => HOUR_MS,
    jitter: 0,
    now: () => at,
    ...options,
  });
  return {
    simulation,
    wait: (ms: number) => {
      at += ms;
    },
    fence: (name: string, runSeq: number) => {
      fenced = `${keyOf(name)} ${runSeq}`;
    },
    hit(name: string, tier: TierName, more: Partial<EntryHeader> = {}) {
      const header: EntryHeader = {
        ...{ key: keyOf(name), model: 'forecast', tenant: 'default', tags: [], log: 'log' },
        ...{ createdAt: at, freshUntil: at + HOUR_MS, staleUntil: at + HOUR_MS },
        ...{ token: { epoch: 1, seq: 1, id: 'a' }, runSeq: 1, computeMs: 100, digest: 'd' },
        ...more,
      };
      const entry = { header, body: Buffer.alloc(1000) };
      simulation.hit({ entry, tier });
      return entry;
    },
    miss: (name: string) => simulation.missed(keyOf(name), 'forecast'),
    /** Hits by factor of a tier. */
    hits: (tier: number) => [...(simulation.report().counts.tiers[tier]?.simulatedHits ?? [])],
    model: () => simulation.report().counts.modelOf('forecast'),
  };
}

describe('sizes', () => {
  test('what is asked for again hits in every size that still holds it', () => {
    const t = setUp();
    t.hit('a', 'disk');
    for (let at = 0; at < 12; at += 1) t.hit(`other ${at}`, 'disk');
    t.hit('a', 'disk');

    // A quarter holds ten such entries, a half twenty. What the disk gives first is a hit there.
    expect(t.hits(0)).toEqual([0, 1, 1, 1, 1, 1]);
    expect(t.hits(1)).toEqual([13, 14, 14, 14, 14, 14]);
  });

  test('an entry that was computed again is no hit', () => {
    const t = setUp();
    t.hit('a', 'disk', { runSeq: 1 });
    t.hit('a', 'disk', { runSeq: 2 });

    expect(t.hits(0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a miss hits where a larger tier would still hold the answer, unless it was invalidated', () => {
    const t = setUp();
    t.hit('a', 'disk');
    t.miss('a');
    expect(t.hits(0)).toEqual([1, 1, 1, 1, 1, 1]);

    t.fence('a', 1);
    t.miss('a');
    expect(t.hits(0)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('an entry that is no longer fresh is no hit', () => {
    const t = setUp();
    t.hit('a', 'disk');
    t.wait(HOUR_MS);
    t.miss('a');

    expect(t.hits(0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('repeated hits within a second count with the next look', () => {
    const t = setUp();
    const entry = t.hit('a', 'disk');
    for (let at = 0; at < 5; at += 1) t.simulation.hit({ entry, tier: 'memory' });
    expect(t.hits(0)).toEqual([0, 0, 0, 0, 0, 0]);
    t.wait(1000);
    t.simulation.hit({ entry, tier: 'memory' });

    const { counts } = t.simulation.report();
    expect(t.hits(0)).toEqual([6, 6, 6, 6, 6, 6]);
    expect([counts.all, counts.sampled]).toEqual([7, 7]);
    expect([...t.model().hits]).toEqual([7, 7, 7, 7, 7, 7]);
  });

  test('what happened is counted beside: by tier, and how long lower tiers took', () => {
    const t = setUp();
    t.hit('a', 'disk');
    t.hit('a', 'memory');
    t.miss('b');
    t.simulation.lookedUp(2);

    const { counts } = t.simulation.report();
    expect(counts.all).toBe(3);
    expect(counts.tiers.map(({ hits }) => hits)).toEqual([1, 2]);
    expect([counts.lowerLookups, counts.lowerMs]).toEqual([1, 2]);
  });
});

describe('lifetimes', () => {
  test('answers live for a quarter to eight times as long', () => {
    const t = setUp();
    t.miss('a');
    t.wait(HOUR_MS * 1.5);
    t.miss('a');

    expect([...t.model().hits]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('an invalidation ends all of them', () => {
    const t = setUp();
    t.hit('a', 'disk');
    t.fence('a', 1);
    t.wait(1000);
    t.miss('a');

    expect([...t.model().hits]).toEqual([1, 1, 1, 1, 1, 1]); // the first look-up alone
  });

  test('an answer whose computation limits it lives no longer', () => {
    const t = setUp();
    const now = 1_000_000_000_000;
    t.hit('a', 'disk', { freshUntil: now + 60_000, staleUntil: now + 60_000 });
    t.wait(61_000);
    t.miss('a');

    expect([...t.model().hits]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('a computation that gave the answer of before is unchanged', () => {
    const t = setUp();
    t.hit('a', 'disk', { runSeq: 1, digest: 'x' });
    t.hit('a', 'disk', { runSeq: 2, digest: 'x' });
    t.hit('a', 'disk', { runSeq: 3, digest: 'y' });
    t.hit('b', 'disk', { runSeq: 4, digest: '' });
    t.hit('b', 'disk', { runSeq: 5, digest: '' });

    expect([t.model().recomputed, t.model().unchanged]).toEqual([3, 1]);
  });
});

test('at most maxKeys keys are followed, and the others still count', () => {
  const t = setUp({ maxKeys: 100 });
  for (let round = 0; round < 2; round += 1)
    for (let at = 0; at < 1000; at += 1) t.hit(`key ${at}`, 'disk');

  const { counts, followedKeys } = t.simulation.report();
  expect(followedKeys).toBeLessThanOrEqual(100);
  expect(followedKeys).toBeGreaterThan(10);
  expect(counts.all).toBe(2000);
  expect(Math.abs(counts.sampled / counts.all - 1)).toBeLessThan(0.4);
});

test('keys that nobody asked for within a day make room before others do', () => {
  const t = setUp({ maxKeys: 100 });
  for (let at = 0; at < 60; at += 1) t.hit(`old ${at}`, 'disk');
  t.wait(25 * HOUR_MS);
  for (let at = 0; at < 60; at += 1) t.hit(`new ${at}`, 'disk');

  const { counts, followedKeys } = t.simulation.report();
  expect(followedKeys).toBe(60);
  expect(counts.sampled).toBe(counts.all); // no key was left out
});

test('counts are of one to two days', () => {
  const t = setUp();
  t.miss('a');
  t.wait(25 * HOUR_MS);
  t.miss('a');
  expect(t.simulation.report().counts.all).toBe(2);

  t.wait(25 * HOUR_MS);
  t.miss('a');
  expect(t.simulation.report().counts.all).toBe(2);
});

test('a sample that has too much of what is hot says so and is corrected', () => {
  expect(shareOf({ all: 100, sampled: 100 }, 40).ratio).toBe(0.4);
  expect(shareOf({ all: 100, sampled: 140 }, 80)).toEqual({ ratio: 0.4, hits: 40 });
  expect(shareOf({ all: 100, sampled: 60 }, 0).ratio).toBe(0.4);
  expect(shareOf({ all: 0, sampled: 0 }, 0).ratio).toBe(0);
  expect(FACTORS).toContain(1);
});
