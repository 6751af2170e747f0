/**
 * 1,000 ordinary series of the kinds that people send, through the whole of `prepare`, against a rule
 * that shares no code with it: `Date` in UTC.
 */
import { expect, test } from 'vitest';
import { noise } from '../../test/series.ts';
import { askedRows } from '../prophet/series.ts';
import { type Freq, parseFreq } from './freq.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';
import { formatFutureDs } from './normalise.ts';

const SERIES = 1000;
const PERIODS = 8;
const model = createForecastModel();
const random = noise(2026);
const below = (count: number) => Math.floor((random() + 0.5) * count);
const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;

/** Local dates are told as the UTC dates of the same name. */
type Rule = (at: number) => Date;
const utc = (year: number, month: number, day = 1, hour = 0) =>
  new Date(Date.UTC(year, month, day, hour));
const lastOf = (year: number, month: number) => utc(year, month + 1, 0).getUTCDate();
const clipped = (year: number, month: number, day: number) =>
  utc(year, month, Math.min(day, lastOf(year, month)));
const isWeekend = (date: Date) => date.getUTCDay() === 0 || date.getUTCDay() === 6;
const businessDays = (date: Date, count: number) => {
  const found = new Date(date);
  while (isWeekend(found)) found.setUTCDate(found.getUTCDate() + 1);
  for (let left = count; left > 0; ) {
    found.setUTCDate(found.getUTCDate() + 1);
    if (!isWeekend(found)) left -= 1;
  }
  return found;
};
const towards = (date: Date, step: 1 | -1) => {
  while (isWeekend(date)) date.setUTCDate(date.getUTCDate() + step);
  return date;
};

/** Some of each: the code to send if it is not inferred, and the dates. */
const kinds: Record<string, () => { freq?: string; rule: Rule }> = {
  'a day of every month': () => {
    const [year, month, day, step] = [1990 + below(40), below(12), 1 + below(31), pick([1, 3, 12])];
    return { rule: (at) => clipped(year, month + at * step, day) };
  },
  'month ends': () => {
    const [year, month, step] = [1990 + below(40), below(12), pick([1, 2, 3, 6, 12])];
    return { rule: (at) => clipped(year, month + at * step, 31) };
  },
  'month starts': () => {
    const [year, month, step] = [1990 + below(40), below(12), pick([1, 2, 3, 6, 12])];
    return { rule: (at) => utc(year, month + at * step) };
  },
  'last business days': () => {
    const [year, month, step] = [1990 + below(40), below(12), pick([1, 3])];
    const freq = step === 1 ? pick(['BM', 'BME', 'cbme']) : `BQ-${MONTHS[month % 12]}`;
    return { freq, rule: (at) => towards(clipped(year, month + at * step, 31), -1) };
  },
  'first business days': () => {
    const [year, month] = [1990 + below(40), below(12)];
    return { freq: 'BMS', rule: (at) => towards(utc(year, month + at), 1) };
  },
  'half months': () => {
    const [year, month, isStart] = [1990 + below(40), below(12), below(2) === 0];
    const halves = isStart ? [1, 15] : [15, 31];
    return {
      freq: isStart ? 'SMS' : pick(['SM', 'SME', 'SME-15']),
      rule: (at) => clipped(year, month + Math.floor(at / 2), halves[at % 2] as number),
    };
  },
  weeks: () => {
    const [day, step] = [below(15_000), pick([1, 2, 4])];
    return { rule: (at) => new Date((day + at * 7 * step) * 86_400_000) };
  },
  days: () => {
    const [day, step] = [below(15_000), pick([1, 2, 3, 10])];
    return { rule: (at) => new Date((day + at * step) * 86_400_000) };
  },
  'business days': () => {
    const start = businessDays(new Date(below(15_000) * 86_400_000), 0);
    return { rule: (at) => businessDays(start, at) };
  },
  'hours and minutes': () => {
    const [from, step] = [below(15_000) * 86_400, pick([900, 1800, 3600, 5400, 21_600])];
    return { rule: (at) => new Date((from + at * step) * 1000) };
  },
  'business hours': () => {
    const start = businessDays(new Date(below(15_000) * 86_400_000), 0);
    return {
      freq: pick(['bh', 'BH', 'cbh']),
      rule: (at) =>
        new Date(businessDays(start, Math.floor(at / 8)).getTime() + (9 + (at % 8)) * 3_600_000),
    };
  },
};
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const OFFSETS = [undefined, 'Z', '+00', '+0530', '+10:00', '-08', ' UTC', '-03:30', '+14:00'];

test(`the dates of ${SERIES} generated series go on as their rule does`, () => {
  const wrong: unknown[] = [];
  for (let at = 0; at < SERIES; at += 1) {
    const kind = pick(Object.keys(kinds));
    const { freq, rule } = (kinds[kind] as () => { freq?: string; rule: Rule })();
    const count = 13 + below(40);
    const zone = pick(OFFSETS);
    const hasTimes = zone !== undefined || /hour/.test(kind);
    const sent = (date: Date) => {
      const text = date.toISOString();
      return hasTimes
        ? `${text.slice(0, 10)}${pick(['T', ' '])}${text.slice(11, 19)}${zone ?? ''}`
        : text.slice(0, 10);
    };
    const rows = Array.from({ length: count }, (_, i) => ({ ds: sent(rule(i)), y: random() }));
    const body = {
      model_id: 'm',
      data: below(2) === 0 ? rows : rows.toReversed(),
      periods: PERIODS,
      ...(freq && { freq }),
    };

    const input = model.prepare(body).input as ForecastInput;
    const dates = askedRows(input).ds.map(formatFutureDs(input, parseFreq(input.freq) as Freq));

    const offset = formattedZone(zone);
    const expected = Array.from({ length: PERIODS }, (_, i) => {
      const text = rule(count + i).toISOString();
      return hasTimes ? `${text.slice(0, 19)}${offset}` : text.slice(0, 10);
    });
    if (dates.join() !== expected.join() || input.freq_guessed || input.freq_of_dates)
      wrong.push({ kind, zone, freq: input.freq, last: rows.at(-1)?.ds, dates, expected });
  }

  expect(wrong).toEqual([]);
});

function formattedZone(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (/Z|UTC|00$/.test(zone) && !/[1-9]/.test(zone)) return 'Z';
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '').padEnd(2, '0')}`;
}
