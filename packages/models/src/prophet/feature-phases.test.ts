import { expect, test } from 'vitest';
import { every } from '../../test/series.ts';
import { createForecastModel } from '../forecast/model.ts';
import { featureRows } from './feature-rows.ts';
import { frameOf } from './frame.ts';
import { holidayDays } from './holidays.ts';
import { seriesOf } from './series.ts';

const model = createForecastModel();

/** The features of a body, and their rows one by one. */
function featuresOf(data: object[], options: object = {}, more: object = {}) {
  const { input } = model.prepare({ model_id: 'f', data, periods: 3, freq: 'h', options, ...more });
  const series = seriesOf(input as never);
  const fit = (input as unknown as { fit: Parameters<typeof holidayDays>[0] }).fit;
  const holidays = holidayDays(fit, series.ds);
  const features = featureRows(frameOf(series, fit, holidays).blocks, series, holidays);
  const rowAt = (row: number) => {
    const into = new Float64Array(features.width);
    features.write(into, { offset: 0, stride: features.width }, row, 1);
    return into;
  };
  return { features, rowAt };
}

const hourly = every(3600, 2000, (at) => at % 11);

test('days and weeks of an hourly series repeat to the last bit, the year does not', () => {
  const { features, rowAt } = featuresOf(hourly, { yearly_seasonality: 2 });
  const { phases, phaseOf, columns } = features.repeating ?? {};

  expect(phases).toBe(168);
  expect(columns).toEqual(Array.from({ length: 14 }, (_, j) => 4 + j));
  for (let row = 168; row < 2000; row += 1) {
    expect(phaseOf?.(row)).toBe(row % 168);
    expect(rowAt(row).subarray(4)).toEqual(rowAt(row - 168).subarray(4));
  }
});

test('hours that are missing or come twice keep their phases', () => {
  const gaps = [...hourly.filter((_, at) => at % 50 > 7), ...hourly.slice(900, 910)];
  const { features, rowAt } = featuresOf(gaps);
  const { phases = 0, phaseOf, columns = [] } = features.repeating ?? {};
  const known = new Map<number, Float64Array>();

  for (let row = 0; row < gaps.length; row += 1) {
    const phase = phaseOf?.(row) ?? -1;
    const cells = Float64Array.from(columns, (column) => rowAt(row)[column] ?? 0);
    expect(cells).toEqual(known.get(phase) ?? cells);
    known.set(phase, cells);
  }
  expect(phases).toBe(168);
  expect(known.size).toBe(168);
});

test('dates off every grid, and seasons that are not always there, repeat nothing', () => {
  const off = hourly.map((row, at) => (at === 5 ? { ...row, ds: '2020-01-01T05:00:07' } : row));
  const conditional = hourly.map((row) => ({ ...row, on: true }));
  const only = (season: object) => ({
    weekly_seasonality: false,
    daily_seasonality: false,
    seasonalities: [{ name: 's', period: 1, fourier_order: 2, ...season }],
  });
  const ahead = { periods: undefined, future: [{ ds: '2021-01-01', on: true }] };

  expect(featuresOf(off).features.repeating).toBeUndefined();
  expect(featuresOf(hourly, only({ period: 1 / 7 })).features.repeating).toBeUndefined();
  expect(featuresOf(hourly, only({})).features.repeating?.phases).toBe(24);
  const on = only({ condition_name: 'on' });
  expect(featuresOf(conditional, on, ahead).features.repeating).toBeUndefined();
});
