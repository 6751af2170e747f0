/**
 * Prophet's uncertainty intervals (`sample_posterior_predictive` of its forecaster.py, MAP case),
 * simulated here: in time linear in the horizon, in memory that does not depend on it, and with a
 * fixed seed, so that a recomputation gives the same bounds. The bounds of a date do not depend on
 * how many dates follow, nor on whether the history is asked for, too.
 *
 * A path's trend changes its rate at the times of a Poisson process, as often as in the history
 * (S per span of the history), by Laplace steps of the history's mean size; every point gets
 * normal noise on top. Where changes are so dense that a step holds many, their sum is drawn
 * from the normal distribution with the same moments. A flat trend never changes.
 */
import { createRandom, type Random } from './random.ts';
import { afterChange, type Segment, trendAt } from './trend.ts';

export interface IntervalRequest {
  /** In Prophet's scaled time, ascending: 0 is the first, 1 the last point of the history. */
  readonly t: readonly number[];
  readonly growth: 'linear' | 'logistic' | 'flat';
  /** The trend's last segment, scaled. */
  readonly segment: Segment;
  /** Scaled capacities at `t`; only of logistic growth. */
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
  /** Share of the paths between the bounds, in (0, 1). */
  readonly width: number;
  /** Paths, at least one. */
  readonly samples: number;
}

const DENSE_CHANGES = 8;
const HISTORY_SEED = 7;

export function intervals(request: IntervalRequest): { lower: number[]; upper: number[] } {
  const { t, trend, floor, additive, multiplicative, yScale, sigma, width, samples } = request;
  const future = createRandom();
  const history = createRandom(HISTORY_SEED);
  const advance = createPaths(request, future);
  const none = new Float64Array(samples);
  const lower: number[] = [];
  const upper: number[] = [];
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
    lower.push(quantile(values, (1 - width) / 2));
    upper.push(quantile(values, (1 + width) / 2));
  }
  return { lower, upper };
}

/** How far each path's trend has left the forecast's at a step, scaled; steps in order. */
function createPaths(request: IntervalRequest, random: Random): (step: number) => Float64Array {
  const { growth, deltas, samples } = request;
  const rate = growth === 'flat' ? 0 : deltas.length;
  const size = deltas.reduce((sum, delta) => sum + Math.abs(delta), 0) / Math.max(1, rate) + 1e-8;
  const deviations = new Float64Array(samples);
  if (rate === 0) return () => deviations;
  const nextChange = Float64Array.from(deviations, () => 1 + random.exponential() / rate);
  return growth === 'logistic'
    ? logisticPaths(request, { random, rate, size, deviations, nextChange })
    : linearPaths(request, { random, rate, size, deviations, nextChange });
}

interface Paths {
  readonly random: Random;
  /** Changes per unit of scaled time. */
  readonly rate: number;
  /** Mean size of a change. */
  readonly size: number;
  readonly deviations: Float64Array;
  readonly nextChange: Float64Array;
}

function linearPaths(
  { t, samples }: IntervalRequest,
  { random, rate, size, deviations, nextChange }: Paths,
): (step: number) => Float64Array {
  const slopes = new Float64Array(samples);
  let now = 1;
  return (step) => {
    const until = t[step] as number;
    const span = until - now;
    for (let path = 0; path < samples; path += 1) {
      let slope = slopes[path] as number;
      let deviation = deviations[path] as number;
      if (rate * span > DENSE_CHANGES) {
        const change = Math.sqrt(2 * rate * span) * size;
        const first = random.normal() * change;
        deviation += span * (slope + first / 2 + (random.normal() * change) / Math.sqrt(12));
        slope += first;
        nextChange[path] = until + random.exponential() / rate;
      } else {
        deviation += slope * span;
        let next = nextChange[path] as number;
        for (; next <= until; next += random.exponential() / rate) {
          const delta = random.laplace() * size;
          slope += delta;
          deviation += delta * (until - next);
        }
        nextChange[path] = next;
      }
      slopes[path] = slope;
      deviations[path] = deviation;
    }
    now = until;
    return deviations;
  };
}

function logisticPaths(
  { t, samples, segment, cap, growth }: IntervalRequest,
  { random, rate, size, deviations, nextChange }: Paths,
): (step: number) => Float64Array {
  if (growth !== 'logistic') throw new Error('these are the paths of logistic growth');
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
