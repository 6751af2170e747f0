import { InputError } from '../errors.ts';
import { DAY_SECONDS } from './calendar.ts';
import type { HolidayColumn } from './fit-options.ts';
import type { LocalOptions } from './local-options.ts';

/**
 * One column for each day of each holiday's window, as in Prophet: the day after a holiday has its
 * own effect. Throws `InputError` if there are more than `maxDays`, or if a holiday's rows give
 * different prior scales.
 */
export function holidayColumns(options: LocalOptions, maxDays: number): HolidayColumn[] {
  const { holidays, holidays_prior_scale } = options;
  const days = holidays.reduce((sum, row) => sum + row.upper_window - row.lower_window + 1, 0);
  if (days > maxDays) {
    const message = `${days} days of holidays, windows counted out, are more than the ${maxDays} allowed`;
    throw new InputError([{ path: '/options/holidays', message }]);
  }
  const windows = new Map<
    string,
    { readonly prior: number; readonly days: Map<number, number[]> }
  >();
  for (const [
    row,
    { holiday, ds, lower_window, upper_window, prior_scale },
  ] of holidays.entries()) {
    const prior = prior_scale ?? holidays_prior_scale;
    const window = windows.get(holiday) ?? { prior, days: new Map() };
    windows.set(holiday, window);
    if (window.prior !== prior) {
      const message = 'all rows of a holiday must have the same prior_scale';
      throw new InputError([{ path: `/options/holidays/${row}/prior_scale`, message }]);
    }
    for (let offset = lower_window; offset <= upper_window; offset += 1) {
      const day = Math.floor(ds / DAY_SECONDS) + offset;
      const known = window.days.get(offset);
      if (known === undefined) window.days.set(offset, [day]);
      else known.push(day);
    }
  }
  return [...windows]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([holiday, { prior, days }]) =>
      [...days]
        .sort(([a], [b]) => a - b)
        .map(([offset, own]) => ({ holiday, offset, prior_scale: prior, days: ascending(own) })),
    );
}

function ascending(days: readonly number[]): readonly number[] {
  return days.length === 1 ? days : [...new Set(days)].sort((a, b) => a - b);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
