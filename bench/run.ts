/** `npm run bench`, or `npm run bench -- eviction`: prints the tables and keeps them in results/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { benchAdvice } from './advice.ts';
import { benchCache } from './cache.ts';
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

const args = process.argv.slice(2);
/** `npm run bench -- many 1000`: for benchmarks that take a size. */
const size = args.map(Number).find((number) => Number.isInteger(number) && number > 0);

const BENCHMARKS: Record<string, () => Promise<Report>> = {
  advice: () => benchAdvice({ requests: 150_000, measured: 1_000_000 }),
  eviction: () => benchEviction({ requests: 150_000 }),
  cache: () => benchCache({ rounds: 31, operations: 5000 }),
  http: () => benchHttp({ rounds: 7, ms: 2000 }),
  runs: () => benchRuns({ rounds: 5, misses: 400, items: 4000 }),
  prophet: () =>
    benchProphet({
      ...{ points: [100, 300, 1000, 3000, 10_000, 50_000], rounds: 5 },
      ...{ compared: 200, cutoffs: 9, short: 102, mixed: 3000, hard: 1360 },
    }),
  'forecast-stages': () => benchForecastStages({ rounds: 15, points: [3000, 50_000] }),
  fairness: () =>
    benchFairness({
      ...{ slots: 4, runMs: 200, flood: 10_000 },
      ...{ asks: 60, everyMs: 1000, countMs: 20_000 },
    }),
  scaling: () => benchScaling({ workers: [1, 2, 4, 8, 16], runsEach: 40 }),
  shards: () => benchShards({ runs: 2000, rounds: 3, keys: 10_000 }),
  many: () => benchMany({ series: size ?? 10_000, points: 200, interactive: 200 }),
};

const names = args.filter((arg) => Number.isNaN(Number(arg)));
for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
  const bench = BENCHMARKS[name];
  if (!bench) {
    console.error(`no benchmark "${name}"; there are: ${Object.keys(BENCHMARKS).join(', ')}`);
    process.exitCode = 1;
    continue;
  }
  const report = await bench();
  const page = toMarkdown(report);
  const results = new URL('./results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${name}.md`, results), page);
  if (report.figure) writeFileSync(new URL(`${name}.svg`, results), report.figure);
  console.log(page);
}
