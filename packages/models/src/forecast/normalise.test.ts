import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daily, every, type Row, refusals } from '../../test/series.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';

const model = createForecastModel();
const body = (data: unknown, more: object = {}) => ({ model_id: 'm', data, periods: 3, ...more });
const key = (value: unknown) => JSON.stringify(model.prepare(value).input);
const normalised = (value: unknown) => model.prepare(value).input as ForecastInput;

const rows = fc
  .array(
    fc.record({ day: fc.integer({ min: 0, max: 4000 }), y: fc.option(fc.integer({ max: 99 })) }),
    { minLength: 5, maxLength: 30 },
  )
  .filter((list) => new Set(list.flatMap(({ day, y }) => (y === null ? [] : [day]))).size > 1)
  .map((list) =>
    list.map(
      ({ day, y }): Row => ({ ds: new Date(day * 86_400_000).toISOString().slice(0, 10), y }),
    ),
  );

test('any order of the rows and members gives the same input', () => {
  const shuffled = rows.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      const turned = other.map(({ ds, y }) => ({ y, ds }));

      expect(key({ data: turned, periods: 3, model_id: 'm' })).toBe(key(body(one)));
    }),
  );
});

test('any spelling of a zoned timestamp gives the same input', () => {
  const spellings: ((utc: string) => string)[] = [
    (utc) => `${utc}Z`,
    (utc) => `${utc}+00:00`,
    (utc) => `${utc.replace('T', ' ')}.000Z`,
    (utc) => `${new Date(Date.parse(`${utc}Z`) + 19_800_000).toISOString().slice(0, 19)}+05:30`,
    (utc) => `${utc.slice(0, 16)}Z`,
  ];
  const data = every(60, 20, (at) => at % 3);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...spellings), { minLength: 20, maxLength: 20 }),
      (ways) => {
        const spelt = data.map(({ ds, y }, at) => ({ ds: ways[at]?.(ds), y }));

        expect(key(body(spelt))).toBe(key(body(data.map(({ ds, y }) => ({ ds: `${ds}Z`, y })))));
      },
    ),
  );
});

test('defaults given and defaults left out are the same input', () => {
  const data = daily(20, (at) => at % 5);
  const given = {
    yearly_seasonality: 'auto',
    weekly_seasonality: 'auto',
    daily_seasonality: 'auto',
    seasonality_mode: 'additive',
    interval_width: 0.8,
  };

  expect(key(body(data, { options: given }))).toBe(key(body(data)));
  expect(key(body(data, { options: {} }))).toBe(key(body(data)));
});

test('what auto comes to is the same input as auto', () => {
  const data = daily(20, (at) => at % 5);
  const orders = { yearly_seasonality: false, weekly_seasonality: 3, daily_seasonality: false };

  expect(key(body(data, { options: orders }))).toBe(key(body(data)));
  expect(key(body(data, { options: { weekly_seasonality: true } }))).toBe(key(body(data)));
});

test.each([
  ['D', daily(9, (at) => at % 4)],
  ['24H', daily(9, (at) => at % 4)],
  [
    '7D',
    daily(9, (at) => at % 4)
      .map((row, at) => ({ ...row, ds: `2024-01-${String(1 + 7 * at).padStart(2, '0')}` }))
      .slice(0, 4),
  ],
  [
    'M',
    [
      { ds: '2024-01-31', y: 1 },
      { ds: '2024-02-29', y: 2 },
    ],
  ],
  ['15T', every(900, 9, (at) => at % 4)],
])('a freq %s that the series says anyway is the same input', (freq, data) => {
  expect(key(body(data, { freq }))).toBe(key(body(data)));
});

test('any change of meaning is another input', () => {
  const data = daily(30, (at) => at % 5);
  const changed = data.map((row, at) =>
    at === 7 ? { ...row, y: row.y === null ? 1 : row.y + 1e-9 } : row,
  );
  const gap = data.map((row, at) => (at === 7 ? { ...row, y: null } : row));
  const zoned = data.map(({ ds, y }) => ({ ds: `${ds}T00:00:00Z`, y }));
  const local = data.map(({ ds, y }) => ({ ds: `${ds}T00:00:00`, y }));
  const bodies = [
    body(data),
    body(changed),
    body(gap),
    body(zoned),
    body(local),
    body(data.slice(1)),
    body([...data, { ds: '2020-01-30', y: 4 }]),
    body(data, { model_id: 'M' }),
    body(data, { periods: 4 }),
    body(data, { freq: '2D' }),
    body(data, { freq: 'W' }),
    body(data, { options: { interval_width: 0.81 } }),
    body(data, { options: { seasonality_mode: 'multiplicative' } }),
    body(data, { options: { weekly_seasonality: 2 } }),
    body(data, { options: { yearly_seasonality: true } }),
    body(data, { options: { daily_seasonality: true } }),
  ];

  expect(new Set(bodies.map(key)).size).toBe(bodies.length);
});

test('the input survives JSON, and -0 is 0', () => {
  const input = normalised(
    body([
      { ds: '2024-01-02', y: -0 },
      { ds: '2024-01-01', y: 1 },
    ]),
  );

  expect(JSON.parse(JSON.stringify(input))).toStrictEqual(input);
  expect(Object.is(input.y[1], 0)).toBe(true);
});

test('equal dates are sorted by y, gaps last', () => {
  const input = normalised(
    body([
      { ds: '2024-01-02', y: null },
      { ds: '2024-01-02', y: 9 },
      { ds: '2024-01-02', y: -3 },
      { ds: '2024-01-01', y: 5 },
    ]),
  );

  expect(input.y).toEqual([5, -3, 9, null]);
});

test('a guessed freq is marked, a given one is not', () => {
  const uneven = [1, 2, 3, 5, 6].map((day) => ({ ds: `2024-01-0${day}`, y: day % 2 }));

  expect(normalised(body(uneven))).toMatchObject({ freq: 'D', freq_guessed: true });
  expect(normalised(body(uneven, { freq: 'D' }))).toMatchObject({ freq: 'D', freq_guessed: false });
});

test('fractions of seconds are cut off, unless rows then fall together', () => {
  const apart = [
    { ds: '2024-01-01T00:00:00.5', y: 1 },
    { ds: '2024-01-01T00:00:01.5', y: 2 },
  ];
  const together = [...apart, { ds: '2024-01-01T00:00:01.7', y: 2 }];

  expect(normalised(body(apart)).ds[0]).toBe(1_704_067_200);
  expect(refusals(model, body(together))[0]).toContain('/data: several rows fall into one second');
});
