/**
 * Counters. Each is a flat field, so that the counts of all replicas add up in one hash:
 * `tier:redis:hits`, `model:forecast:miss`.
 */
import type { TierName } from './tier.ts';

/** A count that its owner increments: `count.n += 1` looks nothing up. */
export interface Count {
  n: number;
}

export interface Counters {
  add(field: string, by?: number): void;
}

export const tierField = (tier: TierName, what: string): string => `tier:${tier}:${what}`;
export const modelField = (model: string, what: string): string => `model:${model}:${what}`;
