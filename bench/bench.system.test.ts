/** Every benchmark at a tiny size, so that none of them rots. Of times nothing is said. */
import { expect, test } from 'vitest';
import { accuracyOf, benchAdvice } from './advice.ts';
import { benchCache } from './cache.ts';
import { overheadBytes } from './eviction/memory-tier.ts';
import { createTraces } from './eviction/traces.ts';
import { benchEviction } from './eviction.ts';
import { benchFairness } from './fairness.ts';
import { benchForecastStages } from './forecast-stages.ts';
import { benchHttp } from './http.ts';
import { benchMany } from './many.ts';
import { benchProphet } from './prophet.ts';
import { type Report, toMarkdown } from './report.ts';
import { benchRuns } from './runs.ts';
import { benchScaling } from './scaling.ts';
import { benchShards } from './shards.ts';

function expectWhole(report: Report): void {
  for (const { caption, columns, rows } of report.tables) {
    expect(rows.length, caption).toBeGreaterThan(1);
    for (const { cells, ratio } of rows) {
      expect(cells.length).toBe(columns.length);
      expect(Number.isFinite(ratio) && ratio > 0, `${caption}: ${cells[0]}`).toBe(true);
    }
  }
  const page = toMarkdown(report);
  expect(page).toContain(`npm run bench -- ${report.name}`);
  expect(page).not.toMatch(/unknown|undefined|NaN/);
}

test('the memory tier saves more compute time than LRU, and on no trace much less', async () => {
  const report = await benchEviction({ requests: 20_000 });

  expectWhole(report);
  // Replays of seeded traces: the same at every run.
  const ratios = report.tables.flatMap(({ rows }) => rows.map(({ ratio }) => ratio));
  expect(Math.min(...ratios)).toBeGreaterThan(0.95);
  expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeGreaterThan(1.2);
});

test('the hit ratio advised for another size is within 3 points of what that size then does', async () => {
  const [day] = createTraces(150_000);
  if (!day) throw new Error('no trace');

  const rows = await accuracyOf(day, 0.05, await overheadBytes());

  const differences = rows.map(({ cells }) => {
    const [, , factor, simulated, measured] = cells;
    return [factor, Math.abs(Number(simulated) - Number(measured))] as const;
  });
  expect(differences.filter(([factor]) => factor === '0.5' || factor === '2').length).toBe(2);
  for (const [factor, difference] of differences)
    expect(difference, `factor ${factor}`).toBeLessThan(0.03);
}, 60_000);

test('the benchmark of advice gives a finite ratio in every row', async () => {
  expectWhole(await benchAdvice({ requests: 20_000, measured: 1000 }));
}, 60_000);

test('the cache benchmark gives a finite ratio in every row', async () => {
  expectWhole(await benchCache({ rounds: 1, operations: 50 }));
}, 60_000);

test('the benchmark of runs gives a finite ratio in every row', async () => {
  expectWhole(await benchRuns({ rounds: 1, misses: 2, items: 20 }));
}, 60_000);

test('the benchmark of HITs asks Deja and its peers for the same', async () => {
  expectWhole(await benchHttp({ rounds: 1, ms: 100 }));
}, 60_000);

test('the benchmark of fairness gives a finite ratio in every row', async () => {
  const effort = { slots: 2, runMs: 20, flood: 200, asks: 5, everyMs: 50, countMs: 500 };

  expectWhole(await benchFairness(effort));
}, 60_000);

test('the scaling benchmark starts an API and workers, and gives a finite ratio in every row', async () => {
  expectWhole(await benchScaling({ workers: [1, 2], runsEach: 3 }));
}, 60_000);

test('the benchmark of shards starts a server and a Cluster, and gives a finite ratio in every row', async () => {
  expectWhole(await benchShards({ runs: 40, rounds: 1, keys: 1000 }));
}, 60_000);

test('the benchmark of many series gives a finite ratio in every row', async () => {
  expectWhole(await benchMany({ series: 40, points: 60, interactive: 4 }));
}, 60_000);

test('the benchmark of stages gives a finite ratio in every row', async () => {
  expectWhole(await benchForecastStages({ rounds: 1, points: [60, 90] }));
}, 60_000);

test('the benchmark of Prophet gives a finite ratio in every row', async () => {
  const effort = {
    points: [60, 90],
    rounds: 1,
    compared: 10,
    cutoffs: 1,
    short: 3,
    mixed: 200, // of each kind enough that the clock of processor time ticks
    hard: 34,
  };

  expectWhole(await benchProphet(effort));
}, 120_000);
