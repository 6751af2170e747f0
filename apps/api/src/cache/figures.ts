/** The figures of the cache: counts over all replicas, and what each tier holds. */
import { modelField, type TierName, type TierUsage } from '@deja/cache-core';
import type { ApiContext } from '../context.ts';

export interface TierFigures extends TierUsage {
  readonly hits: number;
  readonly misses: number;
  readonly breaker: 'closed' | 'open';
}

export interface CacheFigures {
  /** Over all replicas, since `since`. */
  readonly totals: ReadonlyMap<string, number>;
  /** Epoch ms. */
  readonly since: number;
  readonly tiers: Readonly<Record<TierName, TierFigures>>;
}

const NO_USAGE: TierUsage = { size: 0, bytes: 0, maxBytes: 0, evictions: 0, errors: 0 };
const PER_MODEL = ['hits', 'misses', 'stale', 'bypass', 'collapsed'] as const;

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
    hits: totals.get(`tier:${name}:hits`) ?? 0,
    misses: totals.get(`tier:${name}:misses`) ?? 0,
    ...usage,
    breaker: tierOf(name)?.breakerState() ?? 'closed',
  });
  const tiers = {
    memory: figuresOf('memory', inMemory),
    redis: figuresOf('redis', inRedis),
    disk: figuresOf('disk', onDisk),
  };
  return { totals, since, tiers };
}

/** The counts of one model, over all replicas. */
export function modelCounts(totals: ReadonlyMap<string, number>, name: string) {
  const total = (what: string) => totals.get(modelField(name, what)) ?? 0;
  return {
    ...Object.fromEntries(PER_MODEL.map((what) => [what, total(what)])),
    compute_seconds_saved: seconds(total('compute_ms_saved')),
  };
}

export const seconds = (ms: number): number => Math.round(ms) / 1000;
