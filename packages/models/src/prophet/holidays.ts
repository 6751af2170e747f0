import { civilDate, DAY_SECONDS } from '../forecast/calendar.ts';
import { countryHolidays } from '../forecast/country-holidays.ts';
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

/**
 * The holidays of `options`, those of a country in the years of `ds` (UNIX seconds). One of the
 * country with the name of an own one adds its days to it.
 */
export function holidayDays(options: FitOptions, ds: readonly number[]): HolidayDays {
  const holidays = new Map<string, { prior: number; offsets: Map<number, Set<number>> }>();
  const add = (name: string, prior: number, offset: number, days: Iterable<number>) => {
    const known = holidays.get(name) ?? { prior, offsets: new Map<number, Set<number>>() };
    holidays.set(name, known);
    const before = known.offsets.get(offset) ?? [];
    known.offsets.set(offset, new Set([...before, ...days]));
  };
  for (const { holiday, offset, prior_scale, days } of options.holidays)
    add(holiday, prior_scale, offset, days);
  if (options.country_holidays !== null) {
    const { country, prior_scale } = options.country_holidays;
    const years = new Set(ds.map((at) => civilDate(Math.floor(at / DAY_SECONDS)).year));
    for (const [name, days] of countryHolidays(country, years)) add(name, prior_scale, 0, days);
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
