/** The dates of a forecast, and the columns that the `future` rows give for them. */
import { InputError } from '../errors.ts';
import { DAY_SECONDS } from './calendar.ts';
import { formatDs, MAX_SECONDS } from './ds.ts';
import type { ExtraColumns } from './extra-columns.ts';
import type { Freq } from './freq.ts';
import { futureDates, lastFutureDate } from './future-dates.ts';
import type { Offsets } from './offsets.ts';
import type { Columns } from './rows.ts';

export interface FutureRows {
  readonly periods: number;
  /** The dates, ascending, if they are not the next `periods` steps. */
  readonly ds?: readonly number[];
  readonly extra?: ExtraColumns;
}

interface Asked {
  readonly periods: number | undefined;
  readonly rows: Columns | undefined;
  /** The columns of `rows`, in their order. */
  readonly extra: ExtraColumns;
  readonly freq: Freq;
  /** Local seconds of the last row of the series. */
  readonly last: number;
  readonly offsets: Offsets;
}

/** Throws `InputError` if there are neither periods nor rows, or if a date has no row. */
export function futureRows({ periods, rows, extra, freq, last, offsets }: Asked): FutureRows {
  if (rows === undefined) {
    if (periods === undefined)
      throw new InputError([
        { path: '/periods', message: 'missing: send periods, or future rows' },
      ]);
    refuseTooFar(freq, last, periods);
    return { periods };
  }
  const rowOf = rowsByDate(rows);
  const names = Object.keys(extra);
  const columns = (dates: readonly number[]) =>
    names.length === 0
      ? {}
      : {
          extra: Object.fromEntries(
            names.map((name) => [
              name,
              dates.map((date) => extra[name]?.[rowOf.get(date) as number] as number),
            ]),
          ),
        };
  if (periods !== undefined) {
    refuseTooFar(freq, last, periods);
    const dates = futureDates(freq, last, periods);
    const missing = dates.find((date) => !rowOf.has(date));
    if (missing !== undefined)
      throw new InputError([{ path: '/future', message: noRow(missing, offsets) }]);
    return { periods, ...columns(dates) };
  }
  const dates = [...rowOf.keys()].sort((a, b) => a - b);
  const count = dates.length;
  const next =
    lastFutureDate(freq, last, count) === dates.at(-1) &&
    futureDates(freq, last, count).every((date, at) => date === dates[at]);
  return { periods: count, ...(!next && { ds: dates }), ...columns(dates) };
}

function rowsByDate({ ds }: Columns): Map<number, number> {
  const rowOf = new Map<number, number>();
  for (const [row, date] of ds.entries()) {
    const before = rowOf.get(date);
    if (before !== undefined) {
      const message = `row ${before} has this date already`;
      throw new InputError([{ path: `/future/${row}/ds`, message }]);
    }
    rowOf.set(date, row);
  }
  return rowOf;
}

function refuseTooFar(freq: Freq, last: number, periods: number): void {
  if (lastFutureDate(freq, last, periods) > MAX_SECONDS)
    throw new InputError([{ path: '/periods', message: 'the forecast runs past the year 9999' }]);
}

function noRow(date: number, offsets: Offsets): string {
  const dateOnly = date % DAY_SECONDS === 0 && offsets.length === 0;
  const text = formatDs(date, { dateOnly, offsets });
  return `no row for ${text}, one of the dates that periods and freq ask for; without periods, the dates are those of the rows`;
}
