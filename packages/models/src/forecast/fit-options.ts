/**
 * What a fit depends on besides its series: Prophet's options, normalised. Defaults are filled in,
 * `auto` is decided and lists are sorted, so that options with equal meaning have equal values.
 */
export type Mode = 'additive' | 'multiplicative';

export interface FitOptions {
  readonly growth: 'linear' | 'logistic' | 'flat';
  /** The cap of logistic growth if it is the same at every date; null: a column of the rows, or none. */
  readonly cap: number | null;
  readonly floor: number | null;
  readonly scaling: 'absmax' | 'minmax';
  /** UNIX seconds, ascending; null: `n_changepoints`, spread over `changepoint_range`. */
  readonly changepoints: readonly number[] | null;
  readonly n_changepoints: number;
  /** Share of the history, in 0..1. */
  readonly changepoint_range: number;
  readonly changepoint_prior_scale: number;
  /** Yearly, weekly and daily ones included; sorted by name. */
  readonly seasonalities: readonly Seasonality[];
  /** One column for each day of a window, sorted by holiday and offset. */
  readonly holidays: readonly HolidayColumn[];
  readonly country_holidays: { readonly country: string; readonly prior_scale: number } | null;
  readonly holidays_mode: Mode;
  /** Sorted by name. */
  readonly regressors: readonly Regressor[];
}

export interface Seasonality {
  readonly name: string;
  /** Unit: days. */
  readonly period: number;
  readonly fourier_order: number;
  readonly prior_scale: number;
  readonly mode: Mode;
  /** The column of 0 and 1 that says where the seasonality applies; null: everywhere. */
  readonly condition_name: string | null;
}

export interface HolidayColumn {
  readonly holiday: string;
  /** Days after the holiday. */
  readonly offset: number;
  readonly prior_scale: number;
  /** Day numbers since 1970, ascending. */
  readonly days: readonly number[];
}

interface Regressor {
  readonly name: string;
  readonly prior_scale: number;
  /** `auto`: standardise unless the column contains only 0 and 1. */
  readonly standardize: 'auto' | boolean;
  readonly mode: Mode;
}

/** Options on which only the answer depends: changing them needs no training. */
export interface AnswerOptions {
  /** Share of the values to come between the bounds, in (0, 1). */
  readonly interval_width: number;
  /** Shares of further pairs of bounds; ascending, distinct. */
  readonly interval_widths: readonly number[];
  /** 0: no bounds. Else 1, and of logistic growth, whose bounds are simulated, the number of paths. */
  readonly uncertainty_samples: number;
  /** Whether the dates of the history come first. */
  readonly include_history: boolean;
  readonly components: boolean;
}
