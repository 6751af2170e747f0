import { expect, test } from 'vitest';
import type { Overview } from '../src/api/documents.ts';
import { hasNothing, headlineOf, looksOf } from '../src/views/headline.ts';

const none = { hit: 0, stale: 0, miss: 0, bypass: 0 };
const lane = (name: 'long' | 'short', more = {}) => ({
  ...{ lane: name, queued: 0, running: 0, retrying: 0 },
  ...more,
});
const figures = (more: Partial<Overview> = {}): Overview => ({
  ...{ at: '2026-11-26T14:31:00.000Z', version: '0.2.0', replica: 'a', keys: false, since: '' },
  ...{ seconds_saved: 0, seconds_computed: 0, miss_reasons_day: {} },
  ...{ requests_per_s: { ...none, total: 0 }, requests_today: { ...none, collapsed: 0 } },
  runs: { open: 0, queued: 0, running: 0, retrying: 0, ended_last_hour: 0, failed_last_hour: 0 },
  ...{ workers: 1, slots: { slots: 2, busy: 0, wanted: 0 }, lanes: [lane('long')] },
  ...{ tiers: [], models: [], webhooks: { pending: 0, dead: 0, lag_s: 0 } },
  ...{ history: { minute_days: 7, hour_days: 90, bytes: 0 }, ...more },
});
const waiting = { open: 3, queued: 3, running: 0, retrying: 0 };
const over = { ended_last_hour: 9, failed_last_hour: 0 };

test('the headline is the answer: late, open, or quiet', () => {
  const late = [
    lane('short', { oldest_wait_s: 3 }),
    lane('long', { oldest_wait_s: 9, queued: 23 }),
  ];
  const runs = { ...waiting, ...over };

  expect(headlineOf(figures()).title).toBe('All quiet: nothing waits.');
  expect(headlineOf(figures({ runs })).title).toBe('Nothing waits longer than usual.');
  expect(headlineOf(figures({ runs, lanes: late }))).toMatchObject({
    title: 'Runs of lane long wait longer than usual.',
    link: 'See the 23 that wait',
  });
  expect(headlineOf(figures({ runs, workers: 0 })).title).toMatch(/no worker is there/);
});

test('a wait that is usual there is no headline', () => {
  const lanes = [lane('long', { oldest_wait_s: 9, usual_wait_s: 8 })];
  expect(headlineOf(figures({ runs: { ...waiting, ...over }, lanes })).title).toMatch(/^Nothing/);
});

test('what needs a look is said with where to look', () => {
  const runs = { ...waiting, queued: 0, open: 0, ended_last_hour: 9, failed_last_hour: 2 };
  const looks = looksOf(figures({ runs, webhooks: { pending: 0, dead: 3, lag_s: 0 } }));

  expect(looks.map(({ what, href }) => [what, href])).toEqual([
    ['3 webhooks are dead.', '#/webhooks'],
    ['2 runs failed in the last hour.', '#/runs?state=failed'],
  ]);
  expect(looksOf(figures())).toEqual([]);
});

test('one is not spoken of as many', () => {
  const runs = { ...waiting, open: 1, queued: 0, running: 1, ...over };
  const late = [lane('long', { oldest_wait_s: 9, queued: 1 })];

  expect(headlineOf(figures({ runs }))).toMatchObject({
    lead: '1 run is open, 1 computed now.',
    link: 'See it',
  });
  expect(headlineOf(figures({ runs, lanes: late })).link).toBe('See the run');
  expect(looksOf(figures({ webhooks: { pending: 0, dead: 1, lag_s: 0 } }))).toMatchObject([
    { what: '1 webhook is dead.', consequence: 'It is sent again only by hand.' },
  ]);
});

test('a first start is told from a quiet hour', () => {
  expect(hasNothing(figures())).toBe(true);
  expect(hasNothing(figures({ runs: { ...waiting, ...over } }))).toBe(false);
});
