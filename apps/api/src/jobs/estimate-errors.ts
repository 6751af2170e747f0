/**
 * How far estimates were off: a histogram of this process, and counts over all for the overview and the
 * history, by lane and upper bound: `eta:<lane>:<bound>`.
 */
import type { Counters } from '@deja/cache-core';
import { Histogram, type Registry } from '@deja/runtime';
import type { OnEstimateOver } from './estimate.ts';

/** 1 is exact, 2 is twice or half. */
export const ERROR_BOUNDS: readonly number[] = [1.05, 1.1, 1.25, 1.5, 2, 3, 5, 10];

export function createEstimateErrors(registry: Registry, counters: Counters): OnEstimateOver {
  const histogram = new Histogram({
    name: 'deja_eta_error_ratio',
    help: 'By what factor the estimate of a wait of 2 s or more was off: 1 is exact',
    labelNames: ['lane'],
    buckets: [...ERROR_BOUNDS],
    registers: [registry],
  });
  return (lane, ratio) => {
    histogram.observe({ lane }, ratio);
    const bound = ERROR_BOUNDS.find((bound) => ratio <= bound) ?? '+Inf';
    counters.add(`eta:${lane}:${bound}`);
  };
}
