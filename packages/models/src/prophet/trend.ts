/** Prophet's three trends, in scaled time and units (`piecewise_linear` and so on of forecaster.py). */
import type { FitOptions } from '../forecast/fit-options.ts';

export interface TrendParameters {
  /** Rate before the first changepoint. */
  readonly k: number;
  /** Offset before the first changepoint. */
  readonly m: number;
  /** Change of the rate at each changepoint. */
  readonly delta: Float64Array;
}

/** Rate and offset that hold from the changepoint at `from` on. */
export interface Segment {
  readonly from: number;
  readonly k: number;
  readonly m: number;
}

/** The first segment holds from minus infinity. */
export function segmentsOf(
  growth: FitOptions['growth'],
  { k, m, delta }: TrendParameters,
  changepoints: ArrayLike<number>,
): Segment[] {
  const segments: Segment[] = [{ from: Number.NEGATIVE_INFINITY, k, m }];
  if (growth === 'flat') return segments;
  let last = segments[0] as Segment;
  for (let at = 0; at < changepoints.length; at += 1) {
    last = afterChange(growth, last, changepoints[at] as number, delta[at] as number);
    segments.push(last);
  }
  return segments;
}

/** The offset changes with the rate so that the trend stays continuous. */
export function afterChange(
  growth: 'linear' | 'logistic',
  { k, m }: Segment,
  from: number,
  delta: number,
): Segment {
  const next = k + delta;
  if (growth === 'linear') return { from, k: next, m: m - from * delta };
  // A rate of exactly 0 has no point of inflexion: the change is left out.
  return next === 0 ? { from, k, m } : { from, k: next, m: m + (from - m) * (1 - k / next) };
}

/** @param cap Scaled; only of logistic growth. */
export function trendAt(
  growth: FitOptions['growth'],
  { k, m }: Segment,
  t: number,
  cap: number,
): number {
  if (growth === 'flat') return m;
  return growth === 'linear' ? k * t + m : cap / (1 + Math.exp(-k * (t - m)));
}

/** @param t In any order. @param cap Scaled; only of logistic growth. */
export function trendOf(
  growth: FitOptions['growth'],
  segments: readonly Segment[],
  t: ArrayLike<number>,
  cap: ArrayLike<number>,
): number[] {
  const trend = new Array<number>(t.length);
  let segment = 0;
  for (let at = 0; at < t.length; at += 1) {
    const time = t[at] as number;
    // From the segment of the row before: rows mostly ascend.
    if ((segments[segment] as Segment).from > time) segment = 0;
    while (segment + 1 < segments.length && (segments[segment + 1] as Segment).from <= time)
      segment += 1;
    trend[at] = trendAt(growth, segments[segment] as Segment, time, cap[at] ?? 0);
  }
  return trend;
}
