/**
 * Prophet's `performance_metrics` (diagnostics.py): for each distance from the cutoff, the errors
 * of the predictions in a window that ends at this distance. A window prefers complete distances.
 */
import { scheduler } from 'node:timers/promises';

/** A date after a cutoff with its prediction and its true value. */
export interface Predicted {
  /** Since the cutoff. Unit: seconds. */
  readonly horizon: number;
  readonly y: number;
  readonly yhat: number;
  readonly yhat_lower?: number | undefined;
  readonly yhat_upper?: number | undefined;
}

export interface Performance {
  /** The longest distance of the window. Unit: seconds. */
  readonly horizon: number;
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  /** Absent if some y is 0. */
  readonly mape?: number;
  readonly mdape?: number;
  readonly smape: number;
  /** Absent without bounds. */
  readonly coverage?: number;
}

/** Below this |y| Prophet gives no `mape`. */
const NEAR_ZERO = 1e-8;

/**
 * @param rollingWindow Share of the predictions in a window, 0..1; 0: each distance alone.
 * It yields to other work between windows: the median of 100,000 predictions takes a second.
 */
export async function performanceMetrics(
  predicted: readonly Predicted[],
  rollingWindow: number,
): Promise<Performance[]> {
  const rows = predicted.toSorted((a, b) => a.horizon - b.horizon);
  const size = Math.min(rows.length, Math.max(1, Math.floor(rollingWindow * rows.length)));
  const groups = groupsOf(rows);
  const mean = (of: (row: Predicted) => number) => rollingMeans(rows.map(of), groups, size);
  const relative = rows.map(({ y, yhat }) => Math.abs((y - yhat) / y));
  const hasMape = rows.every(({ y }) => Math.abs(y) >= NEAR_ZERO);
  const hasBounds = rows.every(({ yhat_lower }) => yhat_lower !== undefined);

  const mse = mean(({ y, yhat }) => (y - yhat) ** 2);
  const mae = mean(({ y, yhat }) => Math.abs(y - yhat));
  const smape = mean(({ y, yhat }) =>
    y === yhat ? 0 : Math.abs(y - yhat) / ((Math.abs(y) + Math.abs(yhat)) / 2),
  );
  const mape = hasMape ? mean(({ y, yhat }) => Math.abs((y - yhat) / y)) : undefined;
  const coverage = hasBounds
    ? mean(({ y, yhat_lower = 0, yhat_upper = 0 }) => Number(y >= yhat_lower && y <= yhat_upper))
    : undefined;
  const mdape = hasMape ? await rollingMedians(relative, groups, size) : undefined;
  const skipped = groups.length - mse.length;
  return mse.map((value, at) => ({
    horizon: groups[skipped + at]?.horizon as number,
    mse: value,
    rmse: Math.sqrt(value),
    mae: mae[at] as number,
    ...(mape && { mape: mape[at] as number }),
    ...(mdape && { mdape: mdape[at] as number }),
    smape: smape[at] as number,
    ...(coverage && { coverage: coverage[at] as number }),
  }));
}

/** Consecutive rows of one distance. */
interface Group {
  readonly horizon: number;
  readonly from: number;
  readonly to: number;
}

function groupsOf(rows: readonly Predicted[]): Group[] {
  const starts = rows.flatMap(({ horizon }, at) => (horizon === rows[at - 1]?.horizon ? [] : [at]));
  return starts.map((from, at) => ({
    horizon: rows[from]?.horizon as number,
    from,
    to: starts[at + 1] ?? rows.length,
  }));
}

/**
 * For each distance with `size` values at or before it, their mean. If the farthest distance
 * belongs to the window only in part, its mean is weighted by that part (`rolling_mean_by_h`).
 */
function rollingMeans(values: readonly number[], groups: readonly Group[], size: number): number[] {
  const sums = groups.map(({ from, to }) => values.slice(from, to).reduce((a, b) => a + b, 0));
  return groups.flatMap((_, end) => {
    let sum = 0;
    let count = 0;
    for (let at = end; at >= 0; at -= 1) {
      const { from, to } = groups[at] as Group;
      const taken = Math.min(to - from, size - count);
      // All values of the window's own distance count, even if there are more than the window holds.
      const share = at === end ? 1 : taken / (to - from);
      sum += (sums[at] as number) * share;
      count += at === end ? to - from : taken;
      if (count >= size) return [sum / count];
    }
    return [];
  });
}

/** The same with the median; a partial distance is taken from its end (`rolling_median_by_h`). */
async function rollingMedians(
  values: readonly number[],
  groups: readonly Group[],
  size: number,
): Promise<number[]> {
  const medians: number[] = [];
  for (const { from, to } of groups) {
    if (to < size) continue;
    const window = Float64Array.from(values.slice(Math.min(from, to - size), to)).sort();
    const middle = window.length >> 1;
    const upper = window[middle] as number;
    medians.push(window.length % 2 === 1 ? upper : ((window[middle - 1] as number) + upper) / 2);
    await scheduler.yield();
  }
  return medians;
}
