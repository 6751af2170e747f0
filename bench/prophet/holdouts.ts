/** Rolling holdouts: the errors of ours on points kept back, beside those of Stan's fit of the same. */
import type { Row, Table } from '../report.ts';
import { fitHere, fitInWasm, forecastFrom, prepared, problemOf } from './here.ts';
import { type Case, example, generated } from './series.ts';

const HORIZON = 30;

export function holdouts(cutoffs: number): Table {
  const multiplicative = { seasonality_mode: 'multiplicative' };
  const cases: Case[] = [
    { name: 'peyton', data: example('peyton'), options: {} },
    { name: 'peyton, US holidays', data: example('peyton'), options: { country_holidays: 'US' } },
    { name: 'peyton, multiplicative', data: example('peyton'), options: multiplicative },
    { name: 'peyton, logistic', data: example('peyton'), options: { growth: 'logistic', cap: 15 } },
    { name: 'air passengers', data: example('air'), options: {} },
    { name: 'air passengers, multiplicative', data: example('air'), options: multiplicative },
    { name: 'generated', data: generated(1500), options: {} },
  ];
  return {
    caption: `Errors on ${HORIZON} points kept back, at ${cutoffs} cutoffs`,
    columns: ['series', 'cutoffs', 'nearer than Stan at'],
    ratioOf: "rmse to Stan's, geometric mean",
    rows: cases.map((given) => rowOf(given, cutoffs)),
  };
}

function rowOf({ name, data, options }: Case, cutoffs: number): Row {
  const logs: number[] = [];
  for (let at = 1; at <= cutoffs; at += 1) {
    const end = Math.round(data.length * (0.6 + (0.4 * at) / cutoffs)) - HORIZON;
    const kept = data.slice(end, end + HORIZON);
    const future = kept.map(({ ds }) => ({ ds }));
    const input = prepared({ name, data: data.slice(0, end), options }, kept.length);
    const asked = {
      ...input,
      future: {
        ds: future.map(
          ({ ds }) => Date.parse(`${ds}Z`.replace(/^(.{10})Z$/, '$1T00:00:00Z')) / 1000,
        ),
      },
    };
    const series = problemOf(input);
    const [ours, stan] = [fitHere(series), fitInWasm(series)];
    if (!ours || !stan) continue;
    const rmse = (yhat: readonly number[]) =>
      Math.sqrt(kept.reduce((sum, { y }, i) => sum + (y - (yhat[i] ?? 0)) ** 2, 0) / kept.length);
    logs.push(Math.log(rmse(forecastFrom(asked, ours)) / rmse(forecastFrom(asked, stan))));
  }
  const mean = logs.reduce((sum, value) => sum + value, 0) / Math.max(1, logs.length);
  const nearer = logs.filter((value) => value < 0).length;
  return { cells: [name, String(logs.length), String(nearer)], ratio: Math.exp(mean) };
}
