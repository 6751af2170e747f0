/**
 * The columns of Prophet's regression: Fourier terms, days of holidays, regressors.
 *
 * A block is the columns of one component. Blocks are made of the training rows once; feature-rows.ts
 * writes what their columns hold at these or any other dates.
 */
import { DAY_SECONDS } from '../forecast/calendar.ts';
import type { FitOptions, Mode } from '../forecast/fit-options.ts';
import { columnOf, type Rows } from './answer-rows.ts';
import type { HolidayDays } from './holidays.ts';

export type Block = SeasonalityBlock | HolidayBlock | RegressorBlock;

interface BlockFacts {
  readonly name: string;
  readonly mode: Mode;
  /** Standard deviation of the coefficients' normal prior. */
  readonly prior: number;
  /** How many columns. */
  readonly width: number;
}

export interface SeasonalityBlock extends BlockFacts {
  readonly kind: 'seasonality';
  /** Unit: days. */
  readonly period: number;
  readonly condition: string | null;
}

export interface HolidayBlock extends BlockFacts {
  readonly kind: 'holiday';
  /** Days after the holiday, one for each column. */
  readonly offsets: readonly number[];
}

interface RegressorBlock extends BlockFacts {
  readonly kind: 'regressor';
  /** The column holds (value - mean) / deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/** Every column that is not 0 throughout the training rows, the same rows giving the same order. */
export function blocksOf(rows: Rows, options: FitOptions, holidays: HolidayDays): Block[] {
  return [
    ...prophetOrder(options.seasonalities).map(
      (seasonality): Block => ({
        kind: 'seasonality',
        name: seasonality.name,
        mode: seasonality.mode,
        prior: seasonality.prior_scale,
        width: 2 * seasonality.fourier_order,
        period: seasonality.period,
        condition: seasonality.condition_name,
      }),
    ),
    ...holidayBlocks(rows, options, holidays),
    ...options.regressors.map((regressor) => regressorBlock(rows, regressor)),
  ];
}

/** Sums in another order round differently, and where Stan stops depends on it: as Prophet's. */
function prophetOrder(seasonalities: FitOptions['seasonalities']): FitOptions['seasonalities'] {
  const place = (name: string) => ['yearly', 'weekly', 'daily'].indexOf(name);
  return seasonalities.toSorted((a, b) => place(a.name) - place(b.name));
}

/** A day that the training rows never saw has no effect to learn, and gets no column. */
function holidayBlocks(rows: Rows, options: FitOptions, holidays: HolidayDays): Block[] {
  if (holidays.holidays.length === 0) return [];
  const seen = new Set(rows.ds.map((ds) => Math.floor(ds / DAY_SECONDS)));
  return holidays.holidays.flatMap(({ name, prior, offsets }): Block[] => {
    const known = offsets.filter((offset) =>
      [...holidays.daysOf(name, offset)].some((day) => seen.has(day)),
    );
    if (known.length === 0) return [];
    const mode = options.holidays_mode;
    return [{ kind: 'holiday', name, mode, prior, width: known.length, offsets: known }];
  });
}

// Not standardised: sums of squares of large values drown the other columns, so that the column is
// divided by the largest and the prior multiplied by it, which is the same model.
function regressorBlock(rows: Rows, regressor: FitOptions['regressors'][number]): Block {
  const { name, mode, prior_scale, standardize } = regressor;
  const values = columnOf(rows, name);
  const distinct = new Set(values);
  const binary = distinct.size === 2 && distinct.has(0) && distinct.has(1);
  const block = { kind: 'regressor', name, mode, width: 1 } as const;
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const { mean, deviation } = momentsOf(values.map((value) => value / size));
  const plain = standardize === false || (standardize === 'auto' && binary);
  if (plain || distinct.size < 2 || deviation === 0)
    return { ...block, prior: prior_scale * size, mean: 0, deviation: size };
  return { ...block, prior: prior_scale, mean: mean * size, deviation: deviation * size };
}

/** As pandas has them: with n - 1 degrees of freedom. */
function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
