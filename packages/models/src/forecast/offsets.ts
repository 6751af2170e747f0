/**
 * The local time of a series. Its own offset from UTC decides which day, weekday, month or holiday
 * a row belongs to; inside, dates are seconds of this local time.
 *
 *  - One offset in all rows: that one.
 *  - Offsets that differ by at most an hour and change at most a few times a year belong to a place
 *    with summer time. Every row keeps its own, and later dates have the last one.
 *  - Other mixtures are instants written in different zones: all are read in UTC.
 */
import { DAY_SECONDS } from './calendar.ts';

/** From which local second on an offset (seconds east of UTC) holds, ascending. Empty: no zone. */
export type Offsets = readonly (readonly [from: number, offset: number])[];

/** Timestamps as they were read. */
export interface Instants {
  /** UNIX seconds; without a zone the local time, as if it were UTC. */
  readonly ds: readonly number[];
  /** Seconds east of UTC of each; undefined if none has a zone. */
  readonly zones: readonly number[] | undefined;
}

const SUMMER_TIME_SECONDS = 3600;
const CHANGES_PER_YEAR = 4;

/** @param rows All timestamps that share a local time. */
export function offsetsOf(rows: Instants): Offsets {
  const { ds, zones } = rows;
  if (zones === undefined) return [];
  let [least, most] = [zones[0] as number, zones[0] as number];
  let first = 0;
  for (let at = 1; at < ds.length; at += 1) {
    least = Math.min(least, zones[at] as number);
    most = Math.max(most, zones[at] as number);
    if ((ds[at] as number) < (ds[first] as number)) first = at;
  }
  if (most === least) return [[(ds[first] as number) + least, least]];
  const utc: Offsets = [[ds[first] as number, 0]];
  return most - least <= SUMMER_TIME_SECONDS ? (changesOf(rows) ?? utc) : utc;
}

/** The local seconds of rows, in their order. */
export function localTimes({ ds, zones }: Instants, offsets: Offsets): number[] {
  if (zones === undefined || offsets.length === 0) return ds as number[];
  return ds.map((seconds, at) => localTime(seconds, zones[at] as number, offsets));
}

/** The local seconds of an instant: as it is written if the series has that offset, too, or no zone. */
export function localTime(seconds: number, zone: number, offsets: Offsets): number {
  const own = offsets.length === 0 || offsets.some(([, offset]) => offset === zone);
  return seconds + (own ? zone : (offsets.at(-1)?.[1] ?? 0));
}

/** The offset at a local second. */
export function offsetAt(offsets: Offsets, local: number): number {
  let at = offsets.length - 1;
  while (at > 0 && (offsets[at]?.[0] as number) > local) at -= 1;
  return offsets[at]?.[1] ?? 0;
}

/** Undefined: more changes than a place has. */
function changesOf({ ds, zones = [] }: Instants): Offsets | undefined {
  const order = Uint32Array.from(ds, (_, at) => at).sort(
    (a, b) => (ds[a] as number) - (ds[b] as number),
  );
  const changes: [number, number][] = [];
  for (const at of order) {
    const offset = zones[at] as number;
    if (offset !== changes.at(-1)?.[1]) changes.push([(ds[at] as number) + offset, offset]);
  }
  const span = (ds[order.at(-1) as number] as number) - (ds[order[0] as number] as number);
  const years = span / (365 * DAY_SECONDS);
  return changes.length - 1 <= CHANGES_PER_YEAR * (years + 1) ? changes : undefined;
}
