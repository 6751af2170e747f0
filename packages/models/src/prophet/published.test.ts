/**
 * Cases that Prophet's authors publish, and series on which Stan's WASM build traps: test/fixtures, see
 * the NOTICE there.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { answer } from '../../test/series.ts';
import { createForecastModel } from '../forecast/model.ts';

const model = createForecastModel();
const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url), 'utf8');
const rowsOf = (name: string) =>
  fixture(name)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [ds = '', y] = line.replaceAll('"', '').split(',');
      return { ds, y: Number(y) };
    });
const forecastOf = async (data: object[], periods: number, options: object = {}) => {
  const { forecast } = await answer(model, { model_id: 'p', data, periods, options });
  return forecast;
};

test('peyton: the last days of the year ahead, as in the documentation', async () => {
  const forecast = await forecastOf(rowsOf('peyton.csv'), 365);

  expect(forecast.at(-1)?.ds).toBe('2017-01-19');
  const published = [8.2126, 8.5376, 8.3251, 8.1577, 8.1697];
  for (const [at, { yhat }] of forecast.slice(-5).entries())
    expect(Math.abs(yhat - (published[at] ?? 0))).toBeLessThan(0.02);
});

test('air passengers, multiplicative', async () => {
  const forecast = await forecastOf(rowsOf('air.csv'), 49, { seasonality_mode: 'multiplicative' });

  expect(forecast.at(-1)?.ds).toBe('1965-01-01');
  expect(Math.abs((forecast.at(-1)?.yhat ?? 0) - 606.1)).toBeLessThan(3);
});

test.each(['daily-11-20', 'daily-11-53', 'daily-16-51'])(
  'a plain daily series that breaks WASM is forecast: %s',
  async (name) => {
    const { data } = JSON.parse(fixture(`${name}.json`)) as { data: { y: number }[] };
    const values = data.map(({ y }) => y);
    const [least, most] = [Math.min(...values), Math.max(...values)];

    for (const { yhat, yhat_lower, yhat_upper } of await forecastOf(data, 30)) {
      expect(yhat).toBeGreaterThan(least - (most - least));
      expect(yhat).toBeLessThan(most + (most - least));
      expect(yhat_lower).toBeLessThan(yhat_upper);
    }
  },
);
