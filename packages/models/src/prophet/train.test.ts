import { expect, test } from 'vitest';
import { daily, every, noise } from '../../test/series.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { fitSeries } from './fit.ts';
import { predictRows } from './predict.ts';
import { isFitOf } from './prophet-fit.ts';
import { askedRows, seriesOf } from './series.ts';
import { trainProphet } from './train.ts';

const model = createForecastModel();
const random = noise(9);
const hourly = every(3 * 3600, 300, (at) => Math.sin(at / 3) + at / 100 + random());
const prepared = (data: unknown, more: object = {}) =>
  model.prepare({ model_id: 'm', data, periods: 20, ...more }).input as ForecastInput;

test('a fit that was stored predicts as the one just made, without the series', () => {
  const input = prepared(hourly, { options: { yearly_seasonality: 2 } });
  const { fit } = fitSeries(seriesOf(input), input.fit);
  const rows = askedRows(input);

  const stored = structuredClone(fit);

  expect(predictRows(stored, rows, input.answer)).toEqual(predictRows(fit, rows, input.answer));
});

test('parameters of another shape, or not finite, are told from those of a fit', () => {
  const input = prepared(hourly);
  const { frame, parameters } = trainProphet(seriesOf(input), input.fit).fit;
  const other = prepared(daily(30, () => random()));
  const short = trainProphet(seriesOf(other), other.fit).fit;

  expect(isFitOf(frame, parameters)).toBe(true);
  expect(isFitOf(short.frame, parameters)).toBe(false);
  expect(isFitOf(frame, { ...parameters, m: Number.NaN })).toBe(false);
  expect(isFitOf(frame, { ...parameters, beta: parameters.beta.fill(Number.NaN, 3) })).toBe(false);
});

test('the errors are the distances of the points from what the fit says of their dates', () => {
  for (const options of [
    {},
    { seasonality_mode: 'multiplicative', country_holidays: 'US' },
    { growth: 'logistic', cap: 9, floor: -3 },
  ]) {
    const input = prepared(hourly, { options });
    const series = seriesOf(input);

    const { fit, errors } = trainProphet(series, input.fit);

    const { yhat } = predictRows({ ...fit, warnings: [] }, series, input.answer);
    for (const [at, error] of errors.entries())
      expect(error).toBeCloseTo((series.y[at] as number) - (yhat[at] as number), 9);
  }
});
