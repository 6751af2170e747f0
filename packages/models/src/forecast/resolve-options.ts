/** Turns options as they were sent into what a fit depends on: with defaults, and with sorted lists. */
import { InputError } from '../errors.ts';
import type { Limits } from '../settings.ts';
import type { AnswerOptions, FitOptions, Seasonality } from './fit-options.ts';
import { holidayColumns } from './holiday-columns.ts';
import type { LocalOptions } from './local-options.ts';
import type { ForecastOptions } from './options-schema.ts';
import { seasonalityOrders } from './seasonality.ts';

const DAYS = { yearly: 365.25, weekly: 7, daily: 1 } as const;
const BUILT_IN = ['daily', 'weekly', 'yearly'] as const;

/**
 * @param dates Local seconds of the points that have a y, ascending.
 * Throws `InputError` for options that contradict each other or the dates.
 */
export function fitOptionsOf(
  options: LocalOptions,
  dates: readonly number[],
  limits: Limits,
): FitOptions {
  const { growth, seasonality_mode, holidays_prior_scale, country_holidays: country } = options;
  const holidays = holidayColumns(options, limits.maxHolidayDays);
  const anyHoliday = holidays.length > 0 || country !== undefined;
  const logistic = growth === 'logistic';
  return {
    growth,
    cap: (logistic ? options.cap : undefined) ?? null,
    floor: (logistic ? options.floor : undefined) ?? null,
    scaling: options.scaling,
    ...changepointsOf(options, dates),
    changepoint_prior_scale: options.changepoint_prior_scale,
    seasonalities: seasonalitiesOf(options, dates),
    holidays,
    country_holidays: country === undefined ? null : { country, prior_scale: holidays_prior_scale },
    holidays_mode: anyHoliday ? (options.holidays_mode ?? seasonality_mode) : 'additive',
    regressors: options.regressors
      .map(({ name, prior_scale, standardize, mode }) => ({
        name,
        prior_scale: prior_scale ?? holidays_prior_scale,
        standardize,
        mode: mode ?? seasonality_mode,
      }))
      .sort(byName),
  };
}

/** @param rows Dates of the answer. Throws `InputError` if they need too much simulation. */
export function answerOptionsOf(
  options: ForecastOptions,
  rows: number,
  { maxSampleSteps }: Limits,
): AnswerOptions {
  const { growth, interval_width, interval_widths, include_history, components } = options;
  const { uncertainty_samples: samples } = options;
  if (rows * samples > maxSampleSteps) {
    const message = `${rows} dates x ${samples} samples are more than the ${maxSampleSteps} allowed`;
    throw new InputError([{ path: '/options/uncertainty_samples', message }]);
  }
  const none = samples === 0;
  return {
    interval_width: none ? 0.8 : interval_width,
    interval_widths: none ? [] : [...new Set(interval_widths)].sort((a, b) => a - b),
    // Only logistic growth is simulated: elsewhere any number but 0 means the same.
    uncertainty_samples: growth === 'logistic' ? samples : Math.min(samples, 1),
    include_history,
    components,
  };
}

type Changepoints = Pick<FitOptions, 'changepoints' | 'n_changepoints' | 'changepoint_range'>;

// An option without effect becomes 0, so that it does not change the key either.
function changepointsOf(options: LocalOptions, dates: readonly number[]): Changepoints {
  const given = (changepoints: readonly number[]) => ({
    changepoints,
    n_changepoints: 0,
    changepoint_range: 0,
  });
  const { changepoints, n_changepoints, changepoint_range, growth } = options;
  const outside = (changepoints ?? []).findIndex(
    (at) => at < (dates[0] as number) || at > (dates.at(-1) as number),
  );
  if (outside >= 0) {
    const message = 'must lie within the points that have a y';
    throw new InputError([{ path: `/options/changepoints/${outside}`, message }]);
  }
  if (growth === 'flat') return given([]);
  if (changepoints !== undefined) return given([...new Set(changepoints)].sort((a, b) => a - b));
  if (n_changepoints === 0) return given([]);
  return { changepoints: null, n_changepoints, changepoint_range };
}

// A custom seasonality may have the name of a built-in one. Then `auto` omits the built-in one, and a
// given order replaces the custom one, as in Prophet.
function seasonalitiesOf(options: LocalOptions, dates: readonly number[]): Seasonality[] {
  const { seasonality_mode, seasonality_prior_scale } = options;
  const byNames = new Map<string, Seasonality>();
  for (const seasonality of options.seasonalities)
    byNames.set(seasonality.name, {
      name: seasonality.name,
      period: seasonality.period,
      fourier_order: seasonality.fourier_order,
      prior_scale: seasonality.prior_scale ?? seasonality_prior_scale,
      mode: seasonality.mode ?? seasonality_mode,
      condition_name: seasonality.condition_name ?? null,
    });
  const option = (name: keyof typeof DAYS) => {
    const asked = options[`${name}_seasonality`];
    return asked === 'auto' && byNames.has(name) ? false : asked;
  };
  const orders = seasonalityOrders(
    { yearly: option('yearly'), weekly: option('weekly'), daily: option('daily') },
    dates,
  );
  for (const name of BUILT_IN)
    if (orders[name] > 0)
      byNames.set(name, {
        name,
        period: DAYS[name],
        fourier_order: orders[name],
        prior_scale: seasonality_prior_scale,
        mode: seasonality_mode,
        condition_name: null,
      });
  return [...byNames.values()].sort(byName);
}

/** Throws `InputError` if two columns or components share a name. */
export function refuseClashes({ seasonalities, regressors, holidays }: ForecastOptions): void {
  const used = new Map<string, string>();
  const claim = (name: string, what: string, path: string) => {
    const before = used.get(name);
    if (before === undefined) used.set(name, what);
    else throw new InputError([{ path, message: `"${name}" is the name of a ${before} already` }]);
  };
  for (const name of new Set(holidays.map(({ holiday }) => holiday)))
    claim(name, 'holiday', '/options/holidays');
  for (const [at, { name }] of regressors.entries())
    claim(name, 'regressor', `/options/regressors/${at}/name`);
  for (const [at, { name }] of seasonalities.entries())
    claim(name, 'seasonality', `/options/seasonalities/${at}/name`);
  for (const [at, { condition_name: name }] of seasonalities.entries())
    if (name !== undefined && used.has(name)) {
      const message = `"${name}" is the name of a ${used.get(name)} already`;
      throw new InputError([{ path: `/options/seasonalities/${at}/condition_name`, message }]);
    }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
