/**
 * The seasonalities that `auto` means, after Prophet's rule (`parse_seasonality_args` and
 * `set_auto_seasonalities` of its forecaster.py; Taylor & Letham 2018,
 * https://peerj.com/preprints/3190/). This module decides and not the engine, because augurs 0.10.2
 * wants strictly more than 730 days for a yearly seasonality and Prophet wants at least 730.
 */
import { DAY_SECONDS } from './calendar.ts';

export type SeasonalityOption = 'auto' | boolean | number;

/** Fourier orders; 0 is off. */
export interface SeasonalityOrders {
  readonly yearly: number;
  readonly weekly: number;
  readonly daily: number;
}

const DEFAULT_ORDERS: SeasonalityOrders = { yearly: 10, weekly: 3, daily: 4 };

/** @param dates UNIX seconds of the points that have a y, ascending. */
export function seasonalityOrders(
  options: Readonly<Record<keyof SeasonalityOrders, SeasonalityOption>>,
  dates: readonly number[],
): SeasonalityOrders {
  const spanDays = ((dates.at(-1) as number) - (dates[0] as number)) / DAY_SECONDS;
  let spacingDays = Number.POSITIVE_INFINITY;
  for (let at = 1; at < dates.length; at += 1) {
    const spacing = ((dates[at] as number) - (dates[at - 1] as number)) / DAY_SECONDS;
    if (spacing > 0 && spacing < spacingDays) spacingDays = spacing;
  }
  const order = (name: keyof SeasonalityOrders, auto: boolean) => {
    const option = options[name];
    if (typeof option === 'number') return option;
    return option === true || (option === 'auto' && auto) ? DEFAULT_ORDERS[name] : 0;
  };
  return {
    yearly: order('yearly', spanDays >= 730),
    weekly: order('weekly', spanDays >= 14 && spacingDays < 7),
    daily: order('daily', spanDays >= 2 && spacingDays < 1),
  };
}
