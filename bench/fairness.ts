/** What a flood of one tenant does to another that asks once a second, and how weights divide the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { startOwnRedis } from '@deja/local-redis';
import { flood, openSite, type Site, waitsOf } from './fairness/site.ts';
import { type Group, plotBars } from './http/plot.ts';
import type { Report, Row, Table } from './report.ts';
import { quantile } from './rounds.ts';

export interface FairnessEffort {
  readonly slots: number;
  readonly runMs: number;
  /** Runs that the one tenant opens at once. */
  readonly flood: number;
  /** How often the other one asks. */
  readonly asks: number;
  readonly everyMs: number;
  /** How long the work of both is counted. Unit: ms. */
  readonly countMs: number;
}

const A = { tenant: 'a' };
const B = { tenant: 'b' };

export async function benchFairness(effort: FairnessEffort): Promise<Report> {
  const { slots, runMs, everyMs, asks } = effort;
  await using redis = await startOwnRedis();
  const { alone, beside, idle, busy } = await waits(redis.url, effort);
  const [ofA, ofB] = await weighted(redis.url, effort);
  const p = (values: readonly number[], share: number) => quantile(values, share);
  const waitRow = (name: string, values: readonly number[]): Row => ({
    cells: [name, p(values, 0.5).toFixed(0), p(values, 0.95).toFixed(0)],
    ratio: p(values, 0.95) / p(alone, 0.95),
  });
  const tables: Table[] = [
    {
      caption: 'From asking to the end of the run',
      columns: ['', 'p50, ms', 'p95, ms'],
      ratioOf: 'times p95 alone',
      rows: [waitRow('B alone', alone), waitRow(`B while A floods`, beside)],
    },
    {
      caption: 'Slots that compute',
      columns: ['', 'of all time'],
      ratioOf: 'times A alone',
      rows: [
        { cells: ['A alone', idle.toFixed(2)], ratio: 1 },
        { cells: ['A and B', busy.toFixed(2)], ratio: busy / idle },
      ],
    },
    {
      caption: 'Both flood, weights 3 and 1',
      columns: ['', 'runs that ended'],
      ratioOf: "times B's",
      rows: [
        { cells: ['A, weight 3', `${ofA}`], ratio: ofA / ofB },
        { cells: ['B, weight 1', `${ofB}`], ratio: 1 },
      ],
    },
  ];
  const most = Math.max(2 * p(alone, 0.95), p(beside, 0.95));
  const bars = (share: number): Group['bars'] => [
    { name: 'alone', share: p(alone, share) / most },
    { name: 'beside a flood', share: p(beside, share) / most },
    { name: 'twice p95 alone', share: (2 * p(alone, 0.95)) / most },
  ];
  return {
    name: 'fairness',
    title: 'Tenants that share the workers',
    notes: [
      `A opens ${effort.flood.toLocaleString('en')} runs of ${runMs} ms at once; B asks ${asks} times, about every ${everyMs} ms. Runs go through JOIN, BullMQ, a ` +
        `worker's lane with ${slots} slots, START and FINALISE; there is no HTTP, and the model only sleeps. A run that begins is not interrupted.`,
    ],
    peers: ['bullmq', 'ioredis'],
    tables,
    figure: plotBars('From asking to the end of a run, and the work done', [
      { name: "B's p50, of the longest bar", bars: bars(0.5) },
      { name: "B's p95, of the longest bar", bars: bars(0.95) },
      {
        name: 'Work done, weights 3 and 1',
        bars: [
          { name: 'A', share: ofA / (ofA + ofB) },
          { name: 'B', share: ofB / (ofA + ofB) },
        ],
      },
    ]),
  };
}

async function waits(url: string, effort: FairnessEffort) {
  const { slots, runMs, asks, everyMs, countMs } = effort;
  await using site = await openSite({ url, slots, runMs });
  const alone = await waitsOf(site, B, { asks, everyMs });
  await flood(site, A, effort.flood);
  const idle = await busyShare(site, effort, () => delay(countMs));
  let beside: number[] = [];
  const busy = await busyShare(site, effort, async () => {
    beside = await waitsOf(site, B, { asks, everyMs });
  });
  return { alone, beside, idle, busy };
}

/** How much of all slots' time the runs take that end meanwhile. */
async function busyShare(
  site: Site,
  { slots, runMs }: FairnessEffort,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const done = () => site.done('a') + site.done('b');
  const [before, startedAt] = [done(), performance.now()];
  await meanwhile();
  return ((done() - before) * runMs) / slots / (performance.now() - startedAt);
}

async function weighted(url: string, effort: FairnessEffort): Promise<[number, number]> {
  const { slots, runMs, countMs } = effort;
  await using site = await openSite({ url, slots, runMs });
  const half = Math.ceil(effort.flood / 2);
  await Promise.all([
    flood(site, { ...A, weight: 3 }, half),
    flood(site, { ...B, weight: 1 }, half),
  ]);
  const before = [site.done('a'), site.done('b')] as const;
  await delay(countMs);
  return [site.done('a') - before[0], site.done('b') - before[1]];
}
