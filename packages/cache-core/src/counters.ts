/**
 * Counters. Each is a flat field, so that the counts of all replicas add up in one hash:
 * `hits`, `tier:redis:hits`, `model:forecast:misses`.
 */
import type { TierName } from './tier.ts';

export interface Counters {
  add(field: string, by?: number): void;
}

export const tierField = (tier: TierName, what: 'hits' | 'misses'): string =>
  `tier:${tier}:${what}`;
export const modelField = (model: string, what: string): string => `model:${model}:${what}`;
