import { CacheSimulation, type LogShards, type SimulatedTier } from '@deja/cache-core';
import type { LowerTiers } from '@deja/cache-core/redis';
import type { Model } from '@deja/models';
import type { ApiConfig } from '../config.ts';

export interface OpenSimulationOptions {
  readonly config: ApiConfig;
  readonly models: ReadonlyMap<string, Model>;
  readonly lower: LowerTiers;
  readonly logs: LogShards;
}

/** Simulates memory, and the lowest tier that we bound: what that does not hold is computed again. */
export function openSimulation(options: OpenSimulationOptions): CacheSimulation {
  const { config, models, logs } = options;
  const lowest = lowestBounded(options);
  return new CacheSimulation({
    tiers: [
      {
        tier: 'memory',
        maxBytes: config.cacheMaxMemoryBytes,
        maxEntries: config.cacheMaxEntries,
      },
      ...(lowest ? [lowest] : []),
    ],
    isServable: (header) => logs.ofKey(header.key).replica.judge(header) === 'servable',
    freshMsOf: (name) => freshMsOf(models.get(name), config),
    jitter: config.cacheTtlJitter,
  });
}

export function freshMsOf(model: Model | undefined, config: ApiConfig): number {
  return (model?.cache ? model.cache.freshMs : undefined) ?? config.cacheTtlMs;
}

/** A Redis of the cache's own has a bound that only its operator knows. */
function lowestBounded({
  config,
  lower,
}: Pick<OpenSimulationOptions, 'config' | 'lower'>): SimulatedTier | undefined {
  if (lower.disk) return { tier: 'disk', maxBytes: config.cacheMaxDiskBytes };
  if (config.cacheRedisUrl !== undefined) return undefined;
  return { tier: 'redis', maxBytes: config.cacheMaxRedisBytes };
}
