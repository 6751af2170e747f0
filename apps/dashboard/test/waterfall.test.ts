import { expect, test } from 'vitest';
import type { JobOfRun, RunDetail } from '../src/api/run-documents.ts';
import { layWaterfall, ticksFor } from '../src/views/waterfall.ts';

const T0 = Date.UTC(2026, 10, 26, 14, 31);
const at = (s: number) => new Date(T0 + s * 1000).toISOString();
const job = (id: string, askedS: number, more: Partial<JobOfRun> = {}): JobOfRun => ({
  ...{ job_id: id, status: 'succeeded', asked_at: at(askedS), how: 'wait' },
  ...{ tenant: 'default', deduplicated: false, deadline_at: at(60), ...more },
});
const run = (more: Partial<RunDetail>): RunDetail => ({
  ...{ run: 'r', state: 'queued', model: { name: 'forecast', version: 4 }, lane: 'long' },
  ...{ cache_key: 'k', job_count: 1, created_at: at(0), waited_s: 0, tries: 0, max_tries: 3 },
  ...{ tenant: 'default', stored: true, attempts: [], stages: [], jobs: [job('a', 0)], ...more },
});

test('a run that ended shows its waits, its tries with their steps, and every job', () => {
  const fall = layWaterfall(
    run({
      ...{ state: 'succeeded', started_at: at(2), finished_at: at(9), tries: 2 },
      attempts: [
        {
          ...{ try: 1, host: 'fra-3', lane: 'long', began_at: at(2), took_s: 1, outcome: 'failed' },
          ...{ code: 'OUT_OF_MEMORY', steps: [] },
        },
        {
          ...{ try: 2, host: 'fra-1', lane: 'long', began_at: at(4), took_s: 5 },
          ...{ outcome: 'answered' },
          steps: [
            { step: 'compute', at: at(4), took_s: 4.8 },
            { step: 'store', at: at(8.8), took_s: 0.2 },
          ],
        },
      ],
      jobs: [job('a', 0, { told_at: at(9) }), job('b', 3, { told_at: at(9.5), how: 'webhook' })],
    }),
    T0 + 60_000,
  );

  expect(fall.steps.map(({ name, kind, fromS, toS }) => [name, kind, fromS, toS])).toEqual([
    ['queued', 'queued', 0, 2],
    ['try 1: failed', 'failed', 2, 3],
    ['queued again', 'queued', 3, 4],
    ['try 2: compute', 'running', 4, 8.8],
    ['try 2: store', 'hit', 8.8, 9],
  ]);
  expect(fall.jobs.map(({ fromS, toS, note, isTold }) => [fromS, toS, note, isTold])).toEqual([
    [0, 9, 'waits', true],
    [3, 9.5, 'webhook', true],
  ]);
  expect([fall.endS, fall.lengthS]).toEqual([9, 9.5]);
});

test('a run under way is open until now, and so are its jobs', () => {
  const fall = layWaterfall(
    run({ ...{ state: 'running', started_at: at(1) }, jobs: [job('a', 0, { status: 'running' })] }),
    T0 + 5000,
  );

  expect(fall.steps.map(({ kind, fromS, toS, isOpen }) => [kind, fromS, toS, isOpen])).toEqual([
    ['queued', 0, 1, false],
    ['running', 1, 5, true],
  ]);
  expect(fall.jobs).toMatchObject([{ isOpen: true, toS: 5 }]);
  expect(fall.endS).toBeUndefined();
});

test('a job that left is drawn until it left, and says so', () => {
  const left = job('a', 0, { status: 'canceled', finished_at: at(3) });
  const fall = layWaterfall(run({ state: 'queued', jobs: [left] }), T0 + 5000);

  expect(fall.jobs).toMatchObject([
    { toS: 3, isOpen: false, isTold: false, note: 'waits, canceled' },
  ]);
  expect(fall.steps).toMatchObject([{ kind: 'queued', isOpen: true, toS: 5 }]);
});

test('ticks are round and few', () => {
  for (const lengthS of [0.001, 0.08, 1, 9.5, 61, 4000]) {
    const ticks = ticksFor(lengthS);
    expect(ticks[0]).toBe(0);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.length).toBeLessThanOrEqual(7);
  }
  expect(ticksFor(9.5)).toEqual([0, 2, 4, 6, 8]);
});
