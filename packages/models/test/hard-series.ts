/**
 * Bodies of forecasts that are hard to fit, of 34 kinds in turn, each the same for its seed: values of
 * any size, outliers and steps, few points and gaps, capacities near and far, priors loose and tight,
 * many columns and changepoints.
 */
import { every, noise, type Row } from './series.ts';

export interface HardBody extends Record<string, unknown> {
  readonly kind: string;
  readonly data: readonly Row[];
  readonly options: Readonly<Record<string, unknown>>;
}

const DAY = 86_400;

/** What a kind makes its series of. */
interface Dice {
  /** -0.5 to 0.5. */
  readonly random: () => number;
  readonly between: (least: number, most: number) => number;
  readonly count: (least: number, most: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  /** A level that wanders, with a week. */
  readonly walk: (count: number, step?: number) => number[];
}

interface Made {
  readonly y: readonly (number | null)[];
  readonly options?: Record<string, unknown>;
  readonly stepS?: number;
  /** Columns beside y, in the rows and in the future. */
  readonly extra?: (at: number) => object;
  readonly change?: (rows: Row[]) => Row[];
}

const many = (count: number, value: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => value(at));
const capped = (y: readonly number[], share: number, more: object = {}) => {
  const [least, most] = [Math.min(...y), Math.max(...y)];
  const range = most - least || 1;
  return { growth: 'logistic', floor: least - 0.01 * range, cap: most + share * range, ...more };
};
const mult = { seasonality_mode: 'multiplicative' };

type Kind = (dice: Dice) => Made;

const KINDS: Record<string, Kind> = {
  'one rounding apart': ({ count }) => ({
    y: many(count(8, 300), (at) => 1 + Number.EPSILON * (at % 3)),
  }),
  'nearly constant': ({ count, random }) => ({
    y: many(count(8, 400), () => 1e6 + 1e-3 * random()),
  }),
  huge: ({ walk, count }) => ({ y: walk(count(8, 400)).map((y) => 1e13 * y) }),
  tiny: ({ walk, count }) => ({ y: walk(count(8, 400)).map((y) => 1e-15 * y) }),
  'far from 0, minmax': ({ walk, count }) => ({
    y: walk(count(8, 400)).map((y) => 1e9 + y),
    options: { scaling: 'minmax' },
  }),
  'one outlier': ({ walk, count, between }) => {
    const y = walk(count(10, 400));
    y[Math.floor(between(0, y.length))] = 10 ** between(3, 12);
    return { y };
  },
  outliers: ({ walk, count, random }) => ({
    y: walk(count(30, 600)).map((y) => (random() > 0.45 ? y * 1000 * random() : y)),
  }),
  steps: ({ count, random }) => ({
    y: many(count(30, 800), (at) => 5 * Math.floor(at / 17) + random() / 10),
  }),
  'steps, tight priors': ({ count, pick }) => ({
    y: many(count(20, 400), (at) => Math.floor(at / 23)),
    options: { changepoint_prior_scale: pick([1e-9, 1e-6, 1e-4]), seasonality_prior_scale: 1e-6 },
  }),
  'loose priors': ({ walk, count, pick }) => ({
    y: walk(count(20, 400)),
    options: {
      changepoint_prior_scale: pick([1, 10, 1e6]),
      seasonality_prior_scale: 1e6,
      n_changepoints: 60,
    },
  }),
  'few points': ({ walk, count }) => ({ y: walk(count(4, 13)) }),
  'fewer points than terms': ({ walk, count, pick }) => ({
    y: walk(count(4, 40)),
    options: { yearly_seasonality: 10, ...pick([{}, mult]) },
  }),
  gaps: ({ walk, count, random }) => ({
    y: walk(count(100, 1000)).map((y) => (random() > -0.3 ? null : y)),
  }),
  'irregular dates': ({ walk, count, random }) => ({
    y: walk(count(20, 400)),
    change: (rows) =>
      rows.map((row) => ({
        ...row,
        ds: new Date(Date.parse(`${row.ds}Z`) + Math.floor(6e7 * random()) * 1000)
          .toISOString()
          .slice(0, 19),
      })),
  }),
  duplicates: ({ walk, count }) => ({
    y: walk(count(8, 100)),
    change: (rows) => [...rows, ...rows.map(({ ds, y }) => ({ ds, y: (y ?? 0) + 1 })), ...rows],
  }),
  'logistic at its cap': ({ walk, count }) => {
    const y = walk(count(24, 400));
    return { y, options: capped(y, 1e-6) };
  },
  'logistic far below its cap': ({ walk, count, between }) => {
    const y = walk(count(24, 400));
    return { y, options: capped(y, 10 ** between(1, 6)) };
  },
  'logistic, saturating': ({ count, random, pick }) => {
    const sign = pick([1, -1]);
    const y = many(count(24, 400), (at) => sign / (1 + Math.exp(-at / 9 + 5)) + 0.02 * random());
    return { y, options: capped(y, 0.02) };
  },
  'logistic, multiplicative, holidays': ({ walk, count }) => {
    const y = walk(count(24, 400));
    return { y, options: capped(y, 1, { ...mult, country_holidays: 'US' }) };
  },
  'logistic, short': ({ walk, count, between }) => {
    const y = walk(count(24, 95), 0.3);
    return { y, options: capped(y, between(0.05, 3)) };
  },
  'logistic, long, many changepoints': ({ walk, count }) => {
    const y = walk(count(400, 1500));
    return { y, options: capped(y, 0.5, { n_changepoints: 60 }) };
  },
  'logistic, many columns': ({ walk, count }) => {
    const y = walk(count(30, 99));
    return {
      y,
      options: capped(y, 0.5, {
        yearly_seasonality: 20,
        weekly_seasonality: 3,
        country_holidays: 'US',
      }),
    };
  },
  'flat, spikes': ({ count, random }) => ({
    y: many(count(8, 800), () => (random() > 0.45 ? 1000 * random() : random())),
    options: { growth: 'flat' },
  }),
  'flat, multiplicative': ({ walk, count }) => ({
    y: walk(count(8, 800)),
    options: { growth: 'flat', ...mult },
  }),
  'many regressors': ({ walk, count, random, pick }) => {
    const names = many(count(10, 50), (at) => at).map((at) => `x${at}`);
    const mode = pick(['additive', 'multiplicative']);
    return {
      y: walk(count(20, 400)),
      options: { regressors: names.map((name) => ({ name, mode })) },
      extra: () => Object.fromEntries(names.map((name) => [name, random()])),
    };
  },
  'regressors of one plane, of any size': ({ walk, count, random, pick }) => ({
    y: walk(count(20, 400)),
    options: {
      ...pick([{}, mult]),
      regressors: ['a', 'b', 'c'].map((name) => ({ name, standardize: pick(['auto', false]) })),
    },
    extra: (at) => ({ a: 1e12 * at, b: 1e12 * at + random(), c: 1e-12 * (at % 2) }),
  }),
  'many holidays': ({ walk, count, pick }) => {
    const y = walk(count(60, 800));
    const days = (from: number) => many(Math.ceil(y.length / 40), (at) => 40 * at + from);
    const holidays = many(8, (at) => 5 * at).flatMap((from) =>
      days(from).map((day) => ({
        holiday: `h${from}`,
        ds: dayAt(day),
        lower_window: -2,
        upper_window: 2,
      })),
    );
    return { y, options: { holidays, country_holidays: 'US', ...pick([{}, mult]) } };
  },
  'no changepoints': ({ walk, count, pick }) => ({
    y: walk(count(8, 800)),
    options: { n_changepoints: 0, ...pick([{}, mult]) },
  }),
  'many changepoints': ({ walk, count, pick }) => ({
    y: walk(count(60, 400)),
    options: {
      n_changepoints: 200,
      changepoint_range: 1,
      ...pick([{}, mult]),
      changepoint_prior_scale: pick([0.05, 0.5]),
    },
  }),
  'minutes apart': ({ walk, count, pick }) => ({
    y: walk(count(100, 2000)),
    stepS: pick([60, 300, 900]),
    options: {
      daily_seasonality: true,
      weekly_seasonality: true,
      yearly_seasonality: pick([false, 10]),
    },
  }),
  'multiplicative, around 0': ({ walk, count }) => {
    const y = walk(count(8, 400));
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    return { y: y.map((value) => value - mean), options: mult };
  },
  'multiplicative, exponential': ({ count, random, between }) => {
    const rise = between(20, 60);
    return {
      y: many(count(30, 600), (at) => Math.exp(at / rise) * (1 + random() / 5)),
      options: mult,
    };
  },
  'mostly 0': ({ count, random, pick }) => ({
    y: many(count(8, 800), () => Math.max(0, Math.round(3 * random() - 0.9))),
    options: pick([{}, mult]),
  }),
  'multiplicative, long': ({ walk, count }) => ({
    y: walk(count(800, 1500)).map((y) => y + 50),
    options: { ...mult, country_holidays: 'US' },
  }),
};

export const hardKinds = Object.keys(KINDS);

/** @param seed From 0; kinds take turns. */
export function hardBody(seed: number): HardBody {
  const kind = hardKinds[seed % hardKinds.length] as string;
  const random = noise(seed * 7919 + 13);
  for (let i = 0; i < 5; i += 1) random();
  const between = (least: number, most: number) => least + (random() + 0.5) * (most - least);
  const dice: Dice = {
    random,
    between,
    count: (least, most) => Math.floor(between(least, most)),
    pick: <T>(list: readonly T[]) => list[Math.floor((random() + 0.5) * list.length)] as T,
    walk(count, step = 1) {
      let level = 10 * random();
      return many(count, (at) => {
        level += step * random();
        return level + Math.sin((2 * Math.PI * at) / 7);
      });
    },
  };
  const {
    y,
    options = {},
    stepS = DAY,
    extra,
    change = (rows) => rows,
  } = (KINDS[kind] as Kind)(dice);
  const rows = every(stepS, y.length + 5, (at) => y[at] ?? null).map((row, at) => ({
    ...row,
    ...extra?.(at),
  }));
  return {
    kind,
    model_id: `hard-${seed}`,
    data: change(rows.slice(0, y.length)),
    ...(extra ? { future: rows.slice(y.length).map(({ y: _, ...row }) => row) } : { periods: 5 }),
    options,
  };
}

function dayAt(day: number): string {
  return new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);
}
