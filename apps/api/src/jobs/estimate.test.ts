import type { Lane } from '@deja/jobs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Estimator } from './estimate.ts';
import type { LaneWork, Work } from './work.ts';

// The clock stands still, or a busy machine would count as waiting.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(10_000));
afterEach(() => void vi.restoreAllMocks());

const quiet = { queued: 0, retrying: 0, running: 0, oldestMs: 0, averageMs: undefined };
const lanesWith = (busy: Partial<Record<Lane, Partial<LaneWork>>>): LaneWork[] =>
  (['short', 'long', 'bulk', 'refresh'] as const).map((lane) => ({
    ...quiet,
    lane,
    ...busy[lane],
  }));

function estimatorWith({ ageMs = 0, ...more }: Partial<Work> & { ageMs?: number }) {
  const work: Work = {
    ...{ lanes: lanesWith({}), models: new Map(), usualMs: new Map(), openRuns: 0, workers: [] },
    ...{ slots: 1, leftMs: [], readAt: performance.now() - ageMs },
    ...more,
  };
  const ratios: number[] = [];
  const estimator = new Estimator({ peek: () => work }, (_lane, ratio) => ratios.push(ratio));
  return { estimator, ratios };
}

const wait = (place: number | undefined, more = {}) => ({
  ...({ lane: 'long', place, runningMs: undefined, usualMs: 1000 } as const),
  ...more,
});

test('a run behind others waits for as many rounds as the slots need', () => {
  const { estimator } = estimatorWith({ slots: 4 });
  const leftMs = (place: number) => estimator.leftMs(wait(place));

  expect([0, 3, 4, 11].map(leftMs)).toEqual([1000, 1000, 2000, 3000]);
});

test('it waits for what is left of the runs that are computed', () => {
  const { estimator } = estimatorWith({ slots: 3, leftMs: [700, 200] });
  const leftMs = (place: number) => estimator.leftMs(wait(place));

  expect([0, 1, 2, 3].map(leftMs)).toEqual([1000, 1200, 1700, 2000]);
});

test('others before it take as long as their models usually do', () => {
  const { estimator } = estimatorWith({
    lanes: lanesWith({ long: { queued: 3, averageMs: 5000 } }),
  });

  expect(estimator.leftMs(wait(2))).toBe(11_000);
});

test('bulk work waits for all long work as well', () => {
  const lanes = lanesWith({
    long: { queued: 2, averageMs: 3000 },
    bulk: { queued: 2, averageMs: 1000 },
  });
  const { estimator } = estimatorWith({ lanes });

  expect(estimator.leftMs(wait(2, { lane: 'bulk' }))).toBe(9000);
  expect(estimator.leftMs(wait(2, { lane: 'long' }))).toBe(7000);
});

test('where work waits, a slot that became free since has begun the next run', () => {
  const lanes = lanesWith({ long: { queued: 5, averageMs: 1000 } });
  const { estimator } = estimatorWith({ lanes, leftMs: [300], ageMs: 800 });

  expect(estimator.leftMs(wait(0))).toBe(1500);
});

test('a run that has started takes what is left of the usual time', () => {
  const { estimator } = estimatorWith({});

  expect(estimator.leftMs(wait(undefined, { runningMs: 400 }))).toBe(600);
  expect(estimator.leftMs(wait(undefined, { runningMs: 5000 }))).toBe(0);
});

test('there is no estimate before a run of the model has ended', () => {
  const { estimator } = estimatorWith({});

  expect(estimator.leftMs(wait(7, { usualMs: undefined }))).toBeUndefined();
});

test('what was told of waits of 2 s and more is compared with what came, once a run', () => {
  const { estimator, ratios } = estimatorWith({});
  estimator.tell('long', wait(9));
  estimator.tell('long', wait(99));
  estimator.tell('short', wait(0));
  estimator.tell('failed', wait(9));

  estimator.ended('long', true);
  estimator.ended('long', true);
  estimator.ended('short', true);
  estimator.ended('failed', false);
  estimator.ended('unknown', true);

  expect(ratios).toHaveLength(1);
  expect(ratios[0]).toBeGreaterThan(100); // it was to take 10 s, and took none
});
