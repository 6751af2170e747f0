/** Whether a model still describes the points that it has not seen. Pure arithmetic. */
import type { Residuals } from '../prophet/fitted-model.ts';

export interface Degradation {
  /** The root mean square of the errors divided by that of the errors in training. */
  readonly errorRatio: number;
  /** The share of the points within the distance that covers four in five points in training. */
  readonly coverage: number;
  readonly isDegraded: boolean;
}

// Measured 2026-11 over 1,000 generated series of 200 and 1,000 points, 0.5 to 10 % of them unseen. Of
// series that continue unchanged, at most one in a hundred is called degraded with normal noise, and one
// in forty with heavy tails. A level shift of twice the error in training is found in two of three cases
// with 10 unseen points and in all cases with 48; a shift of three times the error is always found. With
// few points, the limits allow more for chance.
const largestRatio = (count: number): number => 1.5 * (1 + 1.5 / Math.sqrt(count));
const leastCoverage = (count: number): number => 0.6 - 1.2 / Math.sqrt(count);

/**
 * A series without noise has almost no error in training, so that any error would look large;
 * errors are compared with at least this.
 */
const SMALL_STEP = 0.25;
const ROUNDING = 1e-9;

/** An error that is small for the series, however small its errors in training are. */
export function smallErrorOf({ step }: Residuals, y: readonly number[]): number {
  const size = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(SMALL_STEP * step, ROUNDING * size, Number.MIN_VALUE);
}

/** @param errors Distances of the unseen points `y` from the model's values for them. */
export function degradationOf(
  errors: readonly number[],
  y: readonly number[],
  residuals: Residuals,
): Degradation {
  const count = errors.length;
  if (count === 0) return { errorRatio: 0, coverage: 1, isDegraded: false };
  const { rmse, band } = residuals;
  const small = smallErrorOf(residuals, y);
  const squares = errors.reduce((sum, error) => sum + error * error, 0);
  const errorRatio = Math.sqrt(squares / count) / Math.max(rmse, small);
  const within = errors.filter((error) => Math.abs(error) <= Math.max(band, small));
  const coverage = within.length / count;
  const isDegraded = errorRatio > largestRatio(count) || coverage < leastCoverage(count);
  return { errorRatio, coverage, isDegraded };
}
