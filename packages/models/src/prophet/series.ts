/** From a normalised input to the rows that are learnt from, and those that are asked about. */
import { type Freq, parseFreq } from '../forecast/freq.ts';
import { futureDates } from '../forecast/future-dates.ts';
import type { ForecastInput } from '../forecast/input.ts';
import type { Rows, Series } from './answer-rows.ts';

/** The points that have a y. Gaps are left out of the fit, as in Prophet. */
export function seriesOf({ ds, y, extra }: ForecastInput): Series {
  const pick = (column: readonly number[]) =>
    y.includes(null) ? column.filter((_, at) => y[at] !== null) : column;
  return { ds: pick(ds), y: pick(y as readonly number[]), extra: eachColumn(extra ?? {}, pick) };
}

/** The dates of the answer: those of the history first, once each, if they are asked for. */
export function askedRows(input: ForecastInput): Rows {
  const { future = {}, answer } = input;
  const rows = { ds: future.ds ?? steps(input), extra: future.extra ?? {} };
  if (!answer.include_history) return rows;
  const known = input.ds.flatMap((date, at) => (date === input.ds[at - 1] ? [] : [at]));
  const pick = (column: readonly number[]) => known.map((at) => column[at] as number);
  const history = eachColumn(input.extra ?? {}, pick);
  return {
    ds: [...pick(input.ds), ...rows.ds],
    extra: eachColumn(rows.extra, (column, name) => [...(history[name] ?? []), ...column]),
  };
}

function steps({ freq, ds, periods }: ForecastInput): number[] {
  return futureDates(parseFreq(freq) as Freq, ds.at(-1) as number, periods);
}

function eachColumn(
  columns: Rows['extra'],
  map: (column: readonly number[], name: string) => readonly number[],
): Rows['extra'] {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, map(column, name)]),
  );
}
