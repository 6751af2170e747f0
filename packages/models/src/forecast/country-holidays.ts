/**
 * The public holidays of a country or a part of it, from the `date-holidays` package. The package is
 * loaded on first use, because loading takes 0.1 s and hardly any request names a country.
 */
import { createRequire } from 'node:module';
import type Holidays from 'date-holidays';
import { DAY_SECONDS } from './calendar.ts';

/** The package's rules cover only these years; other years have no holidays here. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;

let loaded: { Calendar: typeof Holidays; any: Holidays; countries: object } | undefined;

/** The names of all countries take 0.4 ms, so that they are made once. */
function load() {
  if (loaded) return loaded;
  const Calendar = createRequire(import.meta.url)('date-holidays') as typeof Holidays;
  const any = new Calendar();
  loaded = { Calendar, any, countries: any.getCountries() };
  return loaded;
}

let alpha2: Readonly<Record<string, string>> | undefined;

/** `USA` to `US`; loaded on first use, too. */
function alpha2Of(alpha3: string): string | undefined {
  alpha2 ??= (createRequire(import.meta.url)('iso-3166') as typeof import('iso-3166'))
    .iso31661Alpha3ToAlpha2;
  return alpha2[alpha3];
}

/** What people write for a country whose code is another; Prophet has TU. */
const ALIASES: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR', TU: 'TR' };

/** `US` of `us` and `USA`, `DE-BY` of `de-by`; else why there are no holidays. */
export function countryCode(
  text: string,
): { readonly code: string } | { readonly code: undefined; readonly refused: string } {
  const refuse = (why: string) => ({
    code: undefined,
    refused: `no holidays are known of ${JSON.stringify(text.slice(0, 40))}: ${why}`,
  });
  const upper = text.trim().toUpperCase();
  const parts = /^([A-Z]{2,3})(?:-([A-Z0-9]{1,4}))?(?:-([A-Z0-9]{1,4}))?$/.exec(upper);
  const [, given = '', state, region] = parts ?? [];
  const country = ALIASES[given] ?? (given.length === 3 ? alpha2Of(given) : given) ?? given;
  const { any: calendar, countries } = load();
  if (!Object.hasOwn(countries, country))
    return refuse('send an ISO 3166-1 code, such as "US", or 3166-2, such as "US-CA"');
  if (state === undefined) return { code: country };
  const states = calendar.getStates(country) ?? {};
  if (!Object.hasOwn(states, state)) return refuse(partsOf(country, states));
  if (region === undefined) return { code: `${country}-${state}` };
  const regions = calendar.getRegions(country, state) ?? {};
  if (!Object.hasOwn(regions, region)) return refuse(partsOf(`${country}-${state}`, regions));
  return { code: `${country}-${state}-${region}` };
}

function partsOf(code: string, parts: object): string {
  const names = Object.keys(parts).map((part) => `${code}-${part}`);
  return names.length === 0 ? `send "${code}"` : `send "${code}", or one of ${names.join(', ')}`;
}

/**
 * Day numbers since 1970 of the public holidays of some years, by English name. The year before each
 * counts, too: a feast can last over New Year.
 */
export function countryHolidays(
  country: string,
  years: ReadonlySet<number>,
): Map<string, Set<number>> {
  const days = new Map<string, Set<number>>();
  for (const year of new Set([...years].flatMap((year) => [year - 1, year])))
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

function calendarOf(country: string, [state, region]: readonly string[]): Holidays {
  const options = { types: ['public' as const] };
  const { Calendar } = load();
  if (state === undefined) return new Calendar(country, options);
  if (region === undefined) return new Calendar(country, state, options);
  return new Calendar(country, state, region, options);
}

function workedOut(code: string, year: number): NamedDays {
  const [country = '', ...parts] = code.split('-');
  const calendar = calendars.get(code) ?? calendarOf(country, parts);
  calendars.set(code, calendar);
  return calendar.getHolidays(year, 'en').map(({ name, date, start, end }) => {
    const first = Date.parse(date.slice(0, 10)) / 1000 / DAY_SECONDS;
    const hours = (end.getTime() - start.getTime()) / 3_600_000;
    // Feasts count from the eve at 18:00 and can end at noon: that day is no holiday. A day on which the
    // clock changes has 23 hours, and half a day is one.
    const count = Math.max(1, Math.floor((hours + 1) / 24));
    return [name, Array.from({ length: count }, (_, at) => first + at)];
  });
}
