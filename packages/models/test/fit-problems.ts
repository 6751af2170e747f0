/** Problems for the optimiser, as a scaled series makes them: small, random, repeatable. */
import type { FitProblem, ProphetParameters } from '../src/prophet/optimiser/problem.ts';
import { noise } from './series.ts';

export interface ProblemOptions {
  readonly growth?: FitProblem['growth'];
  readonly points?: number;
  readonly changepoints?: number;
  /** Columns of sine and cosine; `mixed`: every second one is multiplicative. */
  readonly columns?: number;
  readonly mode?: 'additive' | 'multiplicative' | 'mixed';
  readonly changepointPriorScale?: number;
  readonly seed?: number;
}

/** A trend that bends, waves, and noise of a twentieth of its size. */
export function problemOf(options: ProblemOptions = {}): FitProblem {
  const { growth = 'linear', points = 200, columns = 6, mode = 'additive', seed = 1 } = options;
  const random = noise(seed);
  const count = growth === 'flat' ? 0 : (options.changepoints ?? 10);
  const t = Float64Array.from({ length: points }, (_, at) => at / (points - 1));
  const angle = (at: number, column: number) => 2 * Math.PI * 7 * (column + 1) * at + column;
  const matrix = Float64Array.from({ length: points * columns }, (_, cell) =>
    Math.sin(angle(t[Math.floor(cell / columns)]!, cell % columns)),
  );
  const trend = (at: number) => 0.3 + 0.4 * at + 0.3 * Math.max(0, at - 0.5);
  const wave = (row: number) => 0.1 * (columns > 0 ? matrix[row * columns]! : 0);
  return {
    growth,
    t,
    y: t.map((at, row) => trend(at) * (1 + wave(row)) + 0.05 * random()),
    cap: growth === 'logistic' ? t.map((at) => 1.2 + 0.1 * at) : new Float64Array(0),
    changepoints: Float64Array.from({ length: count }, (_, at) => (0.8 * (at + 1)) / count),
    features: featuresOf(matrix, columns),
    priorScales: new Float64Array(columns).fill(10),
    additive: Array.from({ length: columns }, (_, column) =>
      mode === 'mixed' ? column % 2 === 0 : mode === 'additive',
    ),
    changepointPriorScale: options.changepointPriorScale ?? 0.05,
  };
}

/** @param matrix By rows. */
export function featuresOf(matrix: Float64Array, width: number): FitProblem['features'] {
  return {
    width,
    write(into, { offset, stride }, from, count) {
      for (let i = 0; i < count; i += 1) {
        const row = (from + i) * width;
        into.set(matrix.subarray(row, row + width), offset + i * stride);
      }
    },
  };
}

/** Prophet's start for a problem, with a noise of 1. */
export function startOf({ growth, y, cap, changepoints, features }: FitProblem): ProphetParameters {
  const [first, last] = [y[0]!, y.at(-1)!];
  const rest = {
    delta: new Float64Array(changepoints.length),
    beta: new Float64Array(features.width),
    sigmaObs: 1,
  };
  if (growth === 'flat') return { k: 0, m: y.reduce((a, b) => a + b, 0) / y.length, ...rest };
  if (growth === 'linear') return { k: last - first, m: first, ...rest };
  const ratio = (most: number, value: number) =>
    most / Math.max(0.01 * most, Math.min(0.99 * most, value));
  const [r0, r1] = [ratio(cap[0]!, first), ratio(cap.at(-1)!, last)];
  const fall = Math.log(r0 - 1) - Math.log(r1 - 1);
  return { k: fall, m: Math.log(r0 - 1) / fall, ...rest };
}

/** Some place, off every optimum and every kink. */
export function somewhere({ growth, changepoints, features }: FitProblem, seed = 5): Float64Array {
  const random = noise(seed);
  const k = growth === 'logistic' ? 2 : 0.5;
  return Float64Array.of(
    ...[k, 0.4],
    ...Array.from(changepoints, () => 0.1 * random()),
    Math.log(0.1),
    ...Array.from({ length: features.width }, () => 0.2 * random()),
  );
}
