import { expect, test } from 'vitest';
import { halfWidths } from './half-widths.ts';
import { normalCdf, normalHalfWidth } from './normal.ts';
import { createRandom } from './random.ts';

const WIDTHS = [0.5, 0.8, 0.95];

/** Half-widths of drawn paths, the law of half-widths.ts word by word. */
function drawn(
  { sigma, size, rate, ahead }: Record<'sigma' | 'size' | 'rate' | 'ahead', number>,
  paths: number,
): number[] {
  const random = createRandom();
  const distances = new Float64Array(paths);
  for (let path = 0; path < paths; path += 1) {
    let sum = sigma * random.normal();
    for (let at = random.exponential() / rate; at < ahead; at += random.exponential() / rate)
      sum += random.laplace() * size * (ahead - at);
    distances[path] = Math.abs(sum);
  }
  distances.sort();
  return WIDTHS.map((width) => distances[Math.round(width * paths)] as number);
}

test('they are those of drawn paths, whether noise or trend rules', () => {
  for (const given of [
    { sigma: 0.05, size: 0.02, rate: 25, ahead: 0.05 },
    { sigma: 0.05, size: 0.2, rate: 25, ahead: 0.3 },
    { sigma: 0.01, size: 0.5, rate: 25, ahead: 2 },
    { sigma: 0.001, size: 0.3, rate: 25, ahead: 0.02 }, // two in five paths never change
    { sigma: 1e-5, size: 0.3, rate: 25, ahead: 0.1 },
    { sigma: 1e-3, size: 0.3, rate: 1, ahead: 3 },
  ]) {
    const columns = halfWidths({
      t: [1 + given.ahead],
      multiplicative: [0],
      deltas: new Float64Array(given.rate).fill(given.size),
      sigma: given.sigma,
      widths: WIDTHS,
    });

    const expected = drawn(given, 60_000);
    for (const [at, [half]] of columns.entries())
      expect((half ?? 0) / (expected[at] as number)).toBeCloseTo(1, 1);
  }
});

test('within the history, and where the trend never changes, they are those of the noise', () => {
  const noise = 1.2815515655446004 * 0.3;
  const common = { multiplicative: [0, 0, 0], sigma: 0.3, widths: [0.8] };

  const [past] = halfWidths({ ...common, t: [0, 0.5, 1], deltas: Float64Array.of(0.2, -0.3) });
  const [flat] = halfWidths({ ...common, t: [1.5, 2, 900], deltas: new Float64Array(0) });

  for (const half of [...(past ?? []), ...(flat ?? [])]) expect(half).toBeCloseTo(noise, 12);
});

test('they grow with the horizon, the width and the multiplicative effect', () => {
  const steps = Array.from({ length: 100 }, (_, at) => 1 + at / 50);
  const request = {
    t: steps,
    multiplicative: steps.map(() => 0),
    deltas: new Float64Array(25).fill(0.1),
    sigma: 0.05,
    widths: [1e-9, 0.1, 0.5, 0.8, 0.99, 1 - 1e-9],
  };

  const columns = halfWidths(request);
  const doubled = halfWidths({ ...request, multiplicative: steps.map(() => 1) });

  for (const [at, column] of columns.entries())
    for (const [step, half] of column.entries()) {
      expect(Number.isFinite(half)).toBe(true);
      expect(half).toBeGreaterThanOrEqual((column[step - 1] ?? 0) * (1 - 1e-6));
      expect(half).toBeGreaterThan(columns[at - 1]?.[step] ?? 0);
      expect((doubled[at] as Float64Array)[step]).toBeGreaterThanOrEqual(half * (1 - 1e-6));
    }
});

test('trends beside which the noise is nothing cost no more than others', () => {
  const steps = Array.from({ length: 60 }, (_, at) => 1 + (at + 1) / 100);
  const timeOf = (sigma: number) => {
    const start = performance.now();
    halfWidths({
      t: steps,
      multiplicative: steps.map(() => 0),
      deltas: new Float64Array(25).fill(0.5),
      sigma,
      widths: [0.8],
    });
    return performance.now() - start;
  };
  timeOf(1e-3);

  expect(timeOf(1e-6)).toBeLessThan(20 * timeOf(1e-2) + 50);
});

test('the normal distribution has its known values', () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14);
  expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 10);
  expect(normalHalfWidth(0.95)).toBeCloseTo(1.959963984540054, 12);
  expect(normalHalfWidth(0.5)).toBeCloseTo(0.6744897501960817, 12);
  expect(normalHalfWidth(1e-9) / 1.2533141373155e-9).toBeCloseTo(1, 6);
  expect(normalHalfWidth(1 - 2e-9)).toBeCloseTo(5.997807, 4);
});
