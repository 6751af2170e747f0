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
  const columns = new Map<string, HolidayColumn & { readonly days: number[] }>();
  const priors = new Map<string, number>();
  for (const [
    row,
    { holiday, ds, lower_window, upper_window, prior_scale },
  ] of holidays.entries()) {
    const prior = prior_scale ?? holidays_prior_scale;
    if ((priors.get(holiday) ?? prior) !== prior) {
      const message = 'all rows of a holiday must have the same prior_scale';
      throw new InputError([{ path: `/options/holidays/${row}/prior_scale`, message }]);
    }
    priors.set(holiday, prior);
    for (let offset = lower_window; offset <= upper_window; offset += 1) {
      const key = `${offset} ${holiday}`;
      const column = columns.get(key) ?? { holiday, offset, prior_scale: prior, days: [] };
      columns.set(key, column);
      column.days.push(Math.floor(ds / DAY_SECONDS) + offset);
    }
  }
  return Array.from(columns.values(), (column) => ({
    ...column,
    days: [...new Set(column.days)].sort((a, b) => a - b),
  })).sort((a, b) => compare(a.holiday, b.holiday) || a.offset - b.offset);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
