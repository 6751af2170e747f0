/** Generated series of kinds that a forecaster meets, the same at every run. */
import { createRandom } from '@deja/testing';

export interface Row {
  readonly ds: string;
  readonly y: number;
}

export interface Kind {
  readonly name: string;
  readonly options?: object;
  /** Unit: s. */
  readonly every: number;
  /** @param normal Standard normal noise; the state of a walk is the kind's own. */
  readonly start: (normal: () => number) => (at: number) => number;
}

const wave = (at: number, period: number) => Math.sin((2 * Math.PI * at) / period);
const DAY_SECONDS = 86_400;
const daily = { every: DAY_SECONDS };

export const KINDS: readonly Kind[] = [
  {
    ...daily,
    name: 'trend, week, year',
    start: (normal) => (at) => 50 + at * 0.02 + 3 * wave(at, 7) + 5 * wave(at, 365.25) + normal(),
  },
  {
    ...daily,
    name: 'random walk, week',
    start: (normal) => {
      let level = 100;
      return (at) => {
        level += 0.3 * normal();
        return level + 3 * wave(at, 7);
      };
    },
  },
  {
    ...daily,
    name: 'trend that bends',
    start: (normal) => (at) =>
      50 + Math.abs((at % 600) - 300) / 10 + 3 * wave(at, 7) + 2 * normal(),
  },
  { ...daily, name: 'noise', start: (normal) => () => 20 + 5 * normal() },
  {
    ...daily,
    name: 'multiplicative',
    options: { seasonality_mode: 'multiplicative' },
    start: (normal) => (at) =>
      (10 + at * 0.05) * (1 + 0.1 * wave(at, 7) + 0.2 * wave(at, 365.25)) + normal(),
  },
  {
    every: 3600,
    name: 'hourly',
    start: (normal) => (at) => 30 + 10 * wave(at, 24) + 3 * wave(at, 168) + normal(),
  },
];

export function rowsOf({ every, start }: Kind, count: number): Row[] {
  const random = createRandom(count);
  // The sum of twelve uniform numbers, less six.
  const normal = () => Array.from({ length: 12 }, random.next).reduce((a, b) => a + b, -6);
  const y = start(normal);
  const from = Date.UTC(2016, 0, 1);
  return Array.from({ length: count }, (_, at) => ({
    ds: new Date(from + at * every * 1000).toISOString().slice(0, every < DAY_SECONDS ? 19 : 10),
    y: y(at),
  }));
}
