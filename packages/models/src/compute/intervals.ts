/**
 * Prophet's uncertainty intervals (`sample_posterior_predictive` of its forecaster.py, MAP case),
 * simulated here: 1,000 paths in time linear in the horizon, and with a fixed seed, so that a
 * recomputation gives the same bounds.
 *
 * A path's trend changes its rate at the times of a Poisson process, as often as in the history
 * (S per span of the history), by Laplace steps of the history's mean size; every point gets
 * normal noise on top. Where changes are so dense that a step holds many, their sum is drawn
 * from the normal distribution with the same moments.
 */
import { createRandom, type Random } from './random.ts';

export interface IntervalRequest {
  /** Future dates in Prophet's scaled time: 0 is the first, 1 the last point of the history. */
  readonly t: readonly number[];
  /** Components at the future dates, in the unit of y. */
  readonly trend: readonly number[];
  readonly additive: readonly number[];
  readonly multiplicative: readonly number[];
  readonly deltas: Float64Array;
  readonly sigma: number;
  /** max |y|: the unit of `deltas` and `sigma`. */
  readonly yScale: number;
  /** Share of the paths between the bounds, in (0, 1). */
  readonly width: number;
}

const PATHS = 1000;
const DENSE_CHANGES = 8;

export function intervals(request: IntervalRequest): { lower: number[]; upper: number[] } {
  const { trend, additive, multiplicative, yScale, sigma, width } = request;
  const random = createRandom();
  const deviations = simulateTrends(request, random);
  const lower: number[] = [];
  const upper: number[] = [];
  const values = new Float64Array(PATHS);
  for (let step = 0; step < trend.length; step += 1) {
    const growth = 1 + (multiplicative[step] as number);
    for (let path = 0; path < PATHS; path += 1) {
      const deviation = deviations[step * PATHS + path] as number;
      values[path] =
        ((trend[step] as number) + deviation * yScale) * growth +
        (additive[step] as number) +
        random.normal() * sigma * yScale;
    }
    values.sort();
    lower.push(quantile(values, (1 - width) / 2));
    upper.push(quantile(values, (1 + width) / 2));
  }
  return { lower, upper };
}

/** How far each path's trend has left the forecast's, scaled; at `step * PATHS + path`. */
function simulateTrends({ t, deltas }: IntervalRequest, random: Random): Float64Array {
  const rate = deltas.length;
  const size = deltas.reduce((sum, delta) => sum + Math.abs(delta), 0) / Math.max(1, rate) + 1e-8;
  const deviations = new Float64Array(t.length * PATHS);
  for (let path = 0; path < PATHS; path += 1) {
    let now = 1;
    let slope = 0;
    let deviation = 0;
    let nextChange = now + random.exponential() / rate;
    for (let step = 0; step < t.length; step += 1) {
      const until = t[step] as number;
      const span = until - now;
      if (rate * span > DENSE_CHANGES) {
        const change = Math.sqrt(2 * rate * span) * size;
        const first = random.normal() * change;
        deviation += span * (slope + first / 2 + (random.normal() * change) / Math.sqrt(12));
        slope += first;
        nextChange = until + random.exponential() / rate;
      } else {
        deviation += slope * span;
        for (; nextChange <= until; nextChange += random.exponential() / rate) {
          const delta = random.laplace() * size;
          slope += delta;
          deviation += delta * (until - nextChange);
        }
      }
      now = until;
      deviations[step * PATHS + path] = deviation;
    }
  }
  return deviations;
}

/** Linear between the neighbours, as numpy's default. */
function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] as number;
  const above = ascending[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
