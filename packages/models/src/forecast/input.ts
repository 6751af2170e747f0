import type { AnswerOptions, FitOptions } from './fit-options.ts';
import type { ReuseOptions } from './reuse-options.ts';

/** The normalised input of a forecast: plain JSON. Inputs with equal meaning have equal values. */
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
  /** The columns of the future rows; `ds` only if it is not the next `periods` steps of `freq`. */
  readonly future?: {
    readonly ds?: readonly number[];
    readonly extra?: Readonly<Record<string, readonly number[]>>;
  };
  readonly fit: FitOptions;
  readonly answer: AnswerOptions;
  readonly reuse: ReuseOptions;
}
