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
  const calendar = new (load())(country, { types: ['public'] });
  for (const year of years) {
    if (year < FIRST_YEAR || year > LAST_YEAR) continue;
    for (const { name, date, start, end } of calendar.getHolidays(year, 'en')) {
      const known = days.get(name) ?? new Set();
      days.set(name, known);
      const first = Date.parse(date.slice(0, 10)) / 1000 / DAY_SECONDS;
      const count = Math.max(1, Math.round((end.getTime() - start.getTime()) / 1000 / DAY_SECONDS));
      for (let day = first; day < first + count; day += 1) known.add(day);
    }
  }
  return days;
}
