/**
 * Prophet here, in Stan's WASM build and in R, on the same series: a fit, a forecast of 30 days with
 * its bounds, and the whole computation; then how far the fits are apart, and how good they are. In each
 * round all do the same work once, in turns.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForecastModel } from '@deja/models';
import { differences } from './prophet/differences.ts';
import {
  calibrate,
  computeWhole,
  fitHere,
  fitInWasm,
  forecastFrom,
  prepared,
  problemOf,
} from './prophet/here.ts';
import { holdouts } from './prophet/holdouts.ts';
import { type Peer, startPeer, type Took } from './prophet/peer.ts';
import { plot } from './prophet/plot.ts';
import { bent, type Case, generated } from './prophet/series.ts';
import { short } from './prophet/short.ts';
import { hardStress, stress } from './prophet/stress.ts';
import type { Report, Row, Table } from './report.ts';
import { cpuMs, quantile } from './rounds.ts';

export interface ProphetEffort {
  /** Lengths of the series; from 10,000 on they are hourly. */
  readonly points: readonly number[];
  readonly rounds: number;
  /** Series whose fits are compared. */
  readonly compared: number;
  readonly cutoffs: number;
  /** Windows of fewer than 100 points that R fits, too. */
  readonly short: number;
  /** Series of every kind, and hard ones. */
  readonly mixed: number;
  readonly hard: number;
}

const PERIODS = 30;
const LEAST_MS = 40;
/** R takes minutes for longer series. */
const R_POINTS = 10_000;
const MULTIPLICATIVE = { seasonality_mode: 'multiplicative' };

/** Without R, with its package prophet, its columns are empty. */
export async function benchProphet(effort: ProphetEffort): Promise<Report> {
  await using resources = new AsyncDisposableStack();
  const peer = await startPeer();
  if (peer) resources.use(peer);
  const dir = await mkdtemp(join(tmpdir(), 'deja-bench-'));
  resources.defer(() => rm(dir, { recursive: true }));

  const measured: Measured[] = [];
  for (const given of casesOf(effort.points)) {
    const csv = join(dir, 'series.csv');
    await writeFile(csv, ['ds,y', ...given.data.map(({ ds, y }) => `${ds},${y}`)].join('\n'));
    measured.push(await measure(given, { peer, csv, rounds: effort.rounds }));
  }
  const version = peer ? `prophet ${peer.version} of R` : 'R (not installed here)';
  return {
    name: 'prophet',
    title: "Prophet beside Stan's WASM build and R's prophet",
    notes: [
      `Generated series with a trend, a week (a day where hourly), a year and noise of 0.3; the defaults ` +
        `otherwise. Here: ${createForecastModel().engine}; Stan: augurs-prophet-wasmstan, the fit alone; ` +
        `${version}, in its own warm process, which fits and then predicts 30 steps with 1,000 samples. ` +
        'All take turns in each round. Times are processor time, so that what else the machine does hardly ' +
        'counts. Ratios are medians over the rounds: above 1, we are faster; 1.00 where Stan traps. ' +
        'A calibration loop of 20 million multiplications runs in the same rounds.',
    ],
    peers: [],
    figure: drawn(measured, effort.points.length),
    tables: [
      fitTable(measured),
      wholeTable(measured),
      differences(effort.compared),
      holdouts(effort.cutoffs),
      ...(peer ? [await short(peer, join(dir, 'short.csv'), effort.short)] : []),
      await stress(effort.mixed),
      hardStress(effort.hard),
    ],
  };
}

function casesOf(points: readonly number[]): Case[] {
  const longest = Math.max(...points.filter((count) => count < 10_000));
  const data = generated(longest);
  const more: Case[] = [
    { name: `${longest} multiplicative`, data, options: MULTIPLICATIVE },
    { name: `${longest} logistic`, data, options: { growth: 'logistic', cap: 40 } },
    { name: `${longest} US holidays`, data, options: { country_holidays: 'US' } },
  ];
  const hourly = Math.max(...points);
  // A trend that bends all the time takes Stan 10 times as many iterations as a straight one.
  if (hourly >= 10_000)
    more.push({ name: `${hourly} bent`, data: bent(hourly, 1, 'hour'), options: {} });
  const plain = points.map((count): Case => {
    const step = count < 10_000 ? 'day' : 'hour';
    return { name: `${count}`, data: generated(count, step), options: {} };
  });
  return [...plain, ...more];
}

/** Of each round, in ms. */
interface Measured {
  readonly name: string;
  readonly here: number[];
  readonly stan: number[];
  readonly predict: number[];
  readonly whole: number[];
  readonly loop: number[];
  readonly r: readonly Took[];
}

async function measure(
  given: Case,
  { peer, csv, rounds }: { peer: Peer | undefined; csv: string; rounds: number },
): Promise<Measured> {
  const input = prepared(given, PERIODS);
  const json = JSON.stringify(input);
  const isPlain = Object.keys(given.options).length === 0;
  const askR = isPlain && given.data.length <= R_POINTS ? peer : undefined;
  const times = { here: [], stan: [], predict: [], whole: [], loop: [] } as Record<
    string,
    number[]
  >;
  const r: Took[] = [];
  const series = problemOf(input);
  const fit = fitHere(series) as NonNullable<ReturnType<typeof fitHere>>;
  // A series that traps would soon leave an engine that fits nothing any more.
  const stanFits = fitInWasm(series) !== undefined;
  const turn = async (keep: boolean) => {
    const work: Record<string, () => unknown> = {
      here: () => fitHere(problemOf(input)),
      ...(stanFits && { stan: () => fitInWasm(series) }),
      predict: () => forecastFrom(input, fit, 1000),
      whole: () => computeWhole(json),
      loop: calibrate,
    };
    for (const [name, run] of Object.entries(work)) {
      const ms = await spentBy(run);
      if (keep) times[name]?.push(ms);
    }
    const took = await askR?.ask(csv, PERIODS);
    if (took && keep) r.push(took);
  };
  // Stan takes a minute for a long series: one turn, and ours is warm before.
  const isLong = given.data.length >= 10_000;
  for (let warm = 0; warm < 3; warm += 1) fitHere(problemOf(input));
  if (!isLong) await turn(false);
  const turns = isLong ? 1 : rounds;
  for (let round = 0; round < turns; round += 1) await turn(true);
  return { name: given.name, r, ...times } as unknown as Measured;
}

/** A fit of the plain series, which come first. */
function drawn(measured: readonly Measured[], count: number): string {
  const plain = measured.slice(0, count);
  const curve = (name: string, times: (of: Measured) => readonly number[]) => ({
    name,
    points: plain
      .filter((of) => times(of).length > 0)
      .map((of) => [Number(of.name), quantile(times(of), 0.5)] as const),
  });
  const curves = [
    curve('here', ({ here }) => here),
    curve('Stan in WASM', ({ stan }) => stan),
    curve("R's prophet", ({ r }) => r.map(({ fitMs }) => fitMs)),
  ];
  return plot(
    'Time of a fit',
    curves.filter(({ points }) => points.length > 0),
  );
}

/** The mean of as many runs as the clock, whose ticks are 4 ms, needs to tell. Unit: ms. */
async function spentBy(run: () => unknown): Promise<number> {
  const start = cpuMs();
  let count = 0;
  let spent = 0;
  while (spent < LEAST_MS) {
    await run();
    count += 1;
    spent = cpuMs() - start;
  }
  return spent / count;
}

function fitTable(measured: readonly Measured[]): Table {
  return {
    caption: 'A fit',
    columns: ['points', 'here, ms', 'Stan in WASM, ms', 'R, ms', "R's time to ours"],
    ratioOf: "Stan's time to ours",
    rows: measured.map(({ name, here, stan, r }): Row => {
      const theirs = r.map(({ fitMs }) => fitMs);
      const toR = r.length > 0 ? ratio(theirs, here).toFixed(1) : '';
      const cells = [name, median(here), median(stan) || 'traps', median(theirs), toR];
      return { cells, ratio: stan.length > 0 ? ratio(stan, here) : 1 };
    }),
  };
}

function wholeTable(measured: readonly Measured[]): Table {
  return {
    caption: `A forecast of ${PERIODS} steps from a fit, and the whole computation`,
    columns: [
      'points',
      'forecast, ms',
      "R's forecast, ms",
      'whole computation, ms',
      "R's forecast to our whole",
      'calibration loop, ms',
    ],
    ratioOf: 'whole computation to the loop',
    rows: measured.map(({ name, predict, whole, loop, r }): Row => {
      const theirs = r.map(({ predictMs }) => predictMs);
      const toR = r.length > 0 ? ratio(theirs, whole).toFixed(1) : '';
      const cells = [name, median(predict), median(theirs), median(whole), toR, median(loop)];
      return { cells, ratio: ratio(whole, loop) };
    }),
  };
}

/** Median over the rounds. */
function ratio(theirs: readonly number[], ours: readonly number[]): number {
  return quantile(
    theirs.map((time, round) => time / (ours[round] as number)),
    0.5,
  );
}

function median(times: readonly number[]): string {
  return times.length === 0 ? '' : quantile(times, 0.5).toPrecision(3);
}
