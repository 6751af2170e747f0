/** A window of cross-validation: the rows of a series that are learnt at a cutoff, and those that follow. */
import { InputError } from '../errors.ts';
import { type Freq, parseFreq } from '../forecast/freq.ts';
import { futureRows } from '../forecast/future-rows.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { withSaturation } from '../forecast/saturation.ts';
import { countUpTo } from './cutoffs.ts';

/** What is learnt at a cutoff, and what is then predicted: the first rows of the series, and the next. */
export interface Window {
  readonly cutoff: number;
  readonly learnt: number;
  /** The end of the rows that are predicted. */
  readonly end: number;
  /** The dates of these rows. */
  readonly periods: number;
}

export function windowAt(
  { ds }: ForecastInput,
  cutoff: number,
  horizon: number,
  path: string,
): Window {
  const learnt = countUpTo(ds, cutoff);
  const end = countUpTo(ds, cutoff + horizon);
  if (learnt < 2 || ds[0] === ds[learnt - 1]) {
    const message = 'a cutoff leaves less than two dates to learn from';
    throw new InputError([{ path, message }]);
  }
  if (end === learnt) throw new InputError([{ path, message: 'a cutoff has nothing to predict' }]);
  return { cutoff, learnt, end, periods: firstRows(ds, learnt, end).length };
}

/** The series that Prophet fits at a cutoff, and the dates that it then predicts. */
export function cutAt(whole: ForecastInput, { learnt, end }: Window): ForecastInput {
  const history = columnsOf(whole, (column) => column.slice(0, learnt));
  const last = history.ds.at(-1) as number;
  const { ds, extra = {} } = pick(whole, firstRows(whole.ds, learnt, end));
  const { periods, ...future } = futureRows({
    periods: undefined,
    rows: { ds, zones: undefined, y: [], extra: new Map(), dateOnly: false, cut: false },
    extra,
    freq: parseFreq(whole.freq) as Freq,
    last,
    offsets: whole.offsets,
  });
  const { changepoints } = whole.fit;
  const input: ForecastInput = {
    ...whole,
    ...history,
    periods,
    ...(Object.keys(future).length > 0 && { future }),
    fit: { ...whole.fit, changepoints: changepoints?.filter((at) => at < last) ?? null },
    answer: { ...whole.answer, include_history: false, components: false },
    // A model of a longer series would know the values to be predicted.
    reuse: { ...whole.reuse, max_data_change: 0 },
  };
  return input.fit.growth === 'logistic' ? withSaturation(input) : input;
}

/** Of each date of these rows the first. */
function firstRows(ds: readonly number[], from: number, end: number): number[] {
  const rows: number[] = [];
  for (let row = from; row < end; row += 1)
    if (row === from || ds[row] !== ds[row - 1]) rows.push(row);
  return rows;
}

export function pointsAfter({ ds, y }: ForecastInput, { learnt, end }: Window) {
  const values = y.slice(learnt, end);
  return ds.slice(learnt, end).map((date, at) => ({ ds: date, y: values[at] as number }));
}

export const pick = (input: ForecastInput, rows: readonly number[]) =>
  columnsOf(input, (column) => rows.map((row) => column[row] as never));

function columnsOf(
  { ds, y, extra }: ForecastInput,
  of: <T>(column: readonly T[]) => readonly T[],
): Pick<ForecastInput, 'ds' | 'y' | 'extra'> {
  return {
    ds: of(ds),
    y: of(y),
    ...(extra && {
      extra: Object.fromEntries(Object.entries(extra).map(([name, column]) => [name, of(column)])),
    }),
  };
}
