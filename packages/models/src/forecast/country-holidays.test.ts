import { expect, test } from 'vitest';
import { civilDate, DAY_SECONDS } from './calendar.ts';
import { countryCode, countryHolidays } from './country-holidays.ts';

const written = (day: number) => new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
const inYears = (first: number, last: number) =>
  new Set(Array.from({ length: last - first + 1 }, (_, at) => first + at));
const datesOf = (country: string, name: RegExp, [first, last]: [number, number]) => {
  const days = [...countryHolidays(country, inYears(first, last))]
    .filter(([holiday]) => name.test(holiday))
    .flatMap(([, of]) => [...of])
    .filter((day) => civilDate(day).year >= first);
  return [...new Set(days)].sort((a, b) => a - b).map(written);
};
/** `2018-06-15 3`: a feast of three days. */
const feasts = (list: string) =>
  list.split(', ').flatMap((feast) => {
    const [first = '', count] = feast.split(' ');
    const day = Date.parse(first) / 1000 / DAY_SECONDS;
    return Array.from({ length: Number(count) }, (_, at) => written(day + at));
  });

// `generated_holidays` of Prophet 1.0 for R.
test('the feasts of Turkey have the days that R has', () => {
  expect(datesOf('TR', /Ramadan/, [2018, 2024])).toEqual(
    feasts(
      '2018-06-15 3, 2019-06-04 3, 2020-05-24 3, 2021-05-13 3, 2022-05-02 3, 2023-04-21 3, 2024-04-10 3',
    ),
  );
  expect(datesOf('TR', /Sacrifice/, [2018, 2024])).toEqual(
    feasts(
      '2018-08-21 4, 2019-08-11 4, 2020-07-31 4, 2021-07-20 4, 2022-07-09 4, 2023-06-28 4, 2024-06-16 4',
    ),
  );
  const all = [...countryHolidays('TR', inYears(2018, 2024)).values()].flatMap((of) => [...of]);
  expect(new Set(all.filter((day) => civilDate(day).year >= 2018)).size).toBe(97);
});

test('a feast over New Year belongs to both years', () => {
  expect(datesOf('TR', /Sacrifice/, [2007, 2007]).slice(0, 3)).toEqual(feasts('2007-01-01 3'));
});

test.each([
  ['a day on which the clock changes', 'BA', /Fitr/, [2025, 2025], '2025-03-30 3'],
  ['one when it is put back', 'ME', /Sacrifice/, [2012, 2012], '2012-10-26 3'],
  ['two days', 'ME', /Pesach/, [2021, 2021], '2021-03-28 2'],
  ['half a day', 'IS', /Christmas Eve/, [2018, 2018], '2018-12-24 1'],
  ['two holidays of a day', 'ID', /Fitr/, [2023, 2023], '2023-04-21 2'],
  ['Easter, when the clock changes', 'DK', /^Easter Sunday/, [2024, 2024], '2024-03-31 1'],
] as const)('%s in %s', (_, country, name, [first, last], expected) => {
  expect(datesOf(country, name, [first, last])).toEqual(feasts(expected));
});

test('a part of a country has its own holidays beside those of the country', () => {
  expect(datesOf('US-CA', /Chávez/, [2023, 2023])).toEqual(['2023-03-31']);
  expect(datesOf('US', /Chávez/, [2023, 2023])).toEqual([]);
  expect(datesOf('DE-BY', /Epiphany/, [2023, 2023])).toEqual(['2023-01-06']);
  expect(datesOf('DE-BY', /Christmas Day/, [2023, 2023])).toEqual(['2023-12-25']);
});

test('codes are those of ISO 3166, however they are written', () => {
  const codes = ['us', 'USA', 'uk', 'gbr', 'us-ca', 'DE-BY', ' deu-by ', 'EL', 'TU'].map(
    countryCode,
  );

  expect(codes.map(({ code }) => code)).toEqual('US US GB GB US-CA DE-BY DE-BY GR TR'.split(' '));
  for (const unknown of ['', 'XX', 'XXX', 'Germany', 'US-', 'US-XX', 'constructor', 'US-__proto__'])
    expect(countryCode(unknown)).toMatchObject({ code: undefined });
});
