import { describe, expect, test } from 'vitest';
import { answer, daily, every, type ForecastAnswer, noise, type Row } from '../../test/series.ts';
import { EngineTrappedError, InputError } from '../errors.ts';
import { createForecastModel } from '../forecast/model.ts';
import { optimise } from './stan.ts';

const model = createForecastModel();
const random = noise(3);
const wild = daily(40, () => random());
const good = { model_id: 'good', data: daily(60, (at) => (at * 7) % 11), periods: 3 };

const YEARLY = { options: { yearly_seasonality: true } };
const MULTIPLICATIVE = { options: { seasonality_mode: 'multiplicative' } };
const hard: [name: string, data: Row[], more?: object][] = [
  ['all zero', daily(30, () => 0)],
  ['all zero, yearly', daily(30, () => 0), YEARLY],
  ['constant', daily(30, () => 7)],
  ['constant, multiplicative', daily(30, () => -7), MULTIPLICATIVE],
  ['two points', daily(2, (at) => at)],
  [
    'two points, two years apart',
    [
      { ds: '2020-01-01', y: 1 },
      { ds: '2022-01-02', y: 3 },
    ],
  ],
  ['three points', daily(3, (at) => [3, 1, 4][at] as number)],
  ['three points, two dates', [...daily(2, (at) => at), { ds: '2020-01-02', y: 5 }]],
  ['four points', daily(4, (at) => [3, 1, 4, 1][at] as number)],
  ['four points, two dates', [...daily(2, (at) => at), ...daily(2, (at) => at + 3)]],
  ['a line of 4', daily(4, (at) => 2 * at + 1)],
  ['a line of 300', daily(300, (at) => 2e6 * at + 1e12)],
  ['a line of 3,000 with gaps', daily(3000, (at) => (at % 3 ? at : null))],
  ['a pure week', daily(15, (at) => Math.sin((2 * Math.PI * at) / 7))],
  ['a pure sine', daily(50, (at) => Math.sin(at))],
  ['a square wave', daily(30, (at) => at % 2)],
  ['one spike', daily(30, (at) => (at === 7 ? 5 : 0))],
  ['a step', daily(100, (at) => (at < 50 ? 0 : 1))],
  ['one outlier of 1e15', daily(30, (at) => (at === 7 ? 1e15 : at % 3))],
  ['all about 1e15', daily(30, (at) => 1e15 - (at % 3))],
  ['the smallest doubles', daily(30, (at) => 5e-324 * (at % 3))],
  ['differences of one rounding', daily(30, (at) => 1 + Number.EPSILON * (at % 3))],
  ['white noise around 0', wild],
  ['white noise around 0, multiplicative', wild, MULTIPLICATIVE],
  ['more seasonal terms than points', wild.slice(0, 12), YEARLY],
  [
    'order 30 everywhere',
    every(3600, 99, () => random()),
    { options: { yearly_seasonality: 30, weekly_seasonality: 30, daily_seasonality: 30 } },
  ],
  [
    '64 parameters and more',
    every(3600, 99, () => random()),
    { options: { yearly_seasonality: 10, weekly_seasonality: 5, daily_seasonality: 5 } },
  ],
  ['a second apart', every(1, 100, () => random())],
  ['a second apart, forecast by years', every(1, 100, () => random()), { freq: 'YS' }],
  [
    'a year apart',
    Array.from({ length: 50 }, (_, at): Row => ({ ds: `${1800 + at}-01-01`, y: random() })),
  ],
  ['the first years', daily(40, () => random(), '0001-01-01')],
  ['mostly gaps', daily(400, (at) => (at % 40 ? null : random()))],
  ['every date five times', [...wild, ...wild, ...wild, ...wild, ...wild]],
  ['an interval of nearly nothing', wild, { options: { interval_width: 1e-9 } }],
  ['an interval of nearly all', wild, { options: { interval_width: 1 - 1e-9 } }],
];

describe('ends in a forecast or a clear error, twice, and a good series fits right after', () => {
  test.each(hard)('%s', async (_, data, more) => {
    const expected = (await answer(model, good)).forecast;
    for (const _round of [1, 2]) {
      const result = await answer(model, { model_id: 'h', data, periods: 5, ...more }).catch(
        (error: unknown) => error,
      );
      expect(result instanceof InputError || isSane(result as ForecastAnswer)).toBe(true);
    }
    expect((await answer(model, good)).forecast).toEqual(expected);
  });
});

test('a constant series goes on, with bounds of no width', async () => {
  const { forecast, warnings } = await answer(model, {
    model_id: 'c',
    data: daily(30, () => 7.25),
    periods: 2,
  });

  expect(forecast).toEqual([
    { ds: '2020-01-31', yhat: 7.25, yhat_lower: 7.25, yhat_upper: 7.25 },
    { ds: '2020-02-01', yhat: 7.25, yhat_lower: 7.25, yhat_upper: 7.25 },
  ]);
  expect(warnings).toMatchObject([{ code: 'constant_series' }]);
});

test('two points, and any number on a line, go on straight', async () => {
  const two = await answer(model, { model_id: 'l', data: daily(2, (at) => at), periods: 3 });
  const many = await answer(model, { model_id: 'l', data: daily(99, (at) => at), periods: 3 });

  expect(two.forecast.map(({ yhat }) => yhat)).toEqual([2, 3, 4]);
  expect(two.warnings).toMatchObject([{ code: 'few_points' }]);
  expect(many.forecast[2]?.yhat).toBeCloseTo(101, 9);
  expect(many.warnings).toMatchObject([{ code: 'linear_series' }]);
});

test('a trap of the engine is told from other failures', () => {
  const t = Array.from({ length: 30 }, (_, at) => at / 29);
  const zeros = t.map(() => 0);
  const nothing = {
    t,
    y: zeros,
    cap: zeros,
    t_change: [0.5],
    tau: 0.05,
    trend_indicator: 0,
  } as const;
  const start = { k: 0, m: 0, delta: new Float64Array(1), beta: new Float64Array(0), sigmaObs: 1 };

  expect(() => optimise({ ...nothing, X: [], sigmas: [], s_a: [] }, start)).toThrow(
    EngineTrappedError,
  );
});

function isSane({ forecast }: ForecastAnswer): boolean {
  return forecast.every(
    ({ yhat, yhat_lower, yhat_upper }) =>
      Number.isFinite(yhat) && yhat_lower <= yhat_upper && Number.isFinite(yhat_upper - yhat_lower),
  );
}
