/** How far a request accepts a fitted model of a slightly different series. */
import { z } from 'zod';
import type { Limits } from '../settings.ts';

/**
 * Part of the cache key but not of a fitted model's name: the answer to a lenient request never
 * answers a strict one, but both can use the same models.
 */
export interface ReuseOptions {
  /** The share of the model's points that may have been added, removed or altered since. */
  readonly max_data_change: number;
  /** Unit: s. */
  readonly max_model_age_s: number;
}

const DEFAULT_DATA_CHANGE = 0.1;
const DEFAULT_AGE_S = 86_400;

/** The two members of `options`. */
export function reuseOptions({ maxDataChange, maxModelAgeS }: Limits) {
  return {
    max_data_change: z
      .number()
      .min(0)
      .max(maxDataChange)
      .default(Math.min(DEFAULT_DATA_CHANGE, maxDataChange)),
    max_model_age_s: z
      .int()
      .min(0)
      .max(maxModelAgeS)
      .default(Math.min(DEFAULT_AGE_S, maxModelAgeS)),
  };
}
