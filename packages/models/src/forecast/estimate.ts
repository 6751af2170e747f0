/**
 * About how long a forecast takes, training included: what decides its lane. Of the points, the columns
 * and the mode alone; loads no engine.
 *
 * Measured 2026-11 over 200 kinds of series (20 to 10,000 points, 6 to 60 columns, 0 to 60
 * changepoints) on a shared machine: half of them within a factor of 2, nine in ten within one of 5. How
 * many iterations a search takes is not known before.
 */
import type { ForecastInput } from './input.ts';

/** What counts in a training. */
interface Size {
  readonly growth: ForecastInput['fit']['growth'];
  readonly multiplicative: boolean;
  readonly points: number;
  /** Seasonal, of holidays, and regressors. */
  readonly columns: number;
  readonly changepoints: number;
}

/** Of a country with many: days, or names of days. */
const COUNTRY_COLUMNS = 15;
const FEW_POINTS = 100;
/** Of a short logistic series: a step of Gauss-Newton solves for all parameters together. */
const STEP_MS = 3e-4;

/** Unit: ms. */
export function estimateMs(input: ForecastInput): number {
  const { answer, ds, periods } = input;
  const rows = periods + (answer.include_history ? ds.length : 0);
  return trainingMs(sizeOf(input)) + rows * (0.01 + 1.2e-4 * answer.uncertainty_samples);
}

function sizeOf({ ds, fit }: ForecastInput): Size {
  const { seasonalities, holidays, country_holidays, regressors, changepoints } = fit;
  const seasonal = seasonalities.reduce((sum, { fourier_order }) => sum + 2 * fourier_order, 0);
  const modes = [...seasonalities, ...regressors].map(({ mode }) => mode);
  const hasHolidays = holidays.length > 0 || country_holidays !== null;
  return {
    growth: fit.growth,
    multiplicative: [...modes, ...(hasHolidays ? [fit.holidays_mode] : [])].includes(
      'multiplicative',
    ),
    points: ds.length,
    columns:
      seasonal +
      holidays.length +
      (country_holidays === null ? 0 : COUNTRY_COLUMNS) +
      regressors.length,
    changepoints: changepoints?.length ?? Math.min(fit.n_changepoints, ds.length),
  };
}

/** The three ways of optimiser/objective.ts: a part for making them, one for some 1,000 values. */
function trainingMs({ growth, multiplicative, points, columns, changepoints }: Size): number {
  const all = 2 + columns + changepoints;
  if (growth === 'logistic') {
    const steps = points < FEW_POINTS ? STEP_MS * all ** 3 : 0;
    return 4 + steps + points * (0.003 + 0.0011 * (2 * columns + 25));
  }
  const rows = points * (2 * columns + 40);
  if (multiplicative) {
    const n = 3 + 2 * columns;
    const value = Math.min((changepoints + 1) * n * n, rows);
    return 4 + points * (0.002 + 2e-6 * n * n) + 0.0008 * value;
  }
  if (all * all >= rows) return 2 + 0.002 * points + 0.0007 * rows;
  const folding =
    2 * points * (columns + 3) ** 2 + 2 * (changepoints + 1) * (columns + 3) * all * all;
  return 2 + 0.002 * points + 0.0004 * all * all + 3e-7 * folding;
}
