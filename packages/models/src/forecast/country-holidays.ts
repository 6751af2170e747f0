/**
 * The public holidays of a country, from the `date-holidays` package. The package is loaded on
 * first use, because loading takes 0.1 s and hardly any request names a country.
 */
import { createRequire } from 'node:module';
import type Holidays from 'date-holidays';
import { InputError } from '../errors.ts';
import { DAY_SECONDS } from './calendar.ts';

/** The package's rules cover only these years; other years have no holidays here. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;

let loaded: typeof Holidays | undefined;

function load(): typeof Holidays {
  const required = loaded ?? (createRequire(import.meta.url)('date-holidays') as typeof Holidays);
  loaded = required;
  return required;
}

/** Throws `InputError` unless `country` is a code that the package knows. */
export function refuseUnknownCountry(country: string): void {
  if (Object.hasOwn(new (load())().getCountries(), country)) return;
  const message = `no holidays are known of "${country}": send a country's ISO 3166-1 code, e.g. "US"`;
  throw new InputError([{ path: '/options/country_holidays', message }]);
}

/** Day numbers since 1970 of the public holidays of some years, by English name. */
export function countryHolidays(
  country: string,
  years: ReadonlySet<number>,
): Map<string, Set<number>> {
  const days = new Map<string, Set<number>>();
  for (const year of years)
    for (const [name, ofYear] of yearHolidays(country, year)) {
      const known = days.get(name) ?? new Set();
      days.set(name, known);
      for (const day of ofYear) known.add(day);
    }
  return days;
}

type NamedDays = readonly (readonly [name: string, days: readonly number[]])[];

/** A year of a country takes the package 0.5 ms and more: what was worked out is kept. */
const MAX_KEPT_YEARS = 2000;
const kept = new Map<string, NamedDays>();
const calendars = new Map<string, Holidays>();

function yearHolidays(country: string, year: number): NamedDays {
  if (year < FIRST_YEAR || year > LAST_YEAR) return [];
  const key = `${country} ${year}`;
  const known = kept.get(key) ?? workedOut(country, year);
  if (kept.size >= MAX_KEPT_YEARS) kept.clear();
  kept.set(key, known);
  return known;
}

function workedOut(country: string, year: number): NamedDays {
  const calendar = calendars.get(country) ?? new (load())(country, { types: ['public'] });
  calendars.set(country, calendar);
  return calendar.getHolidays(year, 'en').map(({ name, date, start, end }) => {
    const first = Date.parse(date.slice(0, 10)) / 1000 / DAY_SECONDS;
    const count = Math.max(1, Math.round((end.getTime() - start.getTime()) / 1000 / DAY_SECONDS));
    return [name, Array.from({ length: count }, (_, at) => first + at)];
  });
}
