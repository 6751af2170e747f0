import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { daily, refusals } from '../../test/series.ts';
import { createForecastModel } from './model.ts';

const model = createForecastModel();
const data = daily(10, (at) => at % 3);
const body = (more: object = {}) => ({ model_id: 'sales', data, periods: 7, ...more });
const withRow = (row: unknown) => body({ data: [...data, row] });

test('a forecast is tagged with its model and its model_id', () => {
  expect(model.prepare(body()).tags).toEqual(['model:forecast', 'model_id:sales']);
});

describe('refuses, at the place and with the reason', () => {
  test.each([
    [body({ data: [] }), '/data: no data: send at least 2 points'],
    [body({ data: 'x' }), '/data: must be an array of {"ds", "y"}'],
    [{ model_id: 'a', periods: 1 }, '/data: missing: send an array of {"ds", "y"}'],
    [body({ data: data.slice(0, 1) }), '/data: not enough data: at least 2 points must have a y'],
    [
      body({ data: data.map((row) => ({ ...row, y: null })) }),
      '/data: not enough data: at least 2',
    ],
    [
      body({ data: data.map(({ y }) => ({ ds: '2024-01-01', y })) }),
      '/data: not enough data: all points',
    ],
    [
      withRow({ ds: '2024-01-01', y: '7' }),
      '/data/10/y: must be a finite number, or null for a gap',
    ],
    [
      withRow({ ds: '2024-01-01', y: '12.30' }),
      '/data/10/y: must be a finite number, or null for a gap: this is text, send 12.3 without the quotes',
    ],
    [withRow({ ds: '2024-01-01', y: 'NaN' }), ': this is text, send null if there is no value'],
    [withRow({ ds: '2024-01-01', y: '12,3' }), ': this is text, send a number without quotes'],
    [withRow({ ds: '2024-01-01', y: '' }), 'or null for a gap: this is text'],
    [withRow({ ds: '2024-01-01', y: Number.NaN }), '/data/10/y: must be a finite number'],
    [
      withRow({ ds: '2024-01-01', y: Number.POSITIVE_INFINITY }),
      '/data/10/y: must be a finite number',
    ],
    [withRow({ ds: '2024-01-01', y: 1e300 }), '/data/10/y: is beyond ±1e15'],
    [withRow({ ds: '2024-01-01' }), '/data/10/y: missing'],
    [withRow({ y: 1 }), '/data/10/ds: missing'],
    [withRow({ ds: '2024-01-01', y: 1, price: 2 }), '/data/10/price: unknown member'],
    [
      withRow({ ds: '2024-01-01', y: 1, unique_id: 'H1' }),
      '/data/10/unique_id: unknown member: leave it out, or name it in options.regressors',
    ],
    [
      withRow(JSON.parse('{"ds": "2024-01-01", "y": 1, "__proto__": 2}')),
      '/data/10/__proto__: unknown member',
    ],
    [withRow(null), '/data/10: must be an object with ds and y'],
    [withRow(['2024-01-01', 1]), '/data/10: must be an object with ds and y'],
    [withRow({ ds: 1_704_067_200_000, y: 1 }), '/data/10/ds: looks like milliseconds since 1970'],
    [withRow({ ds: '2024-02-30', y: 1 }), '/data/10/ds: 2024-02-30 is not a date of the calendar'],
    [
      withRow({ ds: '2024-02-03T10:00Z', y: 1 }),
      '/data/10/ds: has a time zone, unlike the rows before it',
    ],
    [body({ periods: 0 }), '/periods: '],
    [body({ periods: undefined }), '/periods: missing: send periods, or future rows'],
    [body({ periods: 3651 }), '/periods: '],
    [body({ periods: 1.5 }), '/periods: '],
    [body({ model_id: '' }), '/model_id: '],
    [body({ model_id: 'a'.repeat(201) }), '/model_id: '],
    [body({ model_id: '\ud800' }), '/model_id: holds half of a surrogate pair'],
    [body({ freq: 'fortnight' }), '/freq: unknown frequency'],
    [body({ freq: '9999YS', periods: 3 }), '/periods: the forecast runs past the year 9999'],
    [body({ growth: 'linear' }), '/growth: unknown member'],
    [body({ options: { mcmc_samples: 300 } }), '/options/mcmc_samples: unknown member'],
    [body({ options: { interval_width: 1 } }), '/options/interval_width: '],
    [body({ options: { interval_width: 0 } }), '/options/interval_width: '],
    [body({ options: { yearly_seasonality: 31 } }), '/options/yearly_seasonality: Too big'],
    [body({ options: { yearly_seasonality: -1 } }), '/options/yearly_seasonality: Too small'],
    [
      body({ options: { yearly_seasonality: 'on' } }),
      '/options/yearly_seasonality: must be "auto"',
    ],
    [body({ options: { seasonality_mode: 'x' } }), '/options/seasonality_mode: '],
    [body({ options: [] }), '/options: '],
    [body({ model_id: null }), '/model_id: '],
    [body({ data: null }), '/data: must be an array'],
    [body({ freq: 'm' }), '/freq: "m" could mean months or minutes'],
    [null, ': '],
    ['text', ': '],
  ])('%#', (bad, expected) => {
    expect(refusals(model, bad)[0]).toContain(expected);
  });
});

test('null for what is absent is nothing', () => {
  const options = { cap: null, interval_width: null, changepoints: null, holidays: null };
  const rows = {
    regressors: [{ name: 'price', prior_scale: null, mode: null }],
    holidays: [{ holiday: 'h', ds: '2020-01-03', lower_window: null, prior_scale: null }],
    seasonalities: [{ name: 's', period: 5, fourier_order: 1, condition_name: null }],
  };
  const plain = {
    regressors: [{ name: 'price' }],
    holidays: [{ holiday: 'h', ds: '2020-01-03' }],
    seasonalities: [{ name: 's', period: 5, fourier_order: 1 }],
  };
  const priced = data.map((row) => ({ ...row, price: 1 }));
  const future = daily(17, () => null).slice(10);
  const more = { data: priced, future: future.map(({ ds }) => ({ ds, price: 1 })) };

  expect(model.prepare(body({ freq: null, future: null, options: null }))).toEqual(
    model.prepare(body()),
  );
  expect(model.prepare(body({ options }))).toEqual(model.prepare(body()));
  expect(model.prepare(body({ ...more, options: rows }))).toEqual(
    model.prepare(body({ ...more, options: plain })),
  );
});

test('at most 20 issues are told, those of rows and options together', () => {
  const bad = body({ data: Array.from({ length: 100 }, () => ({ ds: 1, y: 'x' })), freq: 'x' });

  expect(refusals(model, bad)).toHaveLength(20);
  expect(refusals(model, body({ data: [{ ds: 1, y: 2 }], freq: 'x' }))).toHaveLength(2);
});

test('limits are settings, and are told', () => {
  const small = createForecastModel({ maxPoints: 5, maxPeriods: 3 });

  expect(refusals(small, body())).toEqual([
    '/data: 10 points are more than the 5 allowed',
    '/periods: Too big: expected number to be <=3',
  ]);
});

test('points times seasonal terms are bounded', () => {
  const options = { yearly_seasonality: 30, weekly_seasonality: 30, daily_seasonality: 30 };
  const many = daily(25_000, (at) => at % 7, '1950-01-01');

  expect(refusals(model, body({ data: many, options }))[0]).toContain(
    '/options: 25000 points x 205 terms',
  );
});

test('the JSON Schema of the input describes the body as it is sent', () => {
  const schema = z.toJSONSchema(model.input, { io: 'input' });

  expect(schema).toMatchObject({
    type: 'object',
    required: ['model_id', 'data'],
    additionalProperties: false,
    properties: {
      data: {
        type: 'array',
        maxItems: 50_000,
        items: {
          required: ['ds', 'y'],
          properties: { ds: { type: 'string' }, y: { type: ['number', 'null'] } },
        },
      },
      periods: { type: 'integer', minimum: 1, maximum: 3650 },
      freq: { type: 'string' },
      options: { additionalProperties: false, properties: { interval_width: { default: 0.8 } } },
    },
  });
});

test('the JSON Schema of the output describes the forecast', () => {
  expect(z.toJSONSchema(model.output)).toMatchObject({
    properties: {
      forecast: { type: 'array', items: { required: ['ds', 'yhat'] } },
      warnings: { type: 'array' },
    },
  });
});
