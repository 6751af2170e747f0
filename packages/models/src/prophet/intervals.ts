/**
 * Prophet's uncertainty intervals of logistic growth (`sample_posterior_predictive` of its
 * forecaster.py, MAP case), simulated: in time linear in the horizon, in memory that does not depend on
 * it, and with a fixed seed, so that a recomputation gives the same bounds. The bounds of a date do not
 * depend on how many dates follow, nor on whether the history is asked for, too. Linear and flat growth
 * need no simulation: half-widths.ts.
 *
 * A path's trend changes its rate at the times of a Poisson process, as often as in the history
 * (S per span of the history), by Laplace steps of the history's mean size; every point gets
 * normal noise on top. Where changes are so dense that a step holds many, their sum is drawn
 * from the normal distribution with the same moments.
 */
import { createRandom, type Random } from './random.ts';
import { afterChange, type Segment, trendAt } from './trend.ts';

export interface IntervalRequest {
  /** In Prophet's scaled time, ascending: 0 is the first, 1 the last point of the history. */
  readonly t: readonly number[] | Float64Array;
  /** The trend's last segment, scaled. */
  readonly segment: Segment;
  /** Scaled capacities at `t`. */
  readonly cap: readonly number[];
  /** Components at `t`, in the unit of y. */
  readonly trend: readonly number[];
  readonly floor: readonly number[];
  readonly additive: readonly number[];
  readonly multiplicative: readonly number[];
  readonly deltas: Float64Array;
  readonly sigma: number;
  /** The unit of `deltas` and `sigma`. */
  readonly yScale: number;
  /** Shares of the paths between the bounds, each in (0, 1). */
  readonly widths: readonly number[];
  /** Paths, at least one. */
  readonly samples: number;
}

/** Columns along the dates. */
export interface Bounds {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

const DENSE_CHANGES = 8;
const HISTORY_SEED = 7;

/** A pair of bounds for each width. */
export function intervals(request: IntervalRequest): Bounds[] {
  const { t, trend, floor, additive, multiplicative, yScale, sigma, widths, samples } = request;
  const future = createRandom();
  const history = createRandom(HISTORY_SEED);
  const advance = createPaths(request, future);
  const none = new Float64Array(samples);
  const bounds = widths.map(() => ({ lower: [] as number[], upper: [] as number[] }));
  const values = new Float64Array(samples);
  for (const [step, time] of t.entries()) {
    const past = time <= 1;
    const random = past ? history : future;
    const deviations = past ? none : advance(step);
    const growth = 1 + (multiplicative[step] as number);
    const base = floor[step] as number;
    const above = (trend[step] as number) - base;
    for (let path = 0; path < samples; path += 1)
      values[path] =
        base +
        (above + (deviations[path] as number) * yScale) * growth +
        (additive[step] as number) +
        random.normal() * sigma * yScale;
    values.sort();
    for (const [at, width] of widths.entries()) {
      bounds[at]?.lower.push(quantile(values, (1 - width) / 2));
      bounds[at]?.upper.push(quantile(values, (1 + width) / 2));
    }
  }
  return bounds;
}

/** How far each path's trend has left the forecast's at a step, scaled; steps in order. */
function createPaths(
  { t, samples, segment, cap, deltas }: IntervalRequest,
  random: Random,
): (step: number) => Float64Array {
  const growth = 'logistic';
  const rate = deltas.length;
  const size = deltas.reduce((sum, delta) => sum + Math.abs(delta), 0) / Math.max(1, rate) + 1e-8;
  const deviations = new Float64Array(samples);
  if (rate === 0) return () => deviations;
  const nextChange = Float64Array.from(deviations, () => 1 + random.exponential() / rate);
  const segments = Array.from({ length: samples }, () => segment);
  let now = 1;
  return (step) => {
    const until = t[step] as number;
    const most = cap[step] as number;
    const expected = trendAt(growth, segment, until, most);
    const dense = rate * (until - now) > DENSE_CHANGES;
    for (let path = 0; path < samples; path += 1) {
      let current = segments[path] as Segment;
      if (dense) {
        const change = random.normal() * Math.sqrt(2 * rate * (until - now)) * size;
        current = afterChange(growth, current, (now + until) / 2, change);
        nextChange[path] = until + random.exponential() / rate;
      } else {
        let next = nextChange[path] as number;
        for (; next <= until; next += random.exponential() / rate)
          current = afterChange(growth, current, next, random.laplace() * size);
        nextChange[path] = next;
      }
      segments[path] = current;
      deviations[path] = trendAt(growth, current, until, most) - expected;
    }
    now = until;
    return deviations;
  };
}

/** Linear between the neighbours, as numpy's default. */
function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] as number;
  const above = ascending[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
