import { expect, test } from 'vitest';
import { daily, every, noise } from '../../test/series.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { fitProphet, isFitOf } from './engine.ts';
import { fitSeries } from './fit.ts';
import { predictRows } from './predict.ts';
import { askedRows, seriesOf } from './series.ts';

const model = createForecastModel();
const random = noise(9);
const hourly = every(3 * 3600, 300, (at) => Math.sin(at / 3) + at / 100 + random());
const prepared = (data: unknown, more: object = {}) =>
  model.prepare({ model_id: 'm', data, periods: 20, ...more }).input as ForecastInput;

test('a fit that was stored predicts as the one just made, without the series', () => {
  const input = prepared(hourly, { options: { yearly_seasonality: 2 } });
  const fit = fitSeries(seriesOf(input), input.fit);
  const rows = askedRows(input);

  const stored = structuredClone(fit);

  expect(predictRows(stored, rows, input.answer)).toEqual(predictRows(fit, rows, input.answer));
});

test('parameters of another shape, or not finite, are told from those of a fit', () => {
  const input = prepared(hourly);
  const { frame, parameters } = fitProphet(seriesOf(input), input.fit);
  const other = prepared(daily(30, () => random()));
  const short = fitProphet(seriesOf(other), other.fit);

  expect(isFitOf(frame, parameters)).toBe(true);
  expect(isFitOf(short.frame, parameters)).toBe(false);
  expect(isFitOf(frame, { ...parameters, m: Number.NaN })).toBe(false);
  expect(isFitOf(frame, { ...parameters, beta: parameters.beta.fill(Number.NaN, 3) })).toBe(false);
});

test('a fit that starts where an earlier one ended finds the same forecast', () => {
  const input = prepared(hourly);
  const cold = fitProphet(seriesOf(input), input.fit);
  const rows = askedRows(input);

  const warm = fitProphet(seriesOf(input), input.fit, cold.parameters);

  const [one, other] = [cold, warm].map(
    (fit) => predictRows({ ...fit, warnings: [] }, rows, input.answer).yhat,
  );
  for (const [at, yhat] of (other ?? []).entries()) expect(yhat).toBeCloseTo(one?.[at] ?? 0, 2);
});
