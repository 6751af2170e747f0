/** The last hour by minute. It is read again when the stream shows that a minute is over. */
import { pathWith, read } from '../api/client.ts';
import type { History } from '../api/documents.ts';
import { type Resource, useResource } from '../parts/resource.ts';
import { minute } from './live.ts';

const METRICS = [
  'requests',
  'hit_ratio',
  'seconds',
  'oldest_wait_s',
  'open_runs',
  'slots',
  'runs',
  'wait_s',
  'run_s',
] as const;
type Metric = (typeof METRICS)[number];
export type Histories = Readonly<Record<Metric, History>>;

export function useLastHour(): Resource<Histories> {
  return useResource(minute.value === 0 ? undefined : 'hour', readAll, minute.value);
}

async function readAll(signal: AbortSignal): Promise<Histories> {
  const all = await Promise.all(
    METRICS.map((metric) => read<History>(pathWith('/admin/history', { metric }), signal)),
  );
  return Object.fromEntries(all.map((each) => [each.metric, each])) as Record<Metric, History>;
}

export type Column = readonly (number | null)[];

/** Sums columns; null where no column knows anything. */
export function sumOf(columns: readonly Column[]): (number | null)[] {
  return (columns[0] ?? []).map((_, at) => {
    const known = columns.flatMap((column) => column[at] ?? []);
    return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
  });
}

export function greatestOf(columns: readonly Column[]): (number | null)[] {
  return (columns[0] ?? []).map((_, at) => {
    const known = columns.flatMap((column) => column[at] ?? []);
    return known.length === 0 ? null : Math.max(...known);
  });
}

export const scaledBy = (column: Column, factor: number): (number | null)[] =>
  column.map((each) => (each === null ? null : each * factor));

/** Each column on top of those before it, as areas are drawn. */
export function stacked(columns: readonly Column[]): (number | null)[][] {
  return columns.map((_, last) => sumOf(columns.slice(0, last + 1)));
}
