/** The figures of the cache: counts over all replicas, and what each tier holds. */
import { type TierName, type TierUsage, tierField } from '@deja/cache-core';
import type { SharedCounters } from '@deja/cache-core/redis';
import type { Principal } from '@deja/keys';
import type { ApiContext } from '../context.ts';
import { NO_REQUESTS, type RequestTotals, requestTotals } from './request-counts.ts';

export interface TierFigures extends TierUsage {
  readonly hits: number;
  readonly misses: number;
  readonly breaker: 'closed' | 'open';
}

export interface CacheFigures {
  /** Every count over all replicas, since `since`. */
  readonly totals: ReadonlyMap<string, number>;
  /** By model. */
  readonly requests: ReadonlyMap<string, RequestTotals>;
  /** Entries that an invalidation concerns, found and dropped. */
  readonly fenced: number;
  /** Epoch ms. */
  readonly since: number;
  readonly tiers: Readonly<Record<TierName, TierFigures>>;
}

const NO_USAGE: TierUsage = { size: 0, bytes: 0, maxBytes: 0, evictions: 0, errors: 0 };

/** A lower tier that does not answer counts as empty. */
export async function readFigures({ counters, memory, lower }: ApiContext): Promise<CacheFigures> {
  const tierOf = (name: TierName) => lower.all.find((tier) => tier.name === name);
  const usageOf = async (name: TierName): Promise<TierUsage> =>
    (await tierOf(name)
      ?.usage()
      .catch(() => undefined)) ?? NO_USAGE;
  const [{ totals, since }, inMemory, inRedis, onDisk] = await Promise.all([
    counters.read(),
    memory.usage(),
    usageOf('redis'),
    usageOf('disk'),
  ]);
  const figuresOf = (name: TierName, usage: TierUsage): TierFigures => ({
    hits: totals.get(tierField(name, 'hits')) ?? 0,
    misses: totals.get(tierField(name, 'misses')) ?? 0,
    ...usage,
    breaker: tierOf(name)?.breakerState() ?? 'closed',
  });
  const tiers = {
    memory: figuresOf('memory', inMemory),
    redis: figuresOf('redis', inRedis),
    disk: figuresOf('disk', onDisk),
  };
  const fenced = totals.get('fenced') ?? 0;
  return { totals, requests: requestTotals(totals), fenced, since, tiers };
}

/** Counts as the API shows them. */
export function presentCounts({ savedMs, ...counts }: RequestTotals = NO_REQUESTS) {
  return { ...counts, compute_seconds_saved: seconds(savedMs) };
}

/** Four digits; 0 where nothing was asked. */
export function hitRatio({ hits, misses }: { hits: number; misses: number }): number {
  const asked = hits + misses;
  return asked === 0 ? 0 : Math.round((hits / asked) * 10_000) / 10_000;
}

export const seconds = (ms: number): number => Math.round(ms) / 1000;

/** The counts that somebody may see: those of its tenant, as an admin those of all. */
export const countersFor = (
  { scopes, tenant }: Principal,
  { counters, tenantCounts }: Pick<ApiContext, 'counters' | 'tenantCounts'>,
): SharedCounters =>
  tenant === undefined || scopes.has('admin') ? counters : tenantCounts.of(tenant).counters;
