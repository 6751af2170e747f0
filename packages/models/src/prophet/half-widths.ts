/**
 * Prophet's intervals of linear and flat growth without drawing: yhat plus and minus a half-width.
 *
 * Prophet draws paths. Past the end of the history a path's rate changes at the times of a Poisson
 * process of S changes per length of the history, by Laplace steps of the mean size of the changes in
 * the history; normal noise comes on top. At scaled time h past the end the path's trend differs from
 * the forecast by the sum of step * (h - time of the step), so that the law of a value is symmetric
 * about yhat and its characteristic function is closed:
 *
 *   phi(w) = exp(-sigma^2 w^2 / 2 + S h (atan(a) / a - 1)),  a = size w h
 *
 * Its distribution function is 1/2 + 1/pi int sin(w x) / w phi(w) dw (Gil-Pelaez 1951), summed here by
 * the midpoint rule and inverted by Newton's method. The paths that never change are taken out of
 * the integral, as a normal distribution: without them phi falls off fast enough.
 */
import { normalCdf, normalDensity, normalHalfWidth } from './normal.ts';

export interface HalfWidthRequest {
  /** In Prophet's scaled time: 1 is the last point of the history. */
  readonly t: readonly number[] | Float64Array;
  /** Sum of multiplicative effects at `t`. */
  readonly multiplicative: readonly number[];
  /** Changes of the rate in the history; none: the trend never changes. */
  readonly deltas: Float64Array;
  /** Above 0. */
  readonly sigma: number;
  /** Shares of the values between the bounds, each in (0, 1). */
  readonly widths: readonly number[];
}

/** Of each width a column along `t`, in the unit of `sigma` and `deltas`. */
export function halfWidths(request: HalfWidthRequest): Float64Array[] {
  const { t, multiplicative, deltas, sigma, widths } = request;
  const rate = deltas.length;
  const size = deltas.reduce((sum, delta) => sum + Math.abs(delta), 0) / Math.max(1, rate) + 1e-8;
  const ofNoise = widths.map((width) => normalHalfWidth(width) * sigma);
  const columns = widths.map(() => new Float64Array(t.length));
  const last = [...ofNoise];
  for (const [step, time] of t.entries()) {
    const ahead = time - 1;
    const reach = size * Math.abs(1 + (multiplicative[step] as number)) * ahead;
    const variance = ahead > 0 ? (2 * rate * ahead * reach * reach) / 3 : 0;
    const law =
      variance < 1e-8 * sigma * sigma ? undefined : lawOf({ sigma, reach, changes: rate * ahead });
    for (const [at, width] of widths.entries()) {
      const noise = ofNoise[at] as number;
      if (law) last[at] = invert(law, width, Math.max(noise, last[at] as number));
      (columns[at] as Float64Array)[step] = law ? (last[at] as number) : noise;
    }
  }
  return columns;
}

interface Deviation {
  readonly sigma: number;
  /** Mean size of a change times how far ahead it is. */
  readonly reach: number;
  /** Expected number of changes until then. */
  readonly changes: number;
}

interface Law {
  /** Of the paths without a change. */
  readonly sigma: number;
  readonly share: number;
  /** Of all values, or of those beyond a single change where that is more. */
  readonly scale: number;
  /** phi of the others at (k + 1/2) * spacing, k = 0, 1, ... */
  readonly spacing: number;
  readonly values: Float64Array;
}

/** The sum repeats itself, upside down, so many scales apart: no bound is half as far away. */
const PERIOD = 28;
/** exp(-x^2 / 2) is nothing beyond. */
const FAR = 6.5;
const NOTHING = 1e-12;
/**
 * With less noise beside their deviation, the paths that change get this much: it blurs their law
 * where that is hardly felt, and bounds the number of terms.
 */
const LEAST_NOISE = 1 / 60;

function lawOf({ sigma, reach, changes }: Deviation): Law {
  const deviation = Math.sqrt(sigma * sigma + (2 * changes * reach * reach) / 3);
  const scale = Math.max(deviation, reach);
  const blur = Math.max(sigma, LEAST_NOISE * scale);
  const spacing = (2 * Math.PI) / (PERIOD * scale);
  const values = new Float64Array(Math.ceil(FAR / blur / spacing));
  const share = Math.exp(-changes);
  let count = 0;
  for (; count < values.length; count += 1) {
    const w = (count + 0.5) * spacing;
    const a = reach * w;
    const turned = a < 1e-4 ? 1 - (a * a) / 3 : Math.atan(a) / a;
    const value = Math.exp(-0.5 * (blur * w) ** 2) * (Math.exp(changes * (turned - 1)) - share);
    if (value < NOTHING) break;
    values[count] = value;
  }
  return { sigma, share, scale, spacing, values: values.subarray(0, count) };
}

const MAX_ROUNDS = 100;

function invert(law: Law, width: number, guess: number): number {
  let low = 0;
  let high = (PERIOD / 2) * law.scale;
  let x = Math.min(guess, 3 * law.scale);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { above, density } = sumsAt(law, x);
    const excess = above - width / 2;
    if (excess > 0) high = x;
    else low = x;
    const next = x - excess / density;
    const to = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(to - x) < 1e-7 * x) return to;
    x = to;
  }
  return x;
}

/** P(0 < value < x) and the density at x. Sines and cosines by turning the ones before. */
function sumsAt({ sigma, share, spacing, values }: Law, x: number) {
  const turn = { sin: Math.sin(spacing * x), cos: Math.cos(spacing * x) };
  let sin = Math.sin(0.5 * spacing * x);
  let cos = Math.cos(0.5 * spacing * x);
  let above = 0;
  let density = 0;
  for (let k = 0; k < values.length; k += 1) {
    const value = values[k] as number;
    above += (sin * value) / (k + 0.5);
    density += cos * value;
    const next = sin * turn.cos + cos * turn.sin;
    cos = cos * turn.cos - sin * turn.sin;
    sin = next;
  }
  return {
    above: above / Math.PI + share * (normalCdf(x / sigma) - 0.5),
    density: (density * spacing) / Math.PI + (share * normalDensity(x / sigma)) / sigma,
  };
}
