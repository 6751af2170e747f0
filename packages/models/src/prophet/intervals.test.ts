import { expect, test } from 'vitest';
import { intervals } from './intervals.ts';
import { createRandom } from './random.ts';

const steps = 40;
const zeros = Array.from({ length: steps }, () => 0);
const request = {
  t: zeros.map((_, at) => 1 + (at + 1) / 100),
  growth: 'linear' as const,
  segment: { from: 0, k: 0, m: 0 },
  cap: [],
  samples: 1000,
  trend: zeros,
  floor: zeros,
  additive: zeros,
  multiplicative: zeros,
  deltas: new Float64Array(25),
  sigma: 1,
  yScale: 10,
  width: 0.8,
};

test('without trend changes the bounds are the normal quantiles', () => {
  const { lower, upper } = intervals(request);

  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  expect(mean(lower)).toBeCloseTo(-12.816, 0);
  expect(mean(upper)).toBeCloseTo(12.816, 0);
});

test('trend changes widen the bounds as their variance says, dense or not', () => {
  // Var(T) = rate * 2 size^2 * (T - 1)^3 / 3 for changes at a constant rate.
  for (const [span, size] of [
    [1, 0.2],
    [100, 0.2],
    [1e6, 1e-3],
  ] as const) {
    const { lower, upper } = intervals({
      ...request,
      t: zeros.map((_, at) => 1 + (span * (at + 1)) / steps),
      deltas: new Float64Array(25).fill(size),
      sigma: 0,
      yScale: 1,
      width: 0.6827,
    });

    const deviation = Math.sqrt((25 * 2 * size ** 2 * span ** 3) / 3);
    const half = ((upper.at(-1) as number) - (lower.at(-1) as number)) / 2;
    expect(half / deviation).toBeGreaterThan(0.9);
    expect(half / deviation).toBeLessThan(1.1);
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
