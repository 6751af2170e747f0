import type { Series } from '../prophet/answer-rows.ts';
import type { Fit, Warning } from '../prophet/fit.ts';

/** A fit, and what the answer says about its origin. */
export interface Obtained {
  readonly fit: Fit;
  /** The points that it was trained on. */
  readonly series: Series;
  readonly source: 'trained' | 'cached' | 'reused';
  readonly reason: Reason;
  readonly cacheHit: 'memory' | 'redis' | 'disk' | 'none';
  /** Unit: epoch ms. */
  readonly trainedAt: number;
  /** Time spent on training for this answer; 0: nothing was trained. */
  readonly trainingMs: number;
  /** The share of the model's points that differ in the requested series. */
  readonly dataChange: number;
  readonly warnings: readonly Warning[];
}

/** Why this source. */
export type Reason =
  | 'same_series'
  | 'small_change'
  | 'no_model'
  | 'model_too_old'
  | 'data_changed'
  | 'model_degraded';
