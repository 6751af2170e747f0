/** How long look-ups take in each tier: a histogram for Prometheus, and the last ones for people. */
import type { TierName } from '@deja/cache-core';
import { Histogram, type Registry } from '@deja/runtime';
import { RecentValues } from './recent-values.ts';

const BUCKETS_S = [
  ...[1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4],
  ...[1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
];

export interface LookupTimes {
  readonly observe: (tier: TierName, ms: number) => void;
  /** Of the last look-ups of this process. Unit: ms. Undefined: there was none. */
  readonly quantile: (tier: TierName, share: number) => number | undefined;
}

export function createLookupTimes(registry: Registry): LookupTimes {
  const histogram = new Histogram({
    name: 'deja_cache_lookup_seconds',
    help: 'How long a tier took to give an entry or none; of memory one look-up in 16',
    labelNames: ['tier'],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  const of = (tier: TierName) => ({
    histogram: histogram.labels(tier),
    recent: new RecentValues(),
  });
  const tiers = { memory: of('memory'), redis: of('redis'), disk: of('disk') };
  return {
    observe(tier, ms) {
      tiers[tier].histogram.observe(ms / 1000);
      tiers[tier].recent.add(ms);
    },
    quantile: (tier, share) => tiers[tier].recent.quantile(share),
  };
}
