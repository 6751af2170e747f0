/**
 * How a series is put before Stan, and its parameters read: scales, changepoints and columns, all
 * of them as Prophet makes them (`setup_dataframe` and `set_changepoints` of its forecaster.py).
 * A frame is small, plain JSON; it and the fitted parameters are all that a prediction needs.
 */
import type { FitOptions } from '../forecast/fit-options.ts';
import { columnOf, type Rows, type Series } from './answer-rows.ts';
import { type Block, blocksOf } from './features.ts';
import type { HolidayDays } from './holidays.ts';

export interface Frame {
  /** UNIX seconds of the first and the last point: scaled time 0 and 1. */
  readonly first: number;
  readonly last: number;
  /** y is scaled to (y - floor) / yScale. */
  readonly yScale: number;
  /** null: the column `floor`. */
  readonly floor: number | null;
  /** In scaled time, ascending. */
  readonly changepoints: readonly number[];
  readonly blocks: readonly Block[];
}

export function frameOf(series: Series, options: FitOptions, holidays: HolidayDays): Frame {
  const { ds } = series;
  const first = ds[0] as number;
  const last = ds.at(-1) as number;
  return {
    first,
    last,
    ...scalesOf(series, options),
    changepoints: changepointsOf(ds, options).map((at) => (at - first) / (last - first)),
    blocks: blocksOf(series, options, holidays),
  };
}

export function scaledTime(
  { first, last }: Pick<Frame, 'first' | 'last'>,
  ds: readonly number[],
): Float64Array {
  const t = new Float64Array(ds.length);
  for (let at = 0; at < t.length; at += 1) t[at] = ((ds[at] as number) - first) / (last - first);
  return t;
}

export function scaledY({ yScale, floor }: Frame, series: Series): Float64Array {
  const y = new Float64Array(series.y);
  const column = floor === null ? columnOf(series, 'floor') : undefined;
  for (let at = 0; at < y.length; at += 1)
    y[at] = ((y[at] as number) - (column ? (column[at] as number) : (floor as number))) / yScale;
  return y;
}

export function floorAt({ floor }: Frame, rows: Rows): readonly number[] {
  return floor === null ? columnOf(rows, 'floor') : new Array<number>(rows.ds.length).fill(floor);
}

/** Scaled capacities; empty unless growth is logistic. */
export function scaledCap(frame: Frame, options: FitOptions, rows: Rows): number[] {
  if (options.growth !== 'logistic') return [];
  const cap = options.cap === null ? columnOf(rows, 'cap') : rows.ds.map(() => options.cap);
  const floor = floorAt(frame, rows);
  return cap.map((value, at) => ((value as number) - (floor[at] as number)) / frame.yScale);
}

function scalesOf(series: Series, options: FitOptions): Pick<Frame, 'yScale' | 'floor'> {
  const { y } = series;
  const minmax = options.scaling === 'minmax';
  const column = options.growth === 'logistic' && series.extra.floor;
  if (options.growth === 'logistic' && (options.floor !== null || column)) {
    const floor = column || y.map(() => options.floor as number);
    const cap = options.cap === null ? largest(columnOf(series, 'cap')) : options.cap;
    const yScale = minmax
      ? cap - smallest(floor)
      : largest(y.map((value, at) => Math.abs(value - (floor[at] as number))));
    return { yScale: yScale || 1, floor: options.floor };
  }
  const least = smallest(y);
  if (!minmax) return { yScale: Math.max(largest(y), -least) || 1, floor: 0 };
  return { yScale: largest(y) - least || 1, floor: least };
}

function changepointsOf(ds: readonly number[], options: FitOptions): readonly number[] {
  if (options.growth === 'flat') return [];
  if (options.changepoints !== null) return options.changepoints;
  const size = Math.floor(ds.length * options.changepoint_range);
  const count = Math.min(options.n_changepoints, size - 1);
  return Array.from({ length: Math.max(0, count) }, (_, at) => {
    const row = halfToEven(((at + 1) * (size - 1)) / count);
    return ds[row] as number;
  });
}

/** As numpy rounds. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

function smallest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}
