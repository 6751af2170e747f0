/**
 * Seasons of dates on a grid: an hourly series has 24 different days and 168 different weeks, however
 * long it is. Dates may be missing or come twice.
 */
import { DAY_SECONDS } from '../forecast/calendar.ts';
import type { Block, SeasonalityBlock } from './features.ts';
import type { Repeating } from './optimiser/problem.ts';

/** Beyond it a table of phases saves nothing. */
const MOST_PHASES = 256;

/** Of a season of whole seconds; 0 for any other. */
export function wholeSeconds({ period }: SeasonalityBlock): number {
  const seconds = Math.round(period * DAY_SECONDS);
  return Math.abs(seconds - period * DAY_SECONDS) < 1e-14 * seconds ? seconds : 0;
}

/** undefined: no column repeats soon enough. @param ds Ascending. */
export function repeatingColumns(
  blocks: readonly Block[],
  ds: readonly number[],
): Repeating | undefined {
  const step = stepOf(ds);
  const columns: number[] = [];
  let phases = 1;
  let first = 0;
  for (const block of blocks) {
    const own = block.kind === 'seasonality' ? wholeSeconds(block) / step : 0;
    const common = (phases * own) / greatestDivisor(phases, own);
    if (block.kind === 'seasonality' && block.condition === null && isPhases(common)) {
      phases = common;
      for (let j = 0; j < block.width; j += 1) columns.push(first + j);
    }
    first += block.width;
  }
  if (columns.length === 0) return undefined;
  const start = ds[0] as number;
  return {
    phases,
    columns,
    phaseOf(row) {
      const steps = ((ds[row] as number) - start) / step;
      return steps - phases * Math.floor(steps / phases);
    },
  };
}

function isPhases(count: number): boolean {
  return Number.isInteger(count) && count > 0 && count <= MOST_PHASES;
}

/** The widest grid that all dates lie on. Not a number where they are not whole seconds. */
function stepOf(ds: readonly number[]): number {
  let step = 0;
  for (let at = 1; at < ds.length; at += 1) {
    const gap = (ds[at] as number) - (ds[at - 1] as number);
    if (gap !== step && gap !== 0) step = greatestDivisor(step, gap);
  }
  return Number.isInteger(ds[0]) && Number.isInteger(step) ? step : Number.NaN;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 || Number.isNaN(b) ? a : greatestDivisor(b, a % b);
}
