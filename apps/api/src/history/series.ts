/**
 * The series of the history, made of the counts in Redis and of what was measured. A series is a count,
 * which adds up over buckets, or a gauge (`gauge:…`), of which a longer bucket has the largest. Those of
 * a single model (`model:…`) are kept by the hour alone.
 */
import { requestTotals, sumOf } from '../cache/request-counts.ts';
import type { Work } from '../jobs/work.ts';
import type { Bucket } from './blob.ts';

type Counts = ReadonlyMap<string, number>;

export interface Counted {
  /** As `SharedCounters` has them. */
  readonly totals: Counts;
  /** As `Figures.queues` has them: `run|<model>|<lane>|<le>` and so on. */
  readonly times: Counts;
  /** As `DeliveryStore.readOutbox` has them. */
  readonly deliveries: Counts;
}

const GAUGE = 'gauge:';
const MODEL = 'model:';
/** Fields of `totals` that are series as they are. */
const PLAIN = /^(?:miss_reason|eta):/;
const EVICTED = /^tier:(\w+):evicted:/;

/** All counts so far, in whole numbers. Unit of times: ms. */
export function countsOf({ totals, times, deliveries }: Counted): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (series: string, by: number) =>
    counts.set(series, (counts.get(series) ?? 0) + Math.round(by));
  const models = requestTotals(totals);
  const addRequests = (of: string, { hits, stale, ...rest }: ReturnType<typeof sumOf>) => {
    for (const [what, count] of Object.entries({ ...rest, hit: hits - stale, stale }))
      add(`${of}${what}`, count);
  };
  addRequests('', sumOf(models.values()));
  for (const [model, requests] of models) addRequests(`${MODEL}${model}:`, requests);
  for (const [field, count] of totals) {
    if (PLAIN.test(field)) add(field, count);
    const tier = EVICTED.exec(field)?.[1];
    if (tier !== undefined) add(`evicted:${tier}`, count);
  }
  for (const [field, count] of times) {
    const [what = '', model, at, bound] = field.split('|');
    if (what === 'run' || what === 'queue') add(`${what}:${at}:${bound}`, count);
    else if (what === 'unsuccessful') {
      add(`ended:${at}`, count);
      if (at === 'failed') add(`${MODEL}${model}:failed`, count);
    } else if (what === 'stalls') add('ended:stalled', count);
  }
  for (const [field, count] of deliveries) {
    const [what, state] = field.split('|');
    if (what === 'deliveries') add(`delivery:${state}`, count);
  }
  return counts;
}

/** What is measured now. */
export function gaugesOf({ lanes, openRuns, slots, workers }: Work): Map<string, number> {
  const busy = workers.reduce((sum, { about }) => sum + (about?.running.length ?? 0), 0);
  const gauges = new Map([
    ['open', openRuns],
    ['slots', slots],
    ['busy', busy],
  ]);
  for (const { lane, queued, oldestMs } of lanes) {
    gauges.set(`queued:${lane}`, queued);
    gauges.set(`oldest:${lane}`, Math.round(oldestMs));
  }
  return new Map([...gauges].map(([name, value]) => [GAUGE + name, value]));
}

/** What was counted since. A count that fell began anew: Redis has lost it. */
export function since(counts: Counts, before: Counts): Map<string, number> {
  const differences = [...counts].map(([name, count]) => {
    const old = before.get(name) ?? 0;
    return [name, count < old ? count : count - old] as const;
  });
  return new Map(differences.filter(([, count]) => count !== 0));
}

/** Both buckets as one. */
export function merge(one: Bucket, other: Bucket): Map<string, number> {
  const merged = new Map(one);
  for (const [name, value] of other) {
    const old = merged.get(name) ?? 0;
    merged.set(name, name.startsWith(GAUGE) ? Math.max(old, value) : old + value);
  }
  return merged;
}

export const isOfModel = (series: string): boolean => series.startsWith(MODEL);
