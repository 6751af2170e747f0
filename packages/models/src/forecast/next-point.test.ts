import { expect, test } from 'vitest';
import { context, daily, every, type Row } from '../../test/series.ts';
import { computeForecast } from '../prophet/forecast.ts';
import { seriesOf } from '../prophet/series.ts';
import { DEFAULT_LIMITS } from '../settings.ts';
import type { ForecastInput } from './input.ts';
import { createForecastModel } from './model.ts';
import { nextPointOf } from './next-point.ts';

const model = createForecastModel();
const inputOf = (data: Row[], more: object = {}) =>
  model.prepare({ model_id: 'sales', data, periods: 3, ...more }).input as ForecastInput;

function next(
  data: Row[],
  { now = '2020-06-01T00:00:00Z', ...more }: { now?: string; freq?: string } = {},
) {
  const input = inputOf(data, more);
  return nextPointOf(input, seriesOf(input).ds.at(-1) as number, Date.parse(now));
}

const days = daily(30, (at) => at % 7); // to 2020-01-30
const local = every(3600, 30, (at) => at % 7); // to 2020-01-02T05:00:00
const zoned = local.map(({ ds, y }) => ({ ds: `${ds}+02:00`, y }));
const months: Row[] = ['2020-01-31', '2020-02-29', '2020-03-31', '2020-04-30'].map((ds, y) => ({
  ds,
  y,
}));

test('it is a step of freq after the last point, written like ds', () => {
  expect(next(days).due).toBe('2020-01-31');
  expect(next(days, { freq: 'W' }).due).toBe('2020-02-02');
  expect(next(local).due).toBe('2020-01-02T06:00:00');
  expect(next(zoned).due).toBe('2020-01-02T06:00:00+02:00');
  expect(next(months).due).toBe('2020-05-31');
});

test('a gap at the end has not come', () => {
  expect(next([...days, { ds: '2020-01-31', y: null }]).due).toBe('2020-01-31');
});

test('a date is past when its day is over, a time at once', () => {
  const isPast = (data: Row[], now: string) => next(data, { now }).isPast;

  expect(isPast(days, '2020-01-31T23:59:59Z')).toBe(false);
  expect(isPast(days, '2020-02-01T00:00:00Z')).toBe(true);
  expect(isPast(local, '2020-01-02T05:59:59Z')).toBe(false);
  expect(isPast(local, '2020-01-02T06:00:00Z')).toBe(true);
  expect(isPast(zoned, '2020-01-02T03:59:59Z')).toBe(false);
  expect(isPast(zoned, '2020-01-02T04:00:00Z')).toBe(true);
});

test('a forecast tells it, and warns when it is past', async () => {
  const forecast = (now: string) =>
    computeForecast(inputOf(days), context, { ...DEFAULT_LIMITS, now: () => Date.parse(now) });

  const soon = await forecast('2020-01-31T12:00:00Z');
  const late = await forecast('2020-02-01T12:00:00Z');

  expect(soon.model.next_point_due).toBe('2020-01-31');
  expect(soon.warnings.map(({ code }) => code)).not.toContain('series_behind');
  expect(late.model.next_point_due).toBe('2020-01-31');
  expect(late.warnings.at(-1)).toMatchObject({
    code: 'series_behind',
    message: expect.stringContaining('2020-01-31'),
  });
});
