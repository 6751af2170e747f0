import { expect, test } from 'vitest';
import { answer, context, daily, every, noise, type Row } from '../../test/series.ts';
import { createForecastModel } from '../forecast/model.ts';

const model = createForecastModel();
const body = (data: Row[], periods: number, more: object = {}) => ({
  model_id: 'sales',
  data,
  periods,
  ...more,
});
const monthly = (count: number, y: (at: number) => number) =>
  Array.from({ length: count }, (_, at): Row => {
    const month = String((at % 12) + 1).padStart(2, '0');
    return { ds: `${2000 + Math.floor(at / 12)}-${month}-01`, y: y(at) };
  });

test('trend, week and year are found again', async () => {
  const random = noise();
  const truth = (at: number) =>
    50 +
    at * 0.02 +
    5 * Math.sin((2 * Math.PI * at) / 7) +
    8 * Math.cos((2 * Math.PI * at) / 365.25);

  const { forecast, warnings } = await answer(
    model,
    body(
      daily(1200, (at) => truth(at) + random()),
      60,
    ),
  );

  const worst = Math.max(...forecast.map(({ yhat }, at) => Math.abs(yhat - truth(1200 + at))));
  expect(worst).toBeLessThan(0.6);
  expect(warnings).toMatchObject([{ code: 'series_behind' }]);
});

test('a multiplicative season grows with the trend', async () => {
  const truth = (at: number) => (100 + 2 * at) * (1 + 0.3 * Math.sin((2 * Math.PI * at) / 12));
  const random = noise();

  const { forecast } = await answer(
    model,
    body(
      monthly(144, (at) => truth(at) + random()),
      24,
      { options: { seasonality_mode: 'multiplicative' } },
    ),
  );

  expect(forecast[23]?.ds).toBe('2013-12-01');
  for (const [at, { yhat }] of forecast.entries())
    expect(Math.abs(yhat / truth(144 + at) - 1)).toBeLessThan(0.03);
});

test('the bounds hold the share of future points that was asked for', async () => {
  const random = noise(5);
  const normal = () => Array.from({ length: 12 }, random).reduce((a, b) => a + b);
  const data = daily(400, () => 20 + normal());
  const future = Array.from({ length: 200 }, () => 20 + normal());

  const { forecast } = await answer(
    model,
    body(data, 200, { options: { weekly_seasonality: false, interval_width: 0.9 } }),
  );

  const held = forecast.filter(
    ({ yhat_lower, yhat_upper }, at) =>
      yhat_lower <= (future[at] as number) && (future[at] as number) <= yhat_upper,
  );
  expect(held.length / 200).toBeGreaterThan(0.84);
  expect(held.length / 200).toBeLessThan(0.97);
});

test('each of interval_widths has a pair of bounds beside the usual one', async () => {
  const random = noise(3);
  const data = daily(150, () => 20 + random());
  const linear = { interval_width: 0.9, interval_widths: [0.95, 0.5, 0.975, 0.5] };
  for (const options of [linear, { ...linear, growth: 'logistic', cap: 40 }]) {
    const { forecast } = await answer(model, body(data, 3, { options }));

    for (const step of forecast as unknown as Record<string, number>[]) {
      expect(Object.keys(step)).toEqual([
        ...['ds', 'yhat', 'yhat_lower', 'yhat_upper', 'yhat_lower_50', 'yhat_upper_50'],
        ...['yhat_lower_95', 'yhat_upper_95', 'yhat_lower_97.5', 'yhat_upper_97.5'],
      ]);
      const { yhat = 0, ...rest } = step;
      const upper = ['_50', '', '_95', '_97.5'].map((width) => rest[`yhat_upper${width}`] ?? 0);
      expect(upper).toEqual(upper.toSorted((a, b) => a - b));
      expect(rest.yhat_lower_95).toBeLessThan(yhat);
    }
  }
  const none = body(data, 1, { options: { ...linear, uncertainty_samples: 0 } });
  expect(Object.keys((await answer(model, none)).forecast[0] ?? {})).toEqual(['ds', 'yhat']);
});

test('equal input gives an equal answer, bounds included', async () => {
  const random = noise();
  const request = body(
    daily(60, () => random()),
    10,
  );

  const [one, other] = [await answer(model, request), await answer(model, request)];

  expect(other.forecast).toEqual(one.forecast);
});

test('the answer says what it was made of', async () => {
  const data = daily(20, (at) => (at === 19 ? null : (at * 7) % 5));

  const result = await answer(model, body(data, 2));

  expect(result).toMatchObject({
    model_id: 'sales',
    model: {
      name: 'forecast',
      version: 4,
      engine: 'deja-prophet@1',
      source: 'trained',
      cache_hit: 'none',
      trained_through: '2020-01-19',
      points: 19,
      training_time_ms: expect.any(Number),
    },
  });
  expect(Date.parse(result.generated_at)).toBeGreaterThanOrEqual(
    Date.parse(String(result.model.trained_at)),
  );
  // After the last row, though it has no y.
  expect(result.forecast.map(({ ds }) => ds)).toEqual(['2020-01-21', '2020-01-22']);
});

test('dates come back as they were written', async () => {
  const hourly = every(3600, 30, (at) => (at * 7) % 5);
  const zoned = hourly.map(({ ds, y }) => ({ ds: `${ds}+00:00`, y }));
  const dates = daily(30, (at) => (at * 7) % 5);
  const firstDs = async (data: Row[], more?: object) =>
    (await answer(model, body(data, 1, more))).forecast[0]?.ds;

  expect(await firstDs(hourly)).toBe('2020-01-02T06:00:00');
  expect(await firstDs(zoned)).toBe('2020-01-02T06:00:00Z');
  expect(await firstDs(dates)).toBe('2020-01-31');
  expect(await firstDs(dates, { freq: '6h' })).toBe('2020-01-30T06:00:00');
});

test('an uneven series is forecast with a guessed step, and says so', async () => {
  const data = daily(40, (at) => (at * 7) % 5).filter((_, at) => at !== 9);

  expect((await answer(model, body(data, 1))).warnings).toMatchObject([
    { code: 'freq_inferred_irregular' },
    { code: 'series_behind' },
  ]);
  expect((await answer(model, body(data, 1, { freq: 'D' }))).warnings).toMatchObject([
    { code: 'series_behind' },
  ]);
});

test('a huge offset moves the forecast, and nothing else', async () => {
  const random = noise();
  const base = Array.from({ length: 200 }, (_, at) => Math.round(8 * ((at % 7) + random())) / 8);
  const low = Math.min(...base);

  const plain = await answer(
    model,
    body(
      daily(200, (at) => (base[at] as number) - low),
      14,
    ),
  );
  const moved = await answer(
    model,
    body(
      daily(200, (at) => (base[at] as number) + 1e12),
      14,
    ),
  );

  for (const [at, { yhat }] of moved.forecast.entries())
    expect(yhat - 1e12 - low).toBeCloseTo(plain.forecast[at]?.yhat as number, 2);
});

test('3,650 steps from a short history take no longer than their number', async () => {
  const startedAt = performance.now();

  const { forecast } = await answer(
    model,
    body(
      daily(40, (at) => (at * 7) % 5),
      3650,
    ),
  );

  expect(forecast).toHaveLength(3650);
  expect(forecast.every((step) => step.yhat_lower < step.yhat_upper)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

test('an aborted run does not begin to train', async () => {
  const { input } = model.prepare(
    body(
      daily(40, (at) => (at * 7) % 5),
      3,
    ),
  );
  const signal = AbortSignal.abort(new Error('nobody waits'));

  await expect(model.run(input, { ...context, signal })).rejects.toThrow('nobody waits');
});
