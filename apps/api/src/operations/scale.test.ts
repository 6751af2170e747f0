/** What a scaler that follows GET /scale makes of work: simulated, with the delays of the real parts. */
import type { Lane } from '@deja/jobs';
import { expect, test } from 'vitest';
import type { Work } from '../jobs/work.ts';
import { slotsWanted } from './lane-figures.ts';

const RUN_MS = 200;
const TICK_MS = 50;
/** Workers tell what they do once a second, and figures are read once a second. */
const STALE_MS = 1000;
const POLL_MS = 5000;
/** Until a new slot computes. */
const START_MS = 2000;

interface Given {
  /** Runs that wait. */
  readonly queued?: number;
  /** For how long each run has been computed. */
  readonly forMs?: readonly number[];
  readonly lane?: Lane;
  /** 0: nobody can say. */
  readonly usualMs?: number;
  readonly slots?: number;
}

function workOf({ queued = 0, forMs = [], lane = 'long', usualMs = RUN_MS, slots }: Given): Work {
  const running = forMs.map((ms) => ({ run: 'r', model: 'm', lane, forMs: ms }));
  const about = { host: 'h', pid: 1, startedAt: 0, memoryBytes: 0, running, receivers: [] };
  const own = { id: 'w', silentMs: 0, slots: slots ?? forMs.length, models: [], about };
  const known = usualMs > 0;
  const counts = { lane, queued, retrying: 0, running: forMs.length, oldestMs: 0 };
  return {
    ...{ readAt: 0, models: new Map(), usualMs: new Map(known ? [['m', usualMs]] : []) },
    ...{ openRuns: queued + forMs.length, workers: [own], slots: own.slots, leftMs: [] },
    lanes: [{ ...counts, averageMs: known ? usualMs : undefined }],
  };
}

/** @param arrivals Runs that come at a time. @returns What the scaler wanted at each poll. */
function follow(arrivals: (atMs: number) => number, untilMs: number) {
  const wanted: number[] = [];
  const starts: number[] = [];
  let running: number[] = []; // when each has begun
  let [queued, slots, work] = [0, 0, workOf({})];
  for (let atMs = 0; atMs <= untilMs; atMs += TICK_MS) {
    queued += arrivals(atMs);
    for (; (starts[0] ?? Number.POSITIVE_INFINITY) <= atMs; starts.shift()) slots += 1;
    running = running.filter((begunMs) => begunMs + RUN_MS > atMs);
    for (; queued > 0 && running.length < slots; queued -= 1) running.push(atMs);
    const forMs = running.map((begunMs) => atMs - begunMs);
    if (atMs % STALE_MS === 0) work = workOf({ queued, forMs });
    if (atMs % POLL_MS !== 0) continue;
    const now = slotsWanted(work);
    wanted.push(now);
    for (let planned = slots + starts.length; planned < now; planned += 1)
      starts.push(atMs + START_MS);
    if (now < slots + starts.length) {
      starts.length = 0;
      slots = now;
    }
  }
  return wanted;
}

test('a burst of 600 runs of 200 ms wants twelve slots, once, and none soon after it is over', () => {
  const wanted = follow((atMs) => (atMs === POLL_MS ? 600 : 0), 60_000);

  // Seen at 5 s, computed from 7 s on, over at 17 s.
  expect(wanted.slice(0, 5)).toEqual([0, 12, 12, 12, 0]);
  expect(new Set(wanted.slice(5))).toEqual(new Set([0]));
});

test('a steady load wants the slots that it keeps busy, and does not swing', () => {
  const wanted = follow((atMs) => (atMs % 100 === 0 ? 4 : 0), 120_000); // 8 slots

  expect(Math.max(...wanted)).toBeLessThanOrEqual(12);
  expect(new Set(wanted.slice(-12))).toEqual(new Set([8]));
});

const LONG_MS = 60_000;
test.each<[what: string, given: Given, wanted: number]>([
  ['nothing', {}, 0],
  [
    'what waits for long runs gets slots beside theirs',
    { queued: 5, forMs: [0, 0], usualMs: LONG_MS },
    7,
  ],
  ['a run that nobody can say the time of', { queued: 3, usualMs: 0 }, 1],
  ['… beside such runs', { queued: 3, forMs: [0, 0], usualMs: 0 }, 3],
  ['what waits for runs that should have ended', { queued: 9, forMs: [LONG_MS], usualMs: 1000 }, 2],
  ['refreshes, however many', { queued: 500, forMs: [0, 0], lane: 'refresh' }, 0],
  [
    'short runs that share two slots',
    { forMs: [0, 9, 9, 9], lane: 'short', usualMs: 5, slots: 2 },
    2,
  ],
])('slots wanted: %s', (_, given, wanted) => {
  expect(slotsWanted(workOf(given))).toBe(wanted);
});
