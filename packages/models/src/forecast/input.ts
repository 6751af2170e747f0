import type { AnswerOptions, FitOptions } from './fit-options.ts';
import type { Offsets } from './offsets.ts';
import type { ReuseOptions } from './reuse-options.ts';

/** The normalised input of a forecast: plain JSON. Inputs with equal meaning have equal values. */
export interface ForecastInput {
  readonly model_id: string;
  /** Seconds of the local time since 1970, ascending. */
  readonly ds: readonly number[];
  readonly y: readonly (number | null)[];
  readonly date_only: boolean;
  /** The offsets of the local time; empty: the dates have no zone. */
  readonly offsets: Offsets;
  readonly freq: string;
  readonly freq_guessed: boolean;
  /** The step that the dates have; only if the given `freq` does not fit them. */
  readonly freq_of_dates?: string;
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
