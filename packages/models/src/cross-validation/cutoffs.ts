import { InputError } from '../errors.ts';

interface Windows {
  /** The unit of all of these: seconds. */
  readonly horizon: number;
  readonly initial: number;
  readonly period: number;
}

/**
 * Prophet's `generate_cutoffs`: from the last date that leaves a horizon, backwards in steps of
 * `period`, while at least `initial` remains for training. UNIX seconds, ascending.
 *
 * @param ds UNIX seconds of the points that have a y, ascending.
 * Throws `InputError` if there is no cutoff, or more than `max`.
 */
export function cutoffsOf(
  ds: readonly number[],
  { horizon, initial, period }: Windows,
  max: number,
): number[] {
  const first = ds[0] as number;
  let cutoff = (ds.at(-1) as number) - horizon;
  if (cutoff < first) throw new InputError([{ path: '/horizon', message: 'longer than the data' }]);
  const found: number[] = [];
  while (cutoff >= first + initial) {
    found.push(cutoff);
    if (found.length > max) {
      const message = `more than the ${max} cutoffs allowed: send a longer period, or initial`;
      throw new InputError([{ path: '/period', message }]);
    }
    cutoff -= period;
    const next = lastUpTo(ds, cutoff + horizon);
    // Nothing to predict after this cutoff, so the next one ends with the last date before it.
    if ((next === undefined || next <= cutoff) && cutoff > first)
      cutoff = (lastUpTo(ds, cutoff) as number) - horizon;
  }
  if (found.length > 0) return found.reverse();
  const message = 'less data than horizon after initial: make one of them shorter';
  throw new InputError([{ path: '/initial', message }]);
}

/**
 * Checks that each cutoff lies after the first date and leaves a horizon, else throws `InputError`.
 * Ascending.
 */
export function givenCutoffs(
  cutoffs: readonly number[],
  ds: readonly number[],
  horizon: number,
): number[] {
  const last = (ds.at(-1) as number) - horizon;
  for (const [at, cutoff] of cutoffs.entries()) {
    const message =
      cutoff <= (ds[0] as number)
        ? 'must lie after the first date'
        : cutoff > last
          ? 'leaves no horizon before the last date'
          : undefined;
    if (message !== undefined) throw new InputError([{ path: `/cutoffs/${at}`, message }]);
  }
  return [...new Set(cutoffs)].sort((a, b) => a - b);
}

/** The last date at or before `limit`. */
function lastUpTo(ds: readonly number[], limit: number): number | undefined {
  return ds[countUpTo(ds, limit) - 1];
}

/** How many dates lie at or before `limit`. */
export function countUpTo(ds: readonly number[], limit: number): number {
  let low = 0;
  let high = ds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ds[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
