/** The columns of all blocks at some dates, written row by row where and when they are needed. */
import { DAY_SECONDS } from '../forecast/calendar.ts';
import { columnOf, type Rows } from './answer-rows.ts';
import { repeatingColumns, wholeSeconds } from './feature-phases.ts';
import type { Block, HolidayBlock, SeasonalityBlock } from './features.ts';
import type { HolidayDays } from './holidays.ts';
import type { FeatureRows, Repeating } from './optimiser/problem.ts';

/** Writes the columns of one block; what it leaves out is 0 already. */
type Writer = (into: Float64Array, at: number, row: number) => void;

export function featureRows(
  blocks: readonly Block[],
  rows: Rows,
  holidays: HolidayDays,
): FeatureRows {
  const repeating = repeatingColumns(blocks, rows.ds);
  const writers: Writer[] = [];
  const repeatingWriters: Writer[] = [];
  let width = 0;
  for (const block of blocks) {
    const first = width;
    width += block.width;
    if (block.kind === 'seasonality') {
      const write = seasonWriter(block, rows, first);
      (repeating?.columns.includes(first) ? repeatingWriters : writers).push(write);
    }
    if (block.kind === 'regressor') {
      const column = columnOf(rows, block.name);
      writers.push((into, at, row) => {
        into[at + first] = ((column[row] as number) - block.mean) / block.deviation;
      });
    }
  }
  if (repeating) writers.push(rememberingWriter(repeatingWriters, repeating));
  const days = holidayColumns(blocks, holidays);
  if (days.size > 0)
    writers.push((into, at, row) => {
      const columns = days.get(Math.floor((rows.ds[row] as number) / DAY_SECONDS));
      if (columns) for (const column of columns) into[at + column] = 1;
    });
  return {
    width,
    repeating,
    write(into, { offset, stride }, from, count) {
      for (let i = 0, at = offset; i < count; i += 1, at += stride) {
        into.fill(0, at, at + width);
        for (const write of writers) write(into, at, from + i);
      }
    },
  };
}

/** Each sine and cosine from the ones of the term before, by the angle sum formulas. */
function seasonWriter(block: SeasonalityBlock, rows: Rows, first: number): Writer {
  const { period, width, condition } = block;
  const seconds = wholeSeconds(block);
  const holds = condition === null ? undefined : columnOf(rows, condition);
  const { ds } = rows;
  return (into, at, row) => {
    if (holds?.[row] === 0) return;
    const time = ds[row] as number;
    // The same phase has the same angle, to the last bit.
    const turns = seconds
      ? (time - seconds * Math.floor(time / seconds)) / seconds
      : time / DAY_SECONDS / period;
    const angle = 2 * Math.PI * turns;
    const sin = Math.sin(angle);
    const cos = Math.cos(angle);
    let [s, c] = [sin, cos];
    for (let to = at + first; to < at + first + width; to += 2) {
      into[to] = s;
      into[to + 1] = c;
      const next = s * cos + c * sin;
      c = c * cos - s * sin;
      s = next;
    }
  };
}

/** Asks the writers once for each phase. */
function rememberingWriter(
  writers: readonly Writer[],
  { phases, phaseOf, columns }: Repeating,
): Writer {
  const count = columns.length;
  const table = new Float64Array(phases * count);
  const isKnown = new Uint8Array(phases);
  return (into, at, row) => {
    const phase = phaseOf(row);
    const from = phase * count;
    if (isKnown[phase] === 1) {
      for (let j = 0; j < count; j += 1)
        into[at + (columns[j] as number)] = table[from + j] as number;
      return;
    }
    for (const write of writers) write(into, at, row);
    for (let j = 0; j < count; j += 1)
      table[from + j] = into[at + (columns[j] as number)] as number;
    isKnown[phase] = 1;
  };
}

/** Which columns are 1 on a day, by its number since 1970. */
function holidayColumns(
  blocks: readonly Block[],
  holidays: HolidayDays,
): ReadonlyMap<number, readonly number[]> {
  const columns = new Map<number, number[]>();
  let first = 0;
  const add = ({ name, offsets }: HolidayBlock) => {
    for (const [at, offset] of offsets.entries())
      for (const day of holidays.daysOf(name, offset)) {
        const known = columns.get(day);
        if (known) known.push(first + at);
        else columns.set(day, [first + at]);
      }
  };
  for (const block of blocks) {
    if (block.kind === 'holiday') add(block);
    first += block.width;
  }
  return columns;
}
