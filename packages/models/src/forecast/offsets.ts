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

/**
 * From which local second on an offset (seconds east of UTC) holds; the first one also before it. Empty:
 * no zone.
 */
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

/** The offsets of a series, and those that its `future` rows add if they are of the same place. */
export function offsetsOf(rows: Instants, future?: Instants): Offsets {
  if (rows.zones === undefined) return [];
  const all = future?.zones && {
    ds: [...rows.ds, ...future.ds],
    zones: [...rows.zones, ...future.zones],
  };
  return (all && ofOnePlace(all)) ?? ofOnePlace(rows) ?? [[0, 0]];
}

/** The local seconds of rows, in their order. */
export function localTimes({ ds, zones }: Instants, offsets: Offsets): number[] {
  if (zones === undefined || offsets.length === 0) return ds as number[];
  return ds.map((seconds, at) => localTime(seconds, zones[at] as number, offsets));
}

/** The local seconds of an instant: as it is written if the series has that offset, too, or no zone. */
export function localTime(seconds: number, zone: number, offsets: Offsets): number {
  const last = offsets.at(-1);
  if (last === undefined) return seconds + zone;
  if (offsets.length === 1) return seconds + last[1];
  return seconds + (offsets.some(([, offset]) => offset === zone) ? zone : last[1]);
}

/** The offset at a local second. */
export function offsetAt(offsets: Offsets, local: number): number {
  let at = offsets.length - 1;
  while (at > 0 && (offsets[at]?.[0] as number) > local) at -= 1;
  return offsets[at]?.[1] ?? 0;
}

/** Undefined: offsets that no place has one after the other. */
function ofOnePlace({ ds, zones = [] }: Instants): Offsets | undefined {
  let [least, most] = [Infinity, -Infinity];
  let isRising = true;
  for (let at = 0; at < ds.length; at += 1) {
    least = Math.min(least, zones[at] as number);
    most = Math.max(most, zones[at] as number);
    isRising &&= at === 0 || (ds[at] as number) >= (ds[at - 1] as number);
  }
  if (least === most) return [[0, least]];
  if (most - least > SUMMER_TIME_SECONDS) return undefined;
  const order = Uint32Array.from(ds, (_, at) => at);
  if (!isRising) order.sort((a, b) => (ds[a] as number) - (ds[b] as number));
  const changes: [number, number][] = [];
  for (const at of order) {
    const offset = zones[at] as number;
    if (offset === changes.at(-1)?.[1]) continue;
    // When the first one began does not matter; 0 keeps it out of the key.
    changes.push([changes.length === 0 ? 0 : (ds[at] as number) + offset, offset]);
  }
  const span = (ds[order.at(-1) as number] as number) - (ds[order[0] as number] as number);
  const years = span / (365 * DAY_SECONDS);
  return changes.length - 1 <= CHANGES_PER_YEAR * (years + 1) ? changes : undefined;
}
