import { describe, expect, test } from 'vitest';
import { daily, refusals } from '../../test/series.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';

const model = createForecastModel();
const data = daily(30, (at) => (at * 7) % 11);
const rows = data.map((row, at) => ({ ...row, price: at % 5, open: at % 2 === 0 }));
const future = daily(35, () => 0)
  .slice(30)
  .map(({ ds }, at) => ({ ds, price: at, open: true }));
const price = { regressors: [{ name: 'price' }] };
const open = {
  seasonalities: [{ name: 'own', period: 5, fourier_order: 2, condition_name: 'open' }],
};
const body = (options: object, more: object = {}) => ({
  model_id: 'm',
  data,
  periods: 5,
  options,
  ...more,
});
const withRows = (options: object, more: object = {}) =>
  body({ ...price, ...open, ...options }, { data: rows, future, ...more });
const normalised = (value: unknown) => model.prepare(value).input as ForecastInput;
const key = (value: unknown) => JSON.stringify(normalised(value));
const first = (list: { price: number; open: boolean; ds: string }[], more: object) =>
  list.map((row, at) => (at === 0 ? { ...row, ...more } : row));

describe('refuses, at the place and with the reason', () => {
  test.each([
    [body({ growth: 'sigmoid' }), '/options/growth: '],
    [body({ growth: 'logistic' }), '/options/cap: logistic growth needs a cap'],
    [body({ growth: 'logistic', cap: 0 }), '/options/cap: the cap 0 must be greater'],
    [body({ growth: 'logistic', cap: 5, floor: 5 }), '/options/cap: the cap 5 must be greater'],
    [body({ growth: 'logistic', cap: 5, scaling: 'minmax', floor: 6 }), '/options/cap: '],
    [body({ changepoints: ['2019-12-31'] }), '/options/changepoints/0: must lie within'],
    [body({ changepoints: ['2020-01-02', '2020-01-31'] }), '/options/changepoints/1: must lie'],
    [body({ changepoints: ['soon'] }), '/options/changepoints/0: not a date'],
    [body({ n_changepoints: -1 }), '/options/n_changepoints: '],
    [body({ changepoint_range: 1.5 }), '/options/changepoint_range: '],
    [body({ changepoint_prior_scale: 0 }), '/options/changepoint_prior_scale: '],
    [body({ seasonality_prior_scale: 1e300 }), '/options/seasonality_prior_scale: '],
    [body({ interval_width: 1.5 }), '/options/interval_width: '],
    [body({ uncertainty_samples: -1 }), '/options/uncertainty_samples: '],
    [body({ interval_widths: [0.5, 1] }), '/options/interval_widths/1: '],
    [body({ scaling: 'none' }), '/options/scaling: '],
    [body({ regressors: [{ name: 'cap' }] }), '/options/regressors/0/name: this name is reserved'],
    [body({ regressors: [{ name: '__proto__' }] }), '/options/regressors/0/name: this name'],
    [body({ holidays: [{ holiday: 'trend', ds: '2020-01-01' }] }), '/options/holidays/0/holiday'],
    [
      body({ holidays: [{ holiday: 'h', ds: '2020-01-01', lower_window: 1 }] }),
      '/options/holidays/0/lower_window: ',
    ],
    [
      body({
        holidays: [
          { holiday: 'h', ds: '2020-01-01', prior_scale: 1 },
          { holiday: 'h', ds: '2020-01-05' },
        ],
      }),
      '/options/holidays/1/prior_scale: all rows of a holiday must have the same',
    ],
    [body({ country_holidays: 'XX' }), '/options/country_holidays: no holidays are known of "XX"'],
    [body({ country_holidays: 'toString' }), '/options/country_holidays: no holidays'],
    [body({ country_holidays: 'Germany' }), 'send an ISO 3166-1 code, such as "US"'],
    [body({ country_holidays: 'DE-XX' }), 'send "DE", or one of DE-BB, DE-BE, DE-BW, DE-BY'],
    [body({ country_holidays: 'TR-34' }), 'no holidays are known of "TR-34": send "TR"'],
    [body({ country_holidays: '__proto__' }), '/options/country_holidays: no holidays'],
    [
      body({ seasonalities: [{ name: 's', period: 0, fourier_order: 1 }] }),
      '/options/seasonalities/0/period: ',
    ],
    [
      body({ seasonalities: [{ name: 's', period: 5, fourier_order: 31 }] }),
      '/options/seasonalities/0/fourier_order: ',
    ],
    [
      body({
        regressors: [{ name: 'a' }],
        seasonalities: [{ name: 'a', period: 5, fourier_order: 3 }],
      }),
      '/options/seasonalities/0/name: "a" is the name of a regressor already',
    ],
    [
      withRows({ seasonalities: [{ ...open.seasonalities[0], condition_name: 'price' }] }),
      '/options/seasonalities/0/condition_name: "price" is the name of a regressor',
    ],
    [body(price), '/data: every row needs the member "price"'],
    [body(price, { data: rows }), '/data/0/open: unknown member'],
    [withRows({}, { future: undefined }), '/future: missing: send a row for each date'],
    [
      withRows({}, { data: first(rows, { price: null }) }),
      '/data/0/price: must be a finite number',
    ],
    [withRows({}, { data: first(rows, { price: undefined }) }), '/data/0/price: missing'],
    [
      withRows({}, { data: first(rows, { price: '2.50' }) }),
      '/data/0/price: must be a finite number: this is text, send 2.5 without the quotes',
    ],
    [
      body({ growth: 'logistic' }, { data: data.map((row) => ({ ...row, cap: true })) }),
      '/data/0/cap: must be a finite number',
    ],
    [
      withRows(
        { include_history: true },
        { data: [...rows, { ds: '2020-01-31', y: null }], future: future.slice(1) },
      ),
      '/data/30/open: missing',
    ],
    [withRows({}, { data: first(rows, { price: 1e16 }) }), '/data/0/price: is beyond'],
    [withRows({}, { data: first(rows, { open: 'yes' }) }), '/data/0/open: must be true or false'],
    [withRows({}, { data: first(rows, { prize: 1 }) }), '/data/0/prize: unknown member'],
    [withRows({}, { future: first(future, { price: '1' }) }), '/future/0/price: must be a finite'],
    [withRows({}, { future: first(future, { y: 1 }) }), '/future/0/y: unknown member'],
    [
      withRows({}, { future: [...future, ...future.slice(1)] }),
      '/future/5/ds: row 1 has this date',
    ],
    [withRows({}, { future: future.slice(1) }), '/future: no row for 2020-01-31'],
    [withRows({}, { future: [] }), '/future: no rows'],
    [withRows({}, { future: [1] }), '/future/0: must be an object with ds'],
    [
      withRows({}, { future: first(future, { ds: '2020-02-01T00:00:00Z' }) }),
      '/future/1/ds: has no time zone, unlike the rows before it',
    ],
    [
      body({}, { future: [{ ds: '2020-02-01T00:00:00Z' }] }),
      '/future/0/ds: must have no time zone, like data: "2024-01-31T12:00:00"',
    ],
    [
      body(
        { growth: 'logistic', cap: 20 },
        { data: rows.map(({ ds, y }) => ({ ds, y, cap: 20 })) },
      ),
      '/options/cap: give cap here or in the rows, not both',
    ],
  ])('%#', (bad, expected) => {
    expect(refusals(model, bad)[0]).toContain(expected);
  });
});

test('limits are settings', () => {
  const limits = { maxSampleSteps: 4999, maxFourierOrder: 5, maxHolidayDays: 4, maxRegressors: 1 };
  const small = createForecastModel(limits);
  const window = { holiday: 'h', ds: '2020-01-01', upper_window: 4 };
  const two = { regressors: [{ name: 'a' }, { name: 'b' }] };

  expect(refusals(small, body({}))[0]).toContain('/options/uncertainty_samples: 5 dates x 1000');
  expect(refusals(small, body({ yearly_seasonality: 6 }))[0]).toContain('/options/yearly');
  expect(refusals(small, body({ holidays: [window] }))[0]).toContain('/options/holidays: 5 days');
  expect(refusals(small, body(two))[0]).toContain('/options/regressors: ');
  const history = { include_history: true, uncertainty_samples: 900 };
  expect(refusals(small, body(history))[0]).toContain('35 dates x 900 samples');
});

describe('the same input', () => {
  const holiday = (ds: string, more: object = {}) => ({ holiday: 'h', ds, ...more });

  test.each<[string, object, object]>([
    [
      'defaults',
      {},
      { growth: 'linear', n_changepoints: 25, changepoint_range: 0.8, scaling: 'absmax' },
    ],
    ['a country in lower case', { country_holidays: 'US' }, { country_holidays: 'us' }],
    ['a country of three letters', { country_holidays: 'US' }, { country_holidays: 'USA' }],
    ['a country as people call it', { country_holidays: 'GB' }, { country_holidays: 'UK' }],
    ['part of a country', { country_holidays: 'US-CA' }, { country_holidays: 'usa-ca ' }],
    ['a nation', { country_holidays: 'GB-SCT' }, { country_holidays: 'UK-SCT' }],
    ['no changepoints', { n_changepoints: 0 }, { changepoints: [] }],
    [
      'no changepoints, no range',
      { n_changepoints: 0 },
      { n_changepoints: 0, changepoint_range: 0.5 },
    ],
    ['a flat trend has none', { growth: 'flat' }, { growth: 'flat', n_changepoints: 3 }],
    [
      'changepoints in any order',
      { changepoints: ['2020-01-03', '2020-01-09'] },
      { changepoints: ['2020-01-09T00:00', '2020-01-03', '2020-01-03'], n_changepoints: 7 },
    ],
    ['a cap of another growth', {}, { cap: 7, floor: 3 }],
    ['a mode without holidays', {}, { holidays_mode: 'multiplicative', holidays_prior_scale: 3 }],
    ['a season that is off', { yearly_seasonality: false }, { yearly_seasonality: 0 }],
    [
      'no samples, any interval',
      { uncertainty_samples: 0 },
      { uncertainty_samples: 0, interval_width: 0.5, interval_widths: [0.9] },
    ],
    ['any number of samples without logistic growth', {}, { uncertainty_samples: 50 }],
    ['widths in any order', { interval_widths: [0.5, 0.9] }, { interval_widths: [0.9, 0.5, 0.9] }],
    [
      'holidays in any order, windows or days',
      { holidays: [holiday('2020-01-05'), holiday('2020-01-09', { lower_window: -1 })] },
      {
        holidays: [
          holiday('2020-01-09', { lower_window: -1, prior_scale: 10 }),
          holiday('2020-01-05T12:00:00'),
          holiday('2020-01-05', { upper_window: 0 }),
        ],
      },
    ],
    [
      'seasonalities in any order, their defaults given',
      {
        seasonalities: [
          { name: 'b', period: 5, fourier_order: 1 },
          { name: 'a', period: 9, fourier_order: 2 },
        ],
      },
      {
        seasonalities: [
          { name: 'a', period: 9, fourier_order: 2, prior_scale: 10, mode: 'additive' },
          { name: 'b', period: 5, fourier_order: 1 },
        ],
      },
    ],
  ])('%s', (_, one, other) => {
    expect(key(body(other))).toBe(key(body(one)));
  });

  test('a regressor of yes and no is one of 1 and 0', () => {
    const asYesNo = (list: { price: number }[]) =>
      list.map((row) => ({ ...row, price: row.price > 2 }));
    const asNumber = (list: { price: number }[]) =>
      list.map((row) => ({ ...row, price: Number(row.price > 2) }));
    const of = (as: (list: { price: number }[]) => object[]) =>
      withRows({}, { data: as(rows), future: as(future) });

    expect(key(of(asYesNo))).toBe(key(of(asNumber)));
  });

  test('a row without a y may lack what the others have', () => {
    const gap = (more: object) => ({ ds: '2020-01-15', y: null, ...more });
    const withGap = (more: object) => withRows({}, { data: rows.with(14, gap(more) as never) });
    const capped = data.map((row) => ({ ...row, cap: 50 }));
    const withCap = (cap: object) => {
      const ahead = future.map(({ ds }) => ({ ds, cap: 50 }));
      return body(
        { growth: 'logistic' },
        { data: capped.with(14, gap(cap) as never), future: ahead },
      );
    };

    expect(key(withGap({ price: null, open: null }))).toBe(key(withGap({})));
    expect(key(withGap({ price: 77, open: true }))).toBe(key(withGap({})));
    expect(key(withCap({ cap: null }))).toBe(key(withCap({ cap: 50 })));
  });

  test('a cap in every row is the cap in the options', () => {
    const capped = data.map((row) => ({ ...row, cap: 50, floor: 2 }));
    const ahead = future.map(({ ds }) => ({ ds, cap: 50, floor: 2 }));
    const inRows = body({ growth: 'logistic' }, { data: capped, future: ahead });

    expect(key(inRows)).toBe(key(body({ growth: 'logistic', cap: 50, floor: 2 })));
    // Linear growth has neither, as in Prophet.
    expect(key(body({}, { data: capped, future: ahead }))).toBe(key(body({})));
  });

  test('future rows in any order, more of them, or instead of periods', () => {
    const more = [...future.toReversed(), { ds: '2021-01-01', price: 7, open: false }];

    expect(key(withRows({}, { future: more }))).toBe(key(withRows({})));
    expect(key(withRows({}, { periods: undefined }))).toBe(key(withRows({})));
  });
});

test('future rows that say nothing else are the periods they are', () => {
  const ahead = future.map(({ ds }) => ({ ds }));

  expect(key(body({}, { future: ahead, periods: undefined }))).toBe(key(body({})));
  expect(key(body({}, { future: ahead }))).toBe(key(body({})));
  expect(
    normalised(body({}, { future: ahead.slice(1), periods: undefined })).future?.ds,
  ).toHaveLength(4);
});

test('equal dates are sorted by their other columns, too', () => {
  const twice = [
    { ds: '2020-01-01', y: 1, price: 2 },
    { ds: '2020-01-01', y: 1, price: 1 },
    { ds: '2020-01-02', y: 3, price: 0 },
  ];
  const asked = (list: object[]) => body(price, { data: list, future, periods: 1, freq: '30D' });
  const ahead = [{ ds: '2020-02-01', price: 1 }];
  const keyOf = (list: object[]) => key({ ...asked(list), future: ahead });

  expect(keyOf(twice.toReversed())).toBe(keyOf(twice));
});

test('what changes the fit, and what only the answer, are apart', () => {
  const plain = normalised(body({}));
  const shown = { interval_width: 0.9, include_history: true, components: true };

  expect(normalised(body(shown)).fit).toEqual(plain.fit);
  expect(normalised(body(shown, { periods: 9 })).fit).toEqual(plain.fit);
  expect(normalised(body({ seasonality_prior_scale: 9 })).answer).toEqual(plain.answer);
});
