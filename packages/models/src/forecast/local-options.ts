import { localDate } from './ds.ts';
import type { Offsets } from './offsets.ts';
import type { ForecastOptions } from './options-schema.ts';

/** Options whose dates are seconds of the series' local time. */
export type LocalOptions = Omit<ForecastOptions, 'changepoints' | 'holidays'> & {
  readonly changepoints: readonly number[] | undefined;
  readonly holidays: readonly (Omit<ForecastOptions['holidays'][number], 'ds'> & {
    readonly ds: number;
  })[];
};

export function localDates(options: ForecastOptions, offsets: Offsets): LocalOptions {
  return {
    ...options,
    changepoints: options.changepoints?.map((date) => localDate(date, offsets)),
    holidays: options.holidays.map((row) => ({ ...row, ds: localDate(row.ds, offsets) })),
  };
}
