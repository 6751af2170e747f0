/** Series for the benchmarks of Prophet: generated, the same every time, or the examples of its authors. */
import { readFileSync } from 'node:fs';

export interface Point {
  readonly ds: string;
  readonly y: number;
}

export interface Case {
  readonly name: string;
  readonly data: readonly Point[];
  readonly options: Readonly<Record<string, unknown>>;
}

function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
}

/** A trend, a year and a week, or a day where it is hourly, and noise of 0.3. */
export function generated(count: number, step: 'day' | 'hour' = 'day', seed = 1): Point[] {
  const random = noise(seed);
  const hours = step === 'day' ? 24 : 1;
  const short = step === 'day' ? 7 : 24;
  return Array.from({ length: count }, (_, at) => {
    const iso = new Date(Date.UTC(2010, 0, 1, at * hours)).toISOString();
    const day = (at * hours) / 24;
    return {
      ds: iso.slice(0, step === 'day' ? 10 : 19),
      y:
        10 +
        day * 0.002 +
        Math.sin((2 * Math.PI * at) / short) +
        2 * Math.cos((2 * Math.PI * day) / 365.25) +
        random(),
    };
  });
}

/** A trend that changes its slope now and then, with a week, or a day where it is hourly. */
export function bent(count: number, seed: number, step: 'day' | 'hour' = 'day'): Point[] {
  const random = noise(seed * 31 + 7);
  let level = 20;
  let slope = 0.05;
  return generated(count, step, seed).map(({ ds, y }, at) => {
    if (random() > 0.49) slope = 0.3 * random();
    level += slope;
    return {
      ds,
      y: level + Math.sin((2 * Math.PI * at) / (step === 'day' ? 7 : 24)) + 2 * random() + 0.1 * y,
    };
  });
}

function walk(count: number, seed: number): Point[] {
  const random = noise(seed * 17 + 3);
  let level = 50;
  return generated(count, 'day', seed).map(({ ds }) => {
    level += random();
    return { ds, y: level };
  });
}

const FIXTURES = new URL('../../packages/models/test/fixtures/', import.meta.url);

export function example(name: 'peyton' | 'air' | 'daily'): Point[] {
  const lines = readFileSync(new URL(`${name}.csv`, FIXTURES), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return lines.map((line) => {
    const [ds = '', y] = line.replaceAll('"', '').split(',');
    return { ds, y: Number(y) };
  });
}

/** Series from 100 points on, of which `most` are given: every kind in turn. */
export function mixture(most: number): Case[] {
  const peyton = example('peyton');
  const air = example('air');
  const multiplicative = { seasonality_mode: 'multiplicative' };
  const window = (at: number, length: number) => {
    const from = (at * 397) % (peyton.length - length);
    return peyton.slice(from, from + length);
  };
  const kinds: ((at: number) => Case)[] = [
    (at) => ({ name: 'peyton', data: window(at, 400 + (at % 5) * 300), options: {} }),
    (at) => ({ name: 'bent', data: bent(150 + 40 * at, at), options: {} }),
    (at) => ({ name: 'walk', data: walk(200 + 25 * at, at), options: {} }),
    (at) => ({ name: 'peyton multiplicative', data: window(at, 500), options: multiplicative }),
    (at) => ({ name: 'generated', data: generated(120 + 30 * at, 'day', at), options: {} }),
    (at) => ({
      name: 'peyton holidays',
      data: window(at, 800),
      options: { country_holidays: 'US' },
    }),
    (at) => ({
      name: 'loose prior',
      data: bent(300 + 20 * at, at + 50),
      options: { changepoint_prior_scale: 0.5 },
    }),
    (at) => ({
      name: 'air',
      data: air.slice(0, 144 - (at % 40)),
      options: at % 2 ? multiplicative : {},
    }),
    (at) => ({ name: 'flat', data: window(at, 350), options: { growth: 'flat' } }),
    (at) => ({ name: 'logistic', data: window(at, 450), options: { growth: 'logistic', cap: 15 } }),
  ];
  return Array.from({ length: most }, (_, at) => {
    const kind = kinds[at % kinds.length] as (typeof kinds)[number];
    return kind(1 + Math.floor(at / kinds.length));
  });
}
