/** `GET /cache/stats`. */
import type { CounterTotals } from '@deja/cache-core/redis';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { missReasonsOf } from '../explain/miss-reasons.ts';
import { principalOf } from '../http/principal.ts';
import { queryOf } from '../http/query.ts';
import { ProblemError } from '../wire/problem.ts';
import {
  type CacheFigures,
  hitRatio,
  presentCounts,
  readFigures,
  type TierFigures,
} from './figures.ts';
import { requestTotals, sumOf } from './request-counts.ts';
import { statsQuery } from './schema.ts';

export function statsRoute(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { tenant: asked } = queryOf(req, statsQuery);
    const { scopes, tenant: own } = principalOf(req);
    if (asked !== undefined && asked !== own && !scopes.has('admin'))
      throw new ProblemError('insufficient-scope', 'of another tenant the scope admin is needed');
    const tenant = scopes.has('admin') ? asked : own;
    res.json(
      tenant === undefined
        ? presentStats(await readFigures(context), context)
        : presentTenant(tenant, await context.tenantCounts.of(tenant).counters.read(), context),
    );
  };
}

/** What the cache holds, and how its tiers do, is not one tenant's. */
function presentTenant(
  tenant: string,
  { totals, since }: CounterTotals,
  { config, models }: ApiContext,
) {
  const requests = requestTotals(totals);
  const counts = presentCounts(sumOf(requests.values()));
  return {
    tenant,
    ...counts,
    hit_ratio: hitRatio(counts),
    ttl_seconds: config.cacheTtlMs / 1000,
    miss_reasons: missReasonsOf(totals),
    models: presentModels(models, { requests, totals }),
    since: iso(since),
  };
}

function presentModels(
  models: ApiContext['models'],
  { requests, totals }: Pick<CacheFigures, 'requests' | 'totals'>,
) {
  return Object.fromEntries(
    [...models.keys()].map((name) => [
      name,
      { ...presentCounts(requests.get(name)), miss_reasons: missReasonsOf(totals, name) },
    ]),
  );
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
    models: presentModels(models, { requests, totals }),
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
