import { describe, expect, test } from 'vitest';
import { hardInputs } from '../../test/hard-inputs.ts';
import { answer, daily, type ForecastAnswer } from '../../test/series.ts';
import { InputError } from '../errors.ts';
import { createForecastModel } from '../forecast/model.ts';

const model = createForecastModel();
const good = { model_id: 'good', data: daily(60, (at) => (at * 7) % 11), periods: 3 };

describe('ends in a forecast or a clear error, twice, and a good series fits right after', () => {
  test.each(hardInputs)('%s', async (_, data, more) => {
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
  expect(warnings).toMatchObject([{ code: 'constant_series' }, { code: 'series_behind' }]);
});

test('two points, and any number on a line, go on straight', async () => {
  const two = await answer(model, { model_id: 'l', data: daily(2, (at) => at), periods: 3 });
  const many = await answer(model, { model_id: 'l', data: daily(99, (at) => at), periods: 3 });

  expect(two.forecast.map(({ yhat }) => yhat)).toEqual([2, 3, 4]);
  expect(two.warnings).toMatchObject([{ code: 'few_points' }, { code: 'series_behind' }]);
  expect(many.forecast[2]?.yhat).toBeCloseTo(101, 9);
  expect(many.warnings).toMatchObject([{ code: 'linear_series' }, { code: 'series_behind' }]);
});

function isSane({ forecast }: ForecastAnswer): boolean {
  return forecast.every(
    ({ yhat, yhat_lower, yhat_upper }) =>
      Number.isFinite(yhat) && yhat_lower <= yhat_upper && Number.isFinite(yhat_upper - yhat_lower),
  );
}
