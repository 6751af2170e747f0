/**
 * Cases that Prophet's authors publish, and series on which Stan's WASM build traps: test/fixtures, see
 * the NOTICE there.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { answer } from '../../test/series.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { exactAdditive } from './optimiser/exact.ts';
import type { ProphetParameters } from './optimiser/problem.ts';
import { predictRows } from './predict.ts';
import { askedRows, seriesOf } from './series.ts';
import { scaled } from './train.ts';

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
const forecastOf = async (
  data: object[],
  periods: number,
  options: object = {},
  more: object = {},
) => {
  const { forecast } = await answer(model, { model_id: 'p', data, periods, options, ...more });
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

/** Of the last 30 rows, from all before them (`test_fit_predict` of Prophet's test_prophet.py). */
async function heldOutRmse(rows: readonly { ds: string; y: number }[], options: object) {
  const [data, kept] = [rows.slice(0, -30), rows.slice(-30)];
  const forecast = await forecastOf(data, 30, options, { freq: 'D' });
  const squares = kept.map(({ y }, at) => (y - (forecast[at]?.yhat ?? 0)) ** 2);
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / 30);
}

test.each([
  ['absmax', 10.64],
  ['minmax', 11.13],
])("Prophet's own test of its defaults, %s: rmse within a tenth of %d", async (scaling, rmse) => {
  const found = await heldOutRmse(rowsOf('daily.csv'), { scaling });

  expect(Math.abs(found / rmse - 1)).toBeLessThan(0.1);
});

test.each([
  ['absmax', 23.44],
  ['minmax', 11.29],
])("Prophet's own test of Newton, %s: the exact optimum has its rmse of %d", (scaling, rmse) => {
  const rows = rowsOf('daily.csv');
  const asked = { model_id: 'p', data: rows.slice(0, -30), periods: 30, freq: 'D' };
  const input = model.prepare({ ...asked, options: { scaling } }).input as ForecastInput;
  const { problem, frame } = scaled(seriesOf(input), input.fit);
  const parameters = exactAdditive(problem) as ProphetParameters;
  const fit = { kind: 'prophet', options: input.fit, frame, parameters, warnings: [] } as const;

  const { yhat } = predictRows(fit, askedRows(input), input.answer);

  const squares = rows.slice(-30).map(({ y }, at) => (y - (yhat[at] ?? 0)) ** 2);
  const found = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / 30);
  expect(Math.abs(found / rmse - 1)).toBeLessThan(0.01);
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
