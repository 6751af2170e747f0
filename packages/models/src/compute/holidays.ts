import type { FitOptions } from '../forecast/fit-options.ts';

/** The days of holidays, by name and distance. */
export interface HolidayDays {
  /** Sorted by name. */
  readonly holidays: readonly Holiday[];
  /** Day numbers since 1970. */
  daysOf(holiday: string, offset: number): ReadonlySet<number>;
}

interface Holiday {
  readonly name: string;
  readonly prior: number;
  /** Days after the holiday, ascending. */
  readonly offsets: readonly number[];
}

const NONE: ReadonlySet<number> = new Set();

/** @param ds UNIX seconds of the dates that will be asked about. */
export function holidayDays(options: FitOptions, _ds: readonly number[]): HolidayDays {
  const holidays = new Map<string, { prior: number; offsets: Map<number, Set<number>> }>();
  for (const { holiday, offset, prior_scale, days } of options.holidays) {
    const known = holidays.get(holiday) ?? { prior: prior_scale, offsets: new Map() };
    holidays.set(holiday, known);
    known.offsets.set(offset, new Set(days));
  }
  return {
    holidays: Array.from(holidays, ([name, { prior, offsets }]) => ({
      name,
      prior,
      offsets: [...offsets.keys()].sort((a, b) => a - b),
    })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    daysOf: (holiday, offset) => holidays.get(holiday)?.offsets.get(offset) ?? NONE,
  };
}
