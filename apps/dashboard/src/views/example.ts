/** A made-up series to try with: a trend, a week, and a little noise that is the same each time. */
import type { SeriesRow } from '../format/csv.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 0, 5);
const WEEK = [4, 1, 0, 2, 6, 14, 11] as const;

function exampleRows(days: number): SeriesRow[] {
  return Array.from({ length: days }, (_, at) => ({
    ds: new Date(FIRST_DAY_MS + at * DAY_MS).toISOString().slice(0, 10),
    y: Math.round((100 + at * 0.25 + (WEEK[at % 7] ?? 0) + ((at * 7919) % 13) / 3) * 10) / 10,
  }));
}

export const exampleCsv = (days: number): string =>
  ['ds,y', ...exampleRows(days).map(({ ds, y }) => `${ds},${y}`)].join('\n');

export const exampleBody = (days: number) => ({
  model_id: 'example',
  data: exampleRows(days),
  periods: 7,
});
