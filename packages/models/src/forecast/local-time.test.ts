/** The local time of a series: its own offset rules days, weeks, months and holidays. */
import { describe, expect, test } from 'vitest';
import { answer, context, daily, every, type Row, refusals } from '../../test/series.ts';
import { computeForecast } from '../prophet/forecast.ts';
import { DEFAULT_LIMITS } from '../settings.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';

const model = createForecastModel();
const body = (data: unknown, more: object = {}) => ({ model_id: 'm', data, periods: 3, ...more });
const input = (value: unknown) => model.prepare(value).input as ForecastInput;
const key = (value: unknown) => JSON.stringify(input(value));
const at = (dates: string[], suffix: string) =>
  dates.map((date, i): Row => ({ ds: `${date}${suffix}`, y: 10 + (i % 5) + i / 7 }));
const datesOf = async (value: unknown) => (await answer(model, value)).forecast.map(({ ds }) => ds);
const months = (count: number, year = 2023) =>
  Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(year, i, 1)).toISOString().slice(0, 10),
  );
const days = (count: number, start: string, step = 1) =>
  daily(count * step, () => 0, start)
    .map(({ ds }) => ds)
    .filter((_, i) => i % step === 0);

describe('the offset of the rows', () => {
  test.each([
    [
      'month starts',
      at(months(24), 'T00:00:00+01:00'),
      { freq: 'MS' },
      '2025-01-01T00:00:00+01:00 2025-02-01T00:00:00+01:00 2025-03-01T00:00:00+01:00',
    ],
    [
      'month starts without freq',
      at(months(24), 'T00:00:00-05:00'),
      {},
      '2025-01-01T00:00:00-05:00 2025-02-01T00:00:00-05:00 2025-03-01T00:00:00-05:00',
    ],
    [
      'Mondays',
      at(days(20, '2024-01-01', 7), 'T00:00:00+02:00'),
      { freq: 'W-MON' },
      '2024-05-20T00:00:00+02:00 2024-05-27T00:00:00+02:00 2024-06-03T00:00:00+02:00',
    ],
    [
      'weekdays',
      at(
        days(26, '2024-01-01').filter((_, i) => i % 7 < 5),
        'T00:00:00+10:00',
      ),
      {},
      '2024-01-29T00:00:00+10:00 2024-01-30T00:00:00+10:00 2024-01-31T00:00:00+10:00',
    ],
    [
      'the last days of months',
      at(
        days(24, '2024-01-31').slice(0, 1).concat(['2024-02-29', '2024-03-31', '2024-04-30']),
        ' 23:30:00-0800',
      ),
      {},
      '2024-05-31T23:30:00-08:00 2024-06-30T23:30:00-08:00 2024-07-31T23:30:00-08:00',
    ],
    [
      'hours in half-hour zones',
      at(['2024-01-01T22', '2024-01-01T23', '2024-01-02T00', '2024-01-02T01'], ':00:00+05:30'),
      {},
      '2024-01-02T02:00:00+05:30 2024-01-02T03:00:00+05:30 2024-01-02T04:00:00+05:30',
    ],
    [
      'UTC',
      at(months(12), ' 00:00:00 UTC'),
      {},
      '2024-01-01T00:00:00Z 2024-02-01T00:00:00Z 2024-03-01T00:00:00Z',
    ],
  ])('rules %s, and the answer is written with it', async (_, data, more, expected) => {
    expect(await datesOf(body(data, more))).toEqual(expected.split(' '));
  });

  test('tells the day of a holiday', async () => {
    const data = days(420, '2022-12-01').map((date) => ({
      ds: `${date}T00:00:00+10:00`,
      y: 50 + (date.endsWith('12-25') ? 30 : 0) + (Number(date.slice(8)) % 3),
    }));
    const effectOf = async (ds: string) => {
      const holidays = [{ holiday: 'own', ds }];
      const { components } = await answer(
        model,
        body(data, { options: { holidays, components: true, include_history: true } }),
      );
      return components?.holidays.own?.find((effect) => effect !== 0) ?? 0;
    };

    expect(await effectOf('2023-12-25')).toBeGreaterThan(15);
    expect(await effectOf('2023-12-25T00:00:00+10:00')).toBeGreaterThan(15);
    expect(await effectOf('2023-12-24T14:00:00Z')).toBeGreaterThan(15);
  });

  test('tells the day of a country\u2019s holiday', async () => {
    const data = days(420, '2022-12-01').map((date) => ({
      ds: `${date}T00:00:00+11:00`,
      y: 50 + (date.endsWith('12-25') ? 30 : 0) + (Number(date.slice(8)) % 3),
    }));
    const options = { country_holidays: 'AU', components: true, include_history: true };
    const { components, forecast } = await answer(model, body(data, { options }));

    const christmas = forecast.findIndex(({ ds }) => ds.startsWith('2023-12-25'));
    expect(components?.holidays['Christmas Day']?.[christmas]).toBeGreaterThan(15);
  });

  test('places changepoints and future rows that are written in another zone', () => {
    const data = at(days(40, '2024-01-01'), 'T00:00:00+02:00');
    const rows = ['2024-02-09T22:00:00Z', '2024-02-10T22:00:00Z', '2024-02-12T00:00:00+02:00'];
    const options = (ds: string) => ({ options: { changepoints: [ds] } });

    expect(key(body(data, { future: rows.map((ds) => ({ ds })) }))).toBe(key(body(data)));
    expect(key(body(data, options('2024-01-09T22:00:00Z')))).toBe(
      key(body(data, options('2024-01-10'))),
    );
  });

  test('is told by any spelling, and another one is another input', () => {
    const dates = days(20, '2024-01-01');
    const zero = ['Z', '+00:00', '+00', '+0000', ' UTC', ' +0000', '.000Z'];
    const two = ['+02:00', '+02', '+0200', ' +02:00'];

    expect(new Set(zero.map((zone) => key(body(at(dates, `T00:00:00${zone}`))))).size).toBe(1);
    expect(new Set(two.map((zone) => key(body(at(dates, ` 00:00:00${zone}`))))).size).toBe(1);
    expect(key(body(at(dates, ' 00:00:00+02')))).not.toBe(key(body(at(dates, ' 00:00:00+00'))));
  });
});

describe('summer time', () => {
  // Berlin: +02:00 from 2024-03-31 to 2024-10-27.
  const berlin = (date: string) =>
    date >= '2024-03-31' && date < '2024-10-28' ? '+02:00' : '+01:00';
  const local = (dates: string[]) =>
    dates.map((date, i): Row => ({ ds: `${date}T00:00:00${berlin(date)}`, y: 10 + (i % 7) }));

  test('months and weekdays are those of the local time', async () => {
    expect(input(body(local(months(14, 2023)))).freq).toBe('MS');
    expect(await datesOf(body(local(months(16, 2023))))).toEqual([
      '2024-05-01T00:00:00+02:00',
      '2024-06-01T00:00:00+02:00',
      '2024-07-01T00:00:00+02:00',
    ]);
    const weekdays = days(400, '2024-01-01').filter((_, i) => i % 7 < 5);
    expect(input(body(local(weekdays)))).toMatchObject({ freq: 'B', freq_guessed: false });
  });

  test('the answer says so, the history keeps its offsets, and later dates have the last one', async () => {
    const options = { include_history: true };
    const { forecast, warnings } = await answer(
      model,
      body(local(days(120, '2024-02-01')), { options }),
    );

    expect(warnings).toMatchObject([{ code: 'offset_changes' }, { code: 'series_behind' }]);
    expect(warnings[0]?.message).toContain('+02:00');
    expect(forecast[0]?.ds).toBe('2024-02-01T00:00:00+01:00');
    expect(forecast.at(-1)?.ds).toBe('2024-06-02T00:00:00+02:00');
  });

  test.each([
    ['is put forward', '2024-03-29', 120],
    ['is put back', '2024-10-24', 120],
    ['changes for a year', '2024-01-10', 8760],
  ])('hours are even while the clock %s', (_, start, count) => {
    const hours = every(3600, count, (i) => i % 24, start).map(({ ds, y }) => {
      const utc = Date.parse(`${ds}Z`);
      const isSummer = utc >= Date.UTC(2024, 2, 31, 1) && utc < Date.UTC(2024, 9, 27, 1);
      const offset = isSummer ? 2 : 1;
      const wall = new Date(utc + offset * 3_600_000).toISOString().slice(0, 19);
      return { ds: `${wall}+0${offset}:00`, y };
    });

    expect(input(body(hours))).toMatchObject({ freq: 'h', freq_guessed: false });
  });

  test('future rows may bring the next offset', async () => {
    const winter = local(days(60, '2024-01-15'));
    const rows = ['2024-03-30', '2024-03-31', '2024-04-01'].map((date) => ({
      ds: `${date}T00:00:00${berlin(date)}`,
    }));

    expect(await datesOf(body(winter, { periods: undefined, future: rows }))).toEqual(
      rows.map(({ ds }) => ds),
    );
  });

  test('offsets that no place has together are instants, read in UTC', () => {
    const mixed = days(20, '2024-01-01').map((date, i) => ({
      ds: i % 2 === 0 ? `${date}T00:00:00Z` : `${date}T05:30:00+05:30`,
      y: i % 3,
    }));
    const flickering = days(20, '2024-01-01').map((date, i) => ({
      ds: i % 2 === 0 ? `${date}T00:00:00Z` : `${date}T01:00:00+01:00`,
      y: i % 3,
    }));
    const utc = mixed.map(({ ds, y }) => ({ ds: `${ds.slice(0, 10)}T00:00:00Z`, y }));

    expect(key(body(mixed))).toBe(key(body(utc)));
    expect(key(body(flickering))).toBe(key(body(utc)));
  });
});

describe('times are written as soon as one asked date has one', () => {
  const data = daily(60, (i) => i % 7);
  const ask = (future: string[]) =>
    datesOf(body(data, { periods: undefined, future: future.map((ds) => ({ ds })) }));

  test.each([
    [
      ['2024-03-01T06:00', '2024-03-01T18:00'],
      ['2024-03-01T06:00:00', '2024-03-01T18:00:00'],
    ],
    [
      ['2024-03-01', '2024-03-02T12:00'],
      ['2024-03-01T00:00:00', '2024-03-02T12:00:00'],
    ],
    [
      ['2024-03-01T00:00', '2024-03-02'],
      ['2024-03-01', '2024-03-02'],
    ],
  ])('%j', async (future, expected) => {
    expect(await ask(future)).toEqual(expected);
  });

  test('the history beside them, too', async () => {
    const future = [{ ds: '2020-03-01T06:00' }];
    const options = { include_history: true };
    const dates = await datesOf(body(data, { periods: undefined, future, options }));

    expect([dates[0], dates.at(-1)]).toEqual(['2020-01-01T00:00:00', '2020-03-01T06:00:00']);
  });

  test('steps of hours after dates', async () => {
    expect((await datesOf(body(data, { freq: 'bh' })))[0]).toBe('2020-03-02T09:00:00');
    expect((await datesOf(body(data, { freq: '12h' })))[0]).toBe('2020-02-29T12:00:00');
  });
});

describe('a freq that does not fit the dates is said', () => {
  const warningsOf = async (data: Row[], freq: string) => {
    const output = await computeForecast(input(body(data, { freq })), context, DEFAULT_LIMITS);
    return output.warnings.filter(({ code }) => code === 'freq_does_not_fit');
  };
  const saturdays = at(days(12, '2024-01-06', 7), '');
  const weekdays = at(
    days(28, '2024-01-01').filter((_, i) => i % 7 < 5),
    '',
  );

  test.each([
    ['W on Saturdays', saturdays, 'W', 'they look like W-SAT'],
    ['M on month starts', at(months(12), ''), 'M', 'they look like MS'],
    ['MS on month ends', at(['2024-01-31', '2024-02-29', '2024-03-31'], ''), 'MS', 'look like ME'],
    ['QS on other quarters', at(['2024-02-01', '2024-05-01', '2024-08-01'], ''), 'QS', 'QS-FEB'],
    ['B on weekends, too', at(days(20, '2024-01-01'), ''), 'B', 'they look like D'],
    ['D on weeks', saturdays, 'D', 'W-SAT'],
    ['D on weekdays', weekdays, 'D', 'they look like B'],
    ['D on hours', every(3600, 48, (i) => i % 5), 'D', 'they look like h'],
    ['W on Saturdays of which one is missing', saturdays.toSpliced(5, 1), 'W', 'W-SAT'],
  ])('%s', async (_, data, freq, message) => {
    expect(await warningsOf(data, freq)).toMatchObject([
      { message: expect.stringContaining(message) },
    ]);
  });

  test.each([
    ['W-SAT on Saturdays', saturdays, 'W-SAT'],
    ['7D on Saturdays', saturdays, '7D'],
    ['3MS on quarters', at(['2024-01-01', '2024-04-01', '2024-07-01'], ''), '3MS'],
    ['MD on month starts', at(months(12), ''), 'MD'],
    ['D with a day missing', at(days(20, '2024-01-01').toSpliced(9, 1), ''), 'D'],
    ['B with a holiday', weekdays.toSpliced(8, 1), 'B'],
    [
      'BME on last business days',
      at(['2024-03-29', '2024-04-30', '2024-05-31', '2024-06-28'], ''),
      'BME',
    ],
    ['SMS on half months', at(['2024-01-01', '2024-01-15', '2024-02-01', '2024-02-15'], ''), 'SMS'],
    [
      'h on readings that are late',
      at(['2024-01-01T00:00', '2024-01-01T01:00', '2024-01-01T02:01'], ''),
      'h',
    ],
  ])('nothing is said of %s', async (_, data, freq) => {
    expect(await warningsOf(data, freq)).toEqual([]);
  });
});

test('a zone in future rows only, or in data only, is refused with what to write', () => {
  const zoned = at(days(9, '2024-01-01'), 'T00:00:00+01:00');

  expect(refusals(model, body(zoned, { future: [{ ds: '2024-02-01' }] }))[0]).toContain(
    '/future/0/ds: must have a time zone, like data: "2024-01-31T00:00:00+01:00"',
  );
});
