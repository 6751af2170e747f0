/** Prophet's options on series whose truth is known. */
import { describe, expect, test } from 'vitest';
import { answer, daily, every, noise } from '../../test/series.ts';
import { createForecastModel } from '../forecast/model.ts';

const model = createForecastModel();
const random = noise(21);
const ask = (data: unknown, options: object = {}, more: object = { periods: 30 }) =>
  answer(model, { model_id: 'm', data, freq: 'D', options, ...more });
const days = (count: number) => daily(count, () => 0).map(({ ds }) => ds);
/** `count` dates from the day `from` on. */
const ahead = (from: number, count: number) => days(from + count).slice(from);
const week = (at: number) => Math.sin((2 * Math.PI * at) / 7);
const worst = (got: readonly number[], truth: (at: number) => number) =>
  Math.max(...got.map((value, at) => Math.abs(value - truth(at))));
const yhats = ({ forecast }: { forecast: { yhat: number }[] }) => forecast.map(({ yhat }) => yhat);

describe('growth', () => {
  const sigmoid = (at: number) => 100 / (1 + Math.exp(-(at - 200) / 50));

  test('logistic growth ends at its cap', async () => {
    const data = daily(400, (at) => sigmoid(at) + random());

    const result = await ask(data, { growth: 'logistic', cap: 100 }, { periods: 300 });

    expect(worst(yhats(result), (at) => sigmoid(400 + at))).toBeLessThan(1.5);
    expect(Math.max(...yhats(result))).toBeLessThan(102);
  });

  test('a cap that changes is followed, a floor is left behind', async () => {
    const cap = (at: number) => 150 + at / 4;
    const truth = (at: number) => 50 + (cap(at) - 50) / (1 + Math.exp(-(at - 200) / 50));
    const data = daily(400, (at) => truth(at) + random()).map((row, at) => ({
      ...row,
      cap: cap(at),
      floor: 50,
    }));
    const future = ahead(400, 60).map((ds, at) => ({ ds, cap: cap(400 + at), floor: 50 }));

    const result = await ask(data, { growth: 'logistic' }, { future });

    expect(worst(yhats(result), (at) => truth(400 + at))).toBeLessThan(2);
  });

  test('rows in another order are the same forecast: cap and regressors move with their dates', async () => {
    const data = daily(100, (at) => sigmoid(2 * at) + random()).map((row, at) => ({
      ...row,
      cap: 100 + at,
      price: (at * 37) % 11,
    }));
    const shuffled = data.toSorted((a, b) => a.price - b.price || a.cap - b.cap);
    const future = ahead(100, 5).map((ds, at) => ({ ds, cap: 200 + at, price: at }));
    const options = { growth: 'logistic', regressors: [{ name: 'price' }] };

    const sorted = await ask(data, options, { future });
    const other = await ask(shuffled, options, { future: future.toReversed() });

    expect(other.forecast).toEqual(sorted.forecast);
  });

  test('flat growth stays where it is', async () => {
    const data = daily(200, (at) => 20 + 3 * week(at) + at / 100 + random());

    const { components } = await ask(data, { growth: 'flat', components: true });

    expect(new Set(components?.trend).size).toBe(1);
    expect(components?.trend[0]).toBeCloseTo(21, 0);
  });
});

describe('changepoints', () => {
  const bent = (at: number) => (at < 100 ? at : 100 - 2 * (at - 100));
  const data = daily(200, (at) => bent(at) + random());

  test('one at the bend finds it', async () => {
    const result = await ask(data, { changepoints: ['2020-04-10'], changepoint_prior_scale: 1 });

    expect(worst(yhats(result), (at) => bent(200 + at))).toBeLessThan(1);
  });

  test.each([{ n_changepoints: 0 }, { changepoints: [] }])(
    'none are a straight line, and no uncertainty of it: %j',
    async (none) => {
      const { forecast, components } = await ask(data, { ...none, components: true });

      const steps = components?.trend.slice(1).map((y, at) => y - (components.trend[at] ?? 0));
      expect(worst(steps ?? [], () => steps?.[0] ?? 0)).toBeLessThan(1e-9);
      const widths = forecast.map(({ yhat_lower, yhat_upper }) => yhat_upper - yhat_lower);
      expect(Math.max(...widths) / Math.min(...widths)).toBeLessThan(1.3);
    },
  );

  test('a larger prior scale follows the bend, a tiny one does not', async () => {
    const end = async (changepoint_prior_scale: number) =>
      Math.abs((yhats(await ask(data, { changepoint_prior_scale })).at(-1) ?? 0) - bent(229));

    expect(await end(0.5)).toBeLessThan(10);
    expect(await end(1e-3)).toBeGreaterThan(50);
  });

  test.each([1e-6, 1e-9])('a prior scale of %d is as good as no changepoints', async (scale) => {
    const tight = await ask(data, { changepoint_prior_scale: scale });

    const none = yhats(await ask(data, { n_changepoints: 0 }));
    expect(worst(yhats(tight), (at) => none[at] ?? 0)).toBeLessThan(0.01);
    expect(tight.warnings).toMatchObject([{ code: 'series_behind' }]);
  });
});

describe('holidays', () => {
  const feasts = [40, 130, 220, 310, 400, 490, 640];
  const data = daily(600, (at) => {
    const effect = feasts.includes(at) ? 10 : feasts.includes(at - 1) ? 4 : 0;
    return 50 + 2 * week(at) + effect + random();
  });
  const date = (at: number) => days(at + 1)[at] as string;
  const holidays = feasts.map((at) => ({ holiday: 'feast', ds: date(at), upper_window: 1 }));
  const options = { holidays, components: true };

  test('each day of a window has an effect of its own, and comes again', async () => {
    const { components, forecast } = await ask(data, options, { periods: 60 });

    expect(components?.holidays.feast?.[40]).toBeCloseTo(10, 0);
    expect(components?.holidays.feast?.[41]).toBeCloseTo(4, 0);
    expect(components?.holidays.feast?.[39]).toBe(0);
    expect((forecast[40]?.yhat ?? 0) - 50 - 2 * week(640)).toBeCloseTo(10, 0);
  });

  test('one that the history never saw has no effect', async () => {
    const unseen = [...holidays, { holiday: 'new', ds: date(610) }];

    const { components } = await ask(data, { ...options, holidays: unseen }, { periods: 60 });

    expect(Object.keys(components?.holidays ?? {})).toEqual(['feast']);
  });

  test('a small prior scale damps them', async () => {
    const damped = await ask(data, { ...options, holidays_prior_scale: 0.001 }, { periods: 60 });

    expect(damped.components?.holidays.feast?.[40]).toBeLessThan(5);
  });

  test('those of a country are known by name, and at every hour of their day', async () => {
    const hours = every(6 * 3600, 4 * 800, (at) => {
      const christmas = new Date(Date.UTC(2020, 0, 1) + at * 21_600_000).toISOString().slice(5, 10);
      return 20 + (christmas === '12-25' ? 8 : 0) + random();
    });

    const { components, forecast } = await answer(model, {
      model_id: 'm',
      data: hours.slice(0, 4 * 720),
      periods: 4 * 30,
      options: { country_holidays: 'US', components: true },
    });

    const christmas = components?.holidays['Christmas Day'] ?? [];
    const on = forecast.flatMap(({ ds }, at) => (ds.slice(5, 10) === '12-25' ? [at] : []));
    expect(on).toHaveLength(4);
    for (const at of on) expect(christmas[at]).toBeCloseTo(8, 0);
    expect(christmas.filter((effect) => effect !== 0)).toHaveLength(4);
  });
});

describe('regressors', () => {
  const price = (at: number) => ((at * 37) % 101) / 10;
  const data = daily(300, (at) => 50 + 3 * price(at) + random());
  const rows = (scale: number) => data.map((row, at) => ({ ...row, price: price(at) * scale }));
  const future = (scale: number) =>
    ahead(300, 20).map((ds, at) => ({ ds, price: (20 - at) * scale }));
  const regressors = (more: object = {}) => ({ regressors: [{ name: 'price', ...more }] });

  test('the effect of one is carried into its future values', async () => {
    const result = await ask(rows(1), regressors(), { future: future(1) });

    expect(worst(yhats(result), (at) => 50 + 3 * (20 - at))).toBeLessThan(1);
  });

  test.each(['auto', true, false])(
    'its unit makes no difference, standardised (%s) or not',
    async (standardize) => {
      const one = await ask(rows(1), regressors({ standardize }), { future: future(1) });
      const options = regressors({ standardize, prior_scale: standardize === false ? 1e-8 : 10 });
      const other = await ask(rows(1e9), options, { future: future(1e9) });

      for (const [at, yhat] of yhats(other).entries())
        expect(Math.abs(yhat - (yhats(one)[at] ?? 0))).toBeLessThan(0.5);
    },
  );

  test('a multiplicative one is a share of the trend', async () => {
    const grown = daily(300, (at) => (100 + at) * (1 + 0.05 * price(at)) + random());
    const rising = grown.map((row, at) => ({ ...row, price: price(at) }));
    const options = { ...regressors({ mode: 'multiplicative' }), components: true };

    const result = await ask(rising, options, { future: future(0.1) });

    expect(worst(yhats(result), (at) => (400 + at) * (1 + 0.005 * (20 - at)))).toBeLessThan(4);
  });
});

describe('seasonalities', () => {
  test('one of any period is found again', async () => {
    const tide = (at: number) => 4 * Math.sin((2 * Math.PI * at) / 12.4);
    const data = daily(400, (at) => 10 + tide(at) + random());
    const seasonalities = [{ name: 'tide', period: 12.4, fourier_order: 2 }];

    const { components } = await ask(data, { seasonalities, components: true });

    const found = components?.seasonalities.tide ?? [];
    expect(worst(found, (at) => tide(400 + at))).toBeLessThan(0.3);
  });

  test('a conditional one applies where its condition says', async () => {
    const on = (at: number) => at % 100 < 50;
    const data = daily(600, (at) => 10 + (on(at) ? 5 * week(at) : 0) + random()).map((row, at) => ({
      ...row,
      open: on(at),
    }));
    const future = ahead(600, 100).map((ds, at) => ({ ds, open: on(at) }));
    const options = {
      weekly_seasonality: false,
      seasonalities: [{ name: 'open week', period: 7, fourier_order: 3, condition_name: 'open' }],
    };

    const result = await ask(data, options, { future });

    expect(worst(yhats(result), (at) => 10 + (on(at) ? 5 * week(600 + at) : 0))).toBeLessThan(0.7);
  });

  test('modes can be mixed', async () => {
    const truth = (at: number) => (50 + at / 2) * (1 + 0.2 * week(at)) + 6 * Math.sin(at / 5);
    const data = daily(500, (at) => truth(at) + random());
    const name = 'slow';
    const slow = { name, period: 10 * Math.PI, fourier_order: 1, mode: 'additive' };

    const result = await ask(data, { seasonality_mode: 'multiplicative', seasonalities: [slow] });

    expect(worst(yhats(result), (at) => truth(500 + at))).toBeLessThan(4);
  });
});

describe('the answer', () => {
  const data = daily(120, (at) => 30 + at / 10 + 3 * week(at) + random()).map((row, at) => ({
    ...row,
    price: (at * 7) % 5,
  }));
  const future = ahead(120, 40).map((ds, at) => ({ ds, price: at % 5 }));
  const rich = {
    growth: 'logistic',
    cap: 80,
    holidays: [{ holiday: 'h', ds: '2020-02-01', lower_window: -1 }],
    country_holidays: 'DE',
    regressors: [{ name: 'price', mode: 'multiplicative' }],
    seasonalities: [{ name: 'm', period: 30.5, fourier_order: 2, mode: 'multiplicative' }],
  };

  test.each([{}, { scaling: 'minmax' }, rich, { ...rich, floor: 10 }])(
    'is the sum of its components: %j',
    async (options) => {
      const all = { regressors: [{ name: 'price' }], ...options, components: true };
      const { forecast, components } = await ask(data, all, { future });

      const floor = 'floor' in options ? 10 : 'scaling' in options ? minOf(data) : 0;
      for (const [at, { yhat }] of forecast.entries()) {
        const additive = components?.additive_terms[at] ?? 0;
        const multiplicative = components?.multiplicative_terms[at] ?? 0;
        const base = components?.trend[at] ?? 0;
        expect(yhat).toBeCloseTo(base + (base - floor) * multiplicative + additive, 8);
        const { seasonalities, holidays, regressors } = components ?? {};
        const named = Object.values({ ...seasonalities, ...holidays, ...regressors });
        const sum = named.reduce((total, column) => total + (column[at] ?? 0), 0);
        expect(sum).toBeCloseTo(additive + multiplicative, 8);
      }
    },
  );

  test.each([{}, rich, { growth: 'flat' }, { uncertainty_samples: 50, interval_width: 0.95 }])(
    'is the same for the same question, bounds included, whatever the horizon: %j',
    async (options) => {
      const all = { regressors: [{ name: 'price' }], ...options };
      const long = await ask(data, all, { future });

      expect((await ask(data, all, { future })).forecast).toEqual(long.forecast);
      const short = await ask(data, all, { future: future.slice(0, 9) });
      expect(short.forecast).toEqual(long.forecast.slice(0, 9));
      const whole = await ask(data, { ...all, include_history: true }, { future });
      expect(whole.forecast).toHaveLength(160);
      expect(whole.forecast.slice(120)).toEqual(long.forecast);
    },
  );

  test('the history comes once for each date, gaps too', async () => {
    const gappy = daily(50, (at) => (at % 9 ? at % 7 : null));

    const { forecast } = await ask([...gappy, ...gappy.slice(5, 9)], { include_history: true });

    expect(forecast.map(({ ds }) => ds)).toEqual(days(80));
  });

  test('without samples there are no bounds, a wider interval holds the narrower one', async () => {
    const at = async (options: object) =>
      (
        await ask(
          daily(60, () => random()),
          options,
        )
      ).forecast;
    const [none] = await at({ uncertainty_samples: 0 });
    const [narrow] = await at({ interval_width: 0.5 });
    const [wide] = await at({ interval_width: 0.95 });

    expect(Object.keys(none ?? {})).toEqual(['ds', 'yhat']);
    expect(wide?.yhat_upper).toBeGreaterThan(narrow?.yhat_upper ?? Infinity);
    expect(wide?.yhat_lower).toBeLessThan(narrow?.yhat_lower ?? -Infinity);
  });

  test('future rows alone are the dates, also where they leave steps out', async () => {
    const dates = ['2020-06-01', '2020-05-03', '2020-01-15'];

    const { forecast } = await answer(model, {
      model_id: 'm',
      data: daily(120, (at) => at % 7),
      future: dates.map((ds) => ({ ds })),
    });

    expect(forecast.map(({ ds }) => ds)).toEqual(dates.toReversed());
  });
});

test('minmax scaling fits what lies far from 0', async () => {
  const truth = (at: number) => 6e8 + 1000 * week(at) + 5 * at;
  const data = daily(200, (at) => truth(at) + 100 * random());

  const result = await ask(data, { scaling: 'minmax' });

  expect(worst(yhats(result), (at) => truth(200 + at))).toBeLessThan(150);
});

function minOf(rows: readonly { y: number | null }[]): number {
  return Math.min(...rows.map(({ y }) => y ?? Infinity));
}
