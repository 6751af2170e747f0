/** `GET /cache/stats`. */
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import {
  type CacheFigures,
  modelCounts,
  readFigures,
  seconds,
  type TierFigures,
} from './figures.ts';

const COUNTS = ['hits', 'misses', 'stale', 'bypass', 'collapsed', 'fenced'] as const;

export function statsRoute(context: ApiContext): RequestHandler {
  return async (_req, res) => {
    res.json(presentStats(await readFigures(context), context));
  };
}

function presentStats(
  { totals, since, tiers }: CacheFigures,
  { config, counters, models, replica }: ApiContext,
) {
  const { memory, redis, disk } = tiers;
  const counts = (of: ReadonlyMap<string, number>) =>
    Object.fromEntries(COUNTS.map((what) => [what, of.get(what) ?? 0]));
  const total = (field: string) => totals.get(field) ?? 0;
  const asked = total('hits') + total('misses');
  return {
    ...counts(totals),
    hit_ratio: asked === 0 ? 0 : Math.round((total('hits') / asked) * 10_000) / 10_000,
    size: memory.size,
    max_size: config.cacheMaxEntries,
    evictions: memory.evictions,
    ttl_seconds: config.cacheTtlMs / 1000,
    memory_mb: Math.round((memory.bytes / 1024 / 1024) * 100) / 100,
    compute_seconds_saved: seconds(total('compute_ms_saved')),
    tiers: { memory: presentTier(memory), redis: presentTier(redis), disk: presentTier(disk) },
    models: Object.fromEntries([...models.keys()].map((name) => [name, modelCounts(totals, name)])),
    replica,
    // Counts of this replica alone since it started; all counts above cover all replicas.
    own: counts(counters.own),
    since: iso(since),
  };
}

function presentTier(figures: TierFigures) {
  const { hits, misses, size, bytes, maxBytes, evictions, errors, breaker } = figures;
  return { hits, misses, size, bytes, max_bytes: maxBytes, evictions, errors, breaker };
}
