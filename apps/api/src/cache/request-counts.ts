/**
 * What models were asked, and what the cache made of it: counts of this process, which add up over all
 * in Redis. Each is a number that is incremented where it happens, so that a HIT looks nothing up.
 */
import { type Count, modelField, type TierName } from '@deja/cache-core';
import type { SharedCounters } from '@deja/cache-core/redis';

const TIERS = ['memory', 'redis', 'disk'] as const satisfies readonly TierName[];

/** The counts of one model. Every question that the cache was asked counts once in the first four. */
export interface RequestCounts {
  /** By the tier that answered. */
  readonly hit: Readonly<Record<TierName, Count>>;
  readonly stale: Readonly<Record<TierName, Count>>;
  readonly miss: Count;
  readonly bypass: Count;
  /** Misses and bypasses that joined a run which was there. */
  readonly collapsed: Count;
  /** What hits would have taken to compute. Unit: ms. */
  readonly savedMs: Count;
}

/** @returns The counts of a model, the same object each time. */
export function createRequestCounts(counters: Pick<SharedCounters, 'count'>) {
  const known = new Map<string, RequestCounts>();
  return (model: string): RequestCounts => {
    let counts = known.get(model);
    if (!counts) {
      const count = (what: string) => counters.count(modelField(model, what));
      const byTier = (what: string) => ({
        memory: count(`${what}:memory`),
        redis: count(`${what}:redis`),
        disk: count(`${what}:disk`),
      });
      counts = {
        hit: byTier('hit'),
        stale: byTier('stale'),
        miss: count('miss'),
        bypass: count('bypass'),
        collapsed: count('collapsed'),
        savedMs: count('saved_ms'),
      };
      known.set(model, counts);
    }
    return counts;
  };
}

/** The counts of a model, or of all, as people read them. */
export interface RequestTotals {
  /** Stale answers are among them. */
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly bypass: number;
  readonly collapsed: number;
  readonly savedMs: number;
}

export const NO_REQUESTS: RequestTotals = {
  ...{ hits: 0, stale: 0, misses: 0, bypass: 0, collapsed: 0, savedMs: 0 },
};

/** By model. @param fields The counts, as `createRequestCounts` names them. */
export function requestTotals(fields: ReadonlyMap<string, number>): Map<string, RequestTotals> {
  const models = new Set<string>();
  for (const field of fields.keys()) {
    const model = /^model:([^:]+):/.exec(field)?.[1];
    if (model !== undefined) models.add(model);
  }
  return new Map([...models].map((model) => [model, totalsOf(model, fields)]));
}

function totalsOf(model: string, fields: ReadonlyMap<string, number>): RequestTotals {
  const of = (what: string) => fields.get(modelField(model, what)) ?? 0;
  const inTiers = (what: string) => TIERS.reduce((sum, tier) => sum + of(`${what}:${tier}`), 0);
  const stale = inTiers('stale');
  return {
    hits: inTiers('hit') + stale,
    stale,
    misses: of('miss'),
    bypass: of('bypass'),
    collapsed: of('collapsed'),
    savedMs: of('saved_ms'),
  };
}

export function sumOf(totals: Iterable<RequestTotals>): RequestTotals {
  const sum: Record<keyof RequestTotals, number> = { ...NO_REQUESTS };
  for (const one of totals)
    for (const what of Object.keys(sum) as (keyof RequestTotals)[]) sum[what] += one[what];
  return sum;
}
