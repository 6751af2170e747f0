import { expect, test } from 'vitest';
import { daily, every } from '../../test/series.ts';
import { estimateMs } from './estimate.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';

const model = createForecastModel();
const lookAt = (data: object[], options: object = {}, periods = 30) => {
  const { input } = model.prepare({ model_id: 'm', data, periods, options });
  return { ms: estimateMs(input as ForecastInput), lane: model.laneOf?.(input) };
};
const days = (count: number) => daily(count, (at) => at % 7, '1990-01-01');

test('a forecast of less than 100 ms is short work', () => {
  expect(lookAt(days(60)).lane).toBe('short');
  expect(lookAt(days(3000)).lane).toBe('short');
  expect(lookAt(days(3000), { country_holidays: 'US' }).lane).toBe('short');
  expect(lookAt(days(300), { seasonality_mode: 'multiplicative' }).lane).toBe('short');
  expect(lookAt(days(60), { growth: 'logistic', cap: 9 }).lane).toBe('short');
});

test('one that takes longer is long work', () => {
  const hours = every(3600, 50_000, (at) => at % 24);
  const logistic = { growth: 'logistic', cap: 9 };

  expect(lookAt(hours).lane).toBe('long');
  expect(lookAt(days(10_000), { seasonality_mode: 'multiplicative' }).lane).toBe('long');
  expect(lookAt(days(3000), logistic).lane).toBe('long');
  expect(lookAt(days(60), { ...logistic, yearly_seasonality: 30 }).lane).toBe('long');
  expect(lookAt(days(300), { ...logistic, uncertainty_samples: 10_000 }, 365).lane).toBe('long');
  expect(lookAt(days(5000), { n_changepoints: 500 }).lane).toBe('long');
});

test('it grows with points, columns, changepoints and dates', () => {
  const usual = lookAt(days(1000)).ms;

  expect(lookAt(days(2000)).ms).toBeGreaterThan(usual);
  expect(lookAt(days(1000), { yearly_seasonality: 20 }).ms).toBeGreaterThan(usual);
  expect(lookAt(days(1000), { n_changepoints: 50 }).ms).toBeGreaterThan(usual);
  expect(lookAt(days(1000), {}, 300).ms).toBeGreaterThan(usual);
  expect(lookAt(days(1000), { include_history: true }).ms).toBeGreaterThan(usual);
});
