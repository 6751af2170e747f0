export { Cache, type CacheOptions } from './cache.ts';
export { canonicalBytes } from './canonical.ts';
export type { ComputeCache, ComputeOptions, Question } from './compute-cache.ts';
export { type Count, type Counters, modelField, tierField } from './counters.ts';
export { decodeEntry, type Entry, type EntryHeader, encodeEntry, type Token } from './entry.ts';
export { type CacheError, CanonicalFormError, EntryDamagedError, TierError } from './errors.ts';
export {
  ageSecondsOf,
  type Demand,
  isDue,
  lifetimeFor,
  ttlSecondsOf,
  type Use,
  useOf,
} from './freshness.ts';
export {
  artefactGroupFor,
  artefactKeyFor,
  cacheKeyFor,
  canonicalDigest,
  DEFAULT_TENANT,
  sizedCacheKeyFor,
} from './key.ts';
export { LogUnavailableError, TooManyInvalidationsError } from './log/errors.ts';
export type { InvalidationLog, Trust } from './log/invalidation-log.ts';
export type { InvalidationSeq, LogShards } from './log/log-shards.ts';
export { LogReplica, type Position } from './log/replica.ts';
export { createReplicaStore } from './log/replica-store.ts';
export { scopesOf } from './log/scopes.ts';
export type { Explanation, Found, Hit, Lookup } from './lookup.ts';
export { type OpenCacheOptions, openCache, type RedisToDuplicate } from './open-cache.ts';
export {
  type Counts,
  FACTORS,
  type ModelCounts,
  shareOf,
  type TierCounts,
} from './simulation/counts.ts';
export {
  CacheSimulation,
  type SimulatedTier,
  type SimulationOptions,
  type SimulationReport,
} from './simulation/simulation.ts';
export type { OnEvict, PutOutcome, Tier, TierName, TierUsage } from './tier.ts';
export { type DiskTier, type DiskTierOptions, openDiskTier } from './tiers/disk/disk.ts';
export {
  createMemoryTier,
  type MemoryTier,
  type MemoryTierOptions,
} from './tiers/memory/memory.ts';
