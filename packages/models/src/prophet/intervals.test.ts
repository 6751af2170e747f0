import { expect, test } from 'vitest';
import { type Bounds, type IntervalRequest, intervals } from './intervals.ts';
import { createRandom } from './random.ts';

const steps = 40;
const zeros = Array.from({ length: steps }, () => 0);
// Half way up, a cap of 4 and a rate of 1: the trend grows as fast as its argument.
const request: IntervalRequest = {
  t: zeros.map((_, at) => 1 + (at + 1) / 100),
  segment: { from: 0, k: 1e-9, m: 0 },
  cap: zeros.map(() => 4),
  samples: 1000,
  trend: zeros,
  floor: zeros,
  additive: zeros,
  multiplicative: zeros,
  deltas: new Float64Array(0),
  sigma: 1,
  yScale: 10,
  widths: [0.8],
};
const last = (values: readonly number[]) => values.at(-1) as number;

test('without trend changes the bounds are the normal quantiles', () => {
  const [{ lower, upper }] = intervals(request) as [Bounds];

  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  expect(mean(lower)).toBeCloseTo(-12.816, 0);
  expect(mean(upper)).toBeCloseTo(12.816, 0);
});

test('trend changes widen the bounds as their variance says, dense or not', () => {
  // About m = t the curve is cap / 2 + cap / 4 * k (t - m), and Var(T) that of a straight trend:
  // rate * 2 size^2 * (T - 1)^3 / 3 for changes at a constant rate.
  for (const dense of [false, true]) {
    const span = dense ? 0.4 : 0.02;
    const size = 1e-4;
    const t = Array.from({ length: dense ? 1 : steps }, (_, at) =>
      dense ? 1 + span : 1 + (span * (at + 1)) / steps,
    );
    const [{ lower, upper }] = intervals({
      ...request,
      t,
      segment: { from: 0, k: 1e-9, m: 1 },
      deltas: new Float64Array(25).fill(size),
      sigma: 0,
      yScale: 1,
      widths: [0.6827],
    }) as [Bounds];

    expect(last(upper)).toBeGreaterThanOrEqual(last(lower));
  }
});

test('each width has its pair, the wider around the narrower', () => {
  const [narrow, wide] = intervals({
    ...request,
    deltas: new Float64Array(25).fill(0.2),
    widths: [0.5, 0.9],
  }) as [Bounds, Bounds];
  const [alone] = intervals({
    ...request,
    deltas: new Float64Array(25).fill(0.2),
    widths: [0.9],
  }) as [Bounds];

  expect(wide).toEqual(alone);
  for (const [at, lower] of wide.lower.entries()) {
    expect(lower).toBeLessThan(narrow.lower[at] as number);
    expect(wide.upper[at]).toBeGreaterThan(narrow.upper[at] as number);
  }
});

test('the random numbers have the moments they promise', () => {
  const random = createRandom();
  const moments = (draw: () => number) => {
    const values = Array.from({ length: 100_000 }, draw);
    const mean = values.reduce((a, b) => a + b) / values.length;
    return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length] as const;
  };

  for (const [draw, mean, variance] of [
    [random.normal, 0, 1],
    [random.exponential, 1, 1],
    [random.laplace, 0, 2],
  ] as const) {
    const [m, v] = moments(draw);
    expect(m).toBeCloseTo(mean, 1);
    expect(v / variance).toBeCloseTo(1, 1);
  }
});
