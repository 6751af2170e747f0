/** Series of every kind, and hard ones: each ends in a forecast, and soon. */
import { hardBody } from '../../packages/models/test/hard-series.ts';
import { randomBody } from '../../packages/models/test/random-series.ts';
import type { Table } from '../report.ts';
import { cpuMs, quantile } from '../rounds.ts';
import { calibrate, computeWhole, fitHere, inputOf, prepared, problemOf } from './here.ts';

const GROWTHS = ['linear', 'flat', 'logistic'] as const;
type Growth = (typeof GROWTHS)[number];

export async function stress(count: number): Promise<Table> {
  const of = (growth: Growth) => ({ growth, times: [] as number[], refused: 0 });
  const kinds = { linear: of('linear'), flat: of('flat'), logistic: of('logistic') };
  for (let seed = 1; seed <= count; seed += 1) {
    const body = randomBody(seed) as { data: []; options: { growth: Growth } };
    const kind = kinds[body.options.growth];
    const json = JSON.stringify(prepared({ name: '', ...body }, 10));
    const start = cpuMs();
    await computeWhole(json).catch(() => {
      kind.refused += 1;
    });
    kind.times.push(cpuMs() - start);
  }
  return {
    caption: `${count} generated series of 4 to 400 points, of every kind`,
    columns: ['growth', 'forecasts', 'no fit found', 'mean, ms', '99 %, ms', 'slowest, ms'],
    ratioOf: 'slowest to mean',
    rows: GROWTHS.map((growth) => kinds[growth])
      .filter(({ times }) => times.length > 0)
      .map(({ growth, times, refused }) => {
        const ms = (share: number) => quantile(times, share).toFixed(1);
        const forecasts = String(times.length - refused);
        return {
          cells: [growth, forecasts, String(refused), mean(times).toFixed(1), ms(0.99), ms(1)],
          ratio: quantile(times, 1) / mean(times),
        };
      }),
  };
}

/** Kinds that take longest. */
const SHOWN = 8;

/** The fit alone of hard series, 34 kinds in turn, beside the calibration loop in the same minutes. */
export function hardStress(count: number): Table {
  const kinds = new Map<string, number[]>();
  const loops: number[] = [];
  let refused = 0;
  for (let seed = 0; seed < count; seed += 1) {
    const { kind, ...body } = hardBody(seed);
    const input = inputOf(body);
    const start = cpuMs();
    const isLine = new Set(input.y).size < 2;
    if (!isLine && fitHere(problemOf(input)) === undefined) refused += 1;
    const times = kinds.get(kind) ?? [];
    times.push(cpuMs() - start);
    kinds.set(kind, times);
    if (seed % 20 > 0) continue;
    const before = cpuMs();
    calibrate();
    loops.push(cpuMs() - before);
  }
  const loop = quantile(loops, 0.5);
  const row = (name: string, times: readonly number[]) => {
    const ms = (share: number) => quantile(times, share).toFixed(1);
    const cells = [name, String(times.length), mean(times).toFixed(1), ms(0.99), ms(1)];
    return { cells, ratio: quantile(times, 1) / loop };
  };
  const sorted = [...kinds].sort(([, a], [, b]) => Math.max(...b) - Math.max(...a));
  return {
    caption: `Fits of ${count} hard series of ${kinds.size} kinds: ${refused} without a fit; the kinds that take longest`,
    columns: ['kind', 'fits', 'mean, ms', '99 %, ms', 'slowest, ms'],
    ratioOf: 'slowest to the calibration loop',
    rows: [
      row('all', [...kinds.values()].flat()),
      ...sorted.slice(0, SHOWN).map(([name, times]) => row(name, times)),
    ],
  };
}

/** The clock ticks every 4 ms: the mean of many is known better than any of them. */
function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
