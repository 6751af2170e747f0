/** `GET /cache/stats`. */
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { missReasonsOf } from '../explain/miss-reasons.ts';
import {
  type CacheFigures,
  hitRatio,
  presentCounts,
  readFigures,
  type TierFigures,
} from './figures.ts';
import { requestTotals, sumOf } from './request-counts.ts';

export function statsRoute(context: ApiContext): RequestHandler {
  return async (_req, res) => {
    res.json(presentStats(await readFigures(context), context));
  };
}

function presentStats(
  { totals, requests, fenced, since, tiers }: CacheFigures,
  { config, counters, models, replica }: ApiContext,
) {
  const { memory, redis, disk } = tiers;
  const { compute_seconds_saved, ...counts } = presentCounts(sumOf(requests.values()));
  const own = counters.own();
  const { compute_seconds_saved: _, ...ownCounts } = presentCounts(
    sumOf(requestTotals(own).values()),
  );
  return {
    ...{ ...counts, fenced },
    hit_ratio: hitRatio(counts),
    size: memory.size,
    max_size: config.cacheMaxEntries,
    evictions: memory.evictions,
    ttl_seconds: config.cacheTtlMs / 1000,
    memory_mb: Math.round((memory.bytes / 1024 / 1024) * 100) / 100,
    compute_seconds_saved,
    tiers: { memory: presentTier(memory), redis: presentTier(redis), disk: presentTier(disk) },
    miss_reasons: missReasonsOf(totals),
    models: Object.fromEntries(
      [...models.keys()].map((name) => [
        name,
        {
          ...presentCounts(requests.get(name)),
          miss_reasons: missReasonsOf(totals, name),
        },
      ]),
    ),
    replica,
    // Counts of this replica alone since it started; all counts above cover all replicas.
    own: { ...ownCounts, fenced: own.get('fenced') ?? 0 },
    since: iso(since),
  };
}

function presentTier(figures: TierFigures) {
  const { hits, misses, size, bytes, maxBytes, evictions, errors, breaker } = figures;
  return { hits, misses, size, bytes, max_bytes: maxBytes, evictions, errors, breaker };
}
