/**
 * One JSON value for every spelling of the same series: it decides the cache key, and it is all
 * that `compute` sees.
 *
 *  - rows are sorted by date, then y, gaps last;
 *  - dates are UNIX seconds, so `Z` is `+00:00` and `T` is a space;
 *  - an absent option is its default, and `auto` is the order it comes to for this series;
 *  - an absent `freq` is what the series says, in the canonical code. Only a guessed one, of an
 *    uneven series, is marked: that answer carries a warning which a given `freq` does not.
 */
import { InputError } from '../errors.ts';
import { formatDs, MAX_SECONDS } from './ds.ts';
import type { AnswerOptions, FitOptions } from './fit-options.ts';
import { type Freq, formatFreq, isSubDaily } from './freq.ts';
import { lastFutureDate } from './future-dates.ts';
import { inferFreq, weeksOrDays } from './infer-freq.ts';
import type { Columns } from './rows.ts';
import type { ForecastBody } from './schema.ts';
import { seasonalityOrders } from './seasonality.ts';

/** Plain JSON; equal in meaning is equal in value. */
export interface ForecastInput {
  readonly model_id: string;
  /** UNIX seconds, ascending. */
  readonly ds: readonly number[];
  readonly y: readonly (number | null)[];
  readonly date_only: boolean;
  readonly zoned: boolean;
  readonly freq: string;
  readonly freq_guessed: boolean;
  readonly periods: number;
  /** Columns beside y, by name: cap, floor, regressors, and conditions as 0 and 1. */
  readonly extra?: Readonly<Record<string, readonly number[]>>;
  /** What the future rows say; `ds` only where it is not the next `periods` steps of `freq`. */
  readonly future?: {
    readonly ds?: readonly number[];
    readonly extra?: Readonly<Record<string, readonly number[]>>;
  };
  readonly fit: FitOptions;
  readonly answer: AnswerOptions;
}

/**
 * The engine gets rows x features as JSON text and grows with it: 1.7 million took 0.4 GB,
 * 9 million 1.2 GB (2026-11). 50 000 points of the default seasonalities are 1.7 million.
 */
const MAX_FEATURE_CELLS = 3_000_000;

export function normaliseForecast(body: ForecastBody): ForecastInput {
  const { ds, y } = sorted(body.data);
  const usable = y.includes(null) ? ds.filter((_, at) => y[at] !== null) : ds;
  refuseTooFew(usable);
  if (body.data.cut) refuseSubSecond(ds);

  const last = ds.at(-1) as number;
  const inferred = body.freq === undefined ? inferFreq(distinct(ds)) : undefined;
  const freq = resolveFreq(body.freq ?? (inferred?.freq as Freq), last);
  if (lastFutureDate(freq, last, body.periods) > MAX_SECONDS)
    throw new InputError([{ path: '/periods', message: 'the forecast runs past the year 9999' }]);

  const { options } = body;
  const orders = seasonalityOrders(
    {
      yearly: options.yearly_seasonality,
      weekly: options.weekly_seasonality,
      daily: options.daily_seasonality,
    },
    usable,
  );
  const features = 2 * (orders.yearly + orders.weekly + orders.daily);
  if (features * usable.length > MAX_FEATURE_CELLS) {
    const message = `${usable.length} points x ${features} seasonal terms are more than ${MAX_FEATURE_CELLS}: use lower Fourier orders or fewer points`;
    throw new InputError([{ path: '/options', message }]);
  }
  return {
    model_id: body.model_id,
    ds,
    y,
    date_only: body.data.dateOnly,
    zoned: body.data.zoned,
    freq: formatFreq(freq),
    freq_guessed: inferred?.irregular ?? false,
    periods: body.periods,
    fit: {
      growth: 'linear',
      cap: null,
      floor: null,
      scaling: 'absmax',
      changepoints: null,
      n_changepoints: 25,
      changepoint_range: 0.8,
      changepoint_prior_scale: 0.05,
      seasonalities: (
        [
          ['daily', 1],
          ['weekly', 7],
          ['yearly', 365.25],
        ] as const
      ).flatMap(([name, period]) =>
        orders[name] === 0
          ? []
          : [
              {
                name,
                period,
                fourier_order: orders[name],
                prior_scale: 10,
                mode: options.seasonality_mode,
                condition_name: null,
              },
            ],
      ),
      holidays: [],
      country_holidays: null,
      holidays_prior_scale: 10,
      holidays_mode: options.seasonality_mode,
      regressors: [],
    },
    answer: {
      interval_width: options.interval_width,
      uncertainty_samples: 1000,
      include_history: false,
      components: false,
    },
  };
}

/** Writes a date of the forecast: dates for dates, unless the step is shorter than a day. */
export function formatFutureDs(input: ForecastInput, freq: Freq): (seconds: number) => string {
  const style = { dateOnly: input.date_only && !isSubDaily(freq), zoned: input.zoned };
  return (seconds) => formatDs(seconds, style);
}

type Series = Pick<Columns, 'ds' | 'y'>;

function sorted({ ds, y }: Series): Series {
  if (isSorted({ ds, y })) return { ds, y };
  const order = Uint32Array.from(ds, (_, at) => at);
  order.sort((a, b) => (ds[a] as number) - (ds[b] as number) || compareY(y[a], y[b]));
  return {
    ds: Array.from(order, (at) => ds[at] as number),
    y: Array.from(order, (at) => y[at] as number | null),
  };
}

function isSorted({ ds, y }: Series): boolean {
  for (let at = 1; at < ds.length; at += 1) {
    const step = (ds[at] as number) - (ds[at - 1] as number);
    if (step < 0 || (step === 0 && compareY(y[at - 1], y[at]) > 0)) return false;
  }
  return true;
}

function compareY(a: number | null | undefined, b: number | null | undefined): number {
  if (typeof a !== 'number') return typeof b === 'number' ? 1 : 0;
  return typeof b === 'number' ? a - b : -1;
}

function refuseTooFew(usable: readonly number[]): void {
  const message =
    usable.length < 2
      ? 'not enough data: at least 2 points must have a y'
      : usable[0] === usable.at(-1)
        ? 'not enough data: all points with a y have the same timestamp'
        : undefined;
  if (message !== undefined) throw new InputError([{ path: '/data', message }]);
}

function refuseSubSecond(ds: readonly number[]): void {
  if (distinct(ds).length === ds.length) return;
  const message = 'several rows fall into one second: the model has no finer steps than a second';
  throw new InputError([{ path: '/data', message }]);
}

function resolveFreq(freq: Freq, last: number): Freq {
  return freq.kind === 'ticks' ? weeksOrDays(freq.seconds, Math.floor(last / 86_400)) : freq;
}

function distinct(ascending: readonly number[]): readonly number[] {
  let at = 1;
  while (at < ascending.length && ascending[at] !== ascending[at - 1]) at += 1;
  if (at >= ascending.length) return ascending;
  return ascending.filter((value, i) => i === 0 || value !== ascending[i - 1]);
}
