/**
 * How far two fits of a series are apart: ours and Stan's, and Stan's and Stan's with the last bit of y
 * changed. That is the measure: nearer to Stan than Stan is to itself nobody can be.
 */
import type { Table } from '../report.ts';
import { quantile } from '../rounds.ts';
import { fitHere, fitInWasm, forecastFrom, prepared, problemOf } from './here.ts';
import { mixture } from './series.ts';

const PERIODS = 30;
const SHARES = [0.01, 0.05, 0.2, 1];

export function differences(count: number): Table {
  const apart = { ours: [] as number[], stans: [] as number[] };
  let failed = 0;
  for (const given of mixture(count)) {
    const input = prepared(given, PERIODS);
    const series = problemOf(input);
    const y = series.problem.y.map((value) => value * (1 + Number.EPSILON));
    const stan = fitInWasm(series);
    const again = fitInWasm({ ...series, problem: { ...series.problem, y } });
    const ours = fitHere(series);
    if (!stan || !again || !ours) {
      failed += 1;
      continue;
    }
    const expected = forecastFrom(input, stan);
    const unit = stan.sigmaObs * series.frame.yScale;
    const largest = (other: readonly number[]) =>
      other.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? 0))), 0) /
      unit;
    apart.ours.push(largest(forecastFrom(input, ours)));
    apart.stans.push(largest(forecastFrom(input, again)));
  }
  const median = (list: number[]) => (list.length > 0 ? quantile(list, 0.5) : 0);
  const row = (name: string, list: number[]) => ({
    cells: [
      name,
      ...SHARES.map((most) => {
        const within = list.filter((gap) => gap <= most).length / list.length;
        return `${(100 * within).toFixed(1)} %`;
      }),
      median(list).toPrecision(2),
    ],
    ratio: Math.max(median(list), 1e-9) / Math.max(median(apart.stans), 1e-9),
  });
  return {
    caption: `Differences of ${apart.ours.length} series (${failed} left out: Stan failed or trapped)`,
    columns: [
      'largest difference over 30 days, in units of the noise',
      ...SHARES.map((s) => `<= ${s}`),
      'median',
    ],
    ratioOf: "median to Stan's own",
    rows: [row('here and Stan', apart.ours), row('Stan and Stan, last bit of y', apart.stans)],
  };
}
