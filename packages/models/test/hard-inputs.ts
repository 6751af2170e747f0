/** Series and options that break the engine, or are at the edge of what it takes. */
import { daily, every, noise, type Row } from './series.ts';

const random = noise(3);
const wild = daily(40, () => random());
const YEARLY = { options: { yearly_seasonality: true } };
const FLAT = { options: { growth: 'flat' } };
const MULTIPLICATIVE = { options: { seasonality_mode: 'multiplicative' } };
/** Name, series, and what else the body holds. */
export const hardInputs: [name: string, data: object[], more?: object][] = [
  ['all zero', daily(30, () => 0)],
  ['all zero, yearly', daily(30, () => 0), YEARLY],
  ['constant', daily(30, () => 7)],
  ['constant, multiplicative', daily(30, () => -7), MULTIPLICATIVE],
  ['two points', daily(2, (at) => at)],
  [
    'two points, two years apart',
    [
      { ds: '2020-01-01', y: 1 },
      { ds: '2022-01-02', y: 3 },
    ],
  ],
  ['three points', daily(3, (at) => [3, 1, 4][at] as number)],
  ['three points, two dates', [...daily(2, (at) => at), { ds: '2020-01-02', y: 5 }]],
  ['four points', daily(4, (at) => [3, 1, 4, 1][at] as number)],
  ['four points, two dates', [...daily(2, (at) => at), ...daily(2, (at) => at + 3)]],
  ['a line of 4', daily(4, (at) => 2 * at + 1)],
  ['a line of 300', daily(300, (at) => 2e6 * at + 1e12)],
  ['a line of 3,000 with gaps', daily(3000, (at) => (at % 3 ? at : null))],
  ['a pure week', daily(15, (at) => Math.sin((2 * Math.PI * at) / 7))],
  ['a pure sine', daily(50, (at) => Math.sin(at))],
  ['a square wave', daily(30, (at) => at % 2)],
  ['one spike', daily(30, (at) => (at === 7 ? 5 : 0))],
  ['a step', daily(100, (at) => (at < 50 ? 0 : 1))],
  ['one outlier of 1e15', daily(30, (at) => (at === 7 ? 1e15 : at % 3))],
  ['all about 1e15', daily(30, (at) => 1e15 - (at % 3))],
  ['the smallest doubles', daily(30, (at) => 5e-324 * (at % 3))],
  ['differences of one rounding', daily(30, (at) => 1 + Number.EPSILON * (at % 3))],
  ['white noise around 0', wild],
  ['white noise around 0, multiplicative', wild, MULTIPLICATIVE],
  ['more seasonal terms than points', wild.slice(0, 12), YEARLY],
  [
    'order 30 everywhere',
    every(3600, 99, () => random()),
    { options: { yearly_seasonality: 30, weekly_seasonality: 30, daily_seasonality: 30 } },
  ],
  [
    '64 parameters and more',
    every(3600, 99, () => random()),
    { options: { yearly_seasonality: 10, weekly_seasonality: 5, daily_seasonality: 5 } },
  ],
  ['a second apart', every(1, 100, () => random())],
  ['a second apart, forecast by years', every(1, 100, () => random()), { freq: 'YS' }],
  [
    'a year apart',
    Array.from({ length: 50 }, (_, at): Row => ({ ds: `${1800 + at}-01-01`, y: random() })),
  ],
  ['the first years', daily(40, () => random(), '0001-01-01')],
  ['mostly gaps', daily(400, (at) => (at % 40 ? null : random()))],
  ['every date five times', [...wild, ...wild, ...wild, ...wild, ...wild]],
  ['an interval of nearly nothing', wild, { options: { interval_width: 1e-9 } }],
  ['an interval of nearly all', wild, { options: { interval_width: 1 - 1e-9 } }],
  // Options.
  ['flat, all zero', daily(30, () => 0), FLAT],
  ['flat, three points', daily(3, (at) => at), FLAT],
  ['flat, a line', daily(50, (at) => at), FLAT],
  ['logistic, all zero', daily(30, () => 0), capped(1)],
  ['logistic, constant at its cap', daily(30, () => 7), capped(7)],
  ['logistic, three points', daily(3, (at) => at), capped(9)],
  ['logistic, a line', daily(50, (at) => at + 1), capped(100)],
  ['logistic, all above the cap', daily(50, () => 100 + random()), capped(1)],
  ['logistic, all below 0', daily(50, () => random() - 9), capped(1)],
  ['logistic, falling', daily(50, (at) => 50 - at + random()), capped(60)],
  ['logistic, the cap far away', daily(50, (at) => at + random()), capped(1e15)],
  ['logistic, no room', daily(50, () => random() / 1e9), capped(1e-9, { floor: -1e-9 })],
  ['logistic, by years', daily(50, (at) => at + random()), { ...capped(90), freq: 'YS' }],
  ['logistic, nearly constant', daily(50, () => 1e9 + random()), capped(2e9)],
  ['minmax, constant', daily(30, () => 7), { options: { scaling: 'minmax' } }],
  [
    'minmax, multiplicative, far from 0',
    daily(60, () => 1e12 + random()),
    { options: { scaling: 'minmax', seasonality_mode: 'multiplicative' } },
  ],
  ['6e8 and 40 points', daily(40, (at) => 6e8 + 1e6 * random() * at)],
  ['one changepoint a point', wild, { options: { n_changepoints: 40, changepoint_range: 1 } }],
  ['1,000 changepoints', wild, { options: { n_changepoints: 1000, changepoint_range: 1 } }],
  ['no range for changepoints', wild, { options: { changepoint_range: 0 } }],
  ['changepoints at both ends', wild, { options: { changepoints: ['2020-01-01', '2020-02-09'] } }],
  [
    'loose priors',
    wild,
    { options: { changepoint_prior_scale: 1e9, seasonality_prior_scale: 1e9 } },
  ],
  [
    'tight priors',
    wild,
    { options: { changepoint_prior_scale: 1e-9, seasonality_prior_scale: 1e-9 } },
  ],
  ['a loose trend and a tight season', wild, { options: { changepoint_prior_scale: 1e9 } }],
  ['a season of a second', wild, season({ period: 1e-5 })],
  ['a season of ages', wild, season({ period: 1e6 })],
  ['two equal seasons', wild, { options: { seasonalities: [custom(), custom({ name: 'b' })] } }],
  [
    'a season whose condition never holds',
    wild.map((row) => ({ ...row, never: false })),
    { ...season({ condition_name: 'never' }), ...aheadWith(() => ({ never: true })) },
  ],
  ['a holiday on every day', wild, { options: { holidays: holidaysOf(wild, {}) } }],
  [
    'a window of two years around every day',
    wild.slice(0, 10),
    {
      options: {
        holidays: holidaysOf(wild.slice(0, 10), { lower_window: -366, upper_window: 366 }),
      },
    },
  ],
  ...(
    [
      ['constant', () => 3],
      ['zero', () => 0],
      ['the time', (at) => at],
      ['tiny', () => 1e-300 * random()],
      ['huge', () => 1e15 * random()],
      ['one spike of 1e15', (at) => (at === 5 ? 1e15 : 0)],
    ] as [string, (at: number) => number][]
  ).flatMap(([name, x]) =>
    (['auto', true, false] as const).map((standardize): (typeof hardInputs)[number] => [
      `a regressor that is ${name}, standardize ${standardize}`,
      wild.map((row, at) => ({ ...row, x: x(at) })),
      {
        options: { regressors: [{ name: 'x', standardize }] },
        ...aheadWith((at) => ({ x: x(at) })),
      },
    ]),
  ),
  [
    'a regressor that is y itself',
    wild.map((row) => ({ ...row, x: row.y })),
    { options: { regressors: [{ name: 'x' }] }, ...aheadWith(() => ({ x: 2 })) },
  ],
  [
    'two equal regressors',
    wild.map((row, at) => ({ ...row, a: at % 5, b: at % 5 })),
    {
      options: { regressors: [{ name: 'a' }, { name: 'b', mode: 'multiplicative' }] },
      ...aheadWith((at) => ({ a: at, b: -at })),
    },
  ],
  [
    'a line with a regressor',
    daily(30, (at) => at).map((row, at) => ({ ...row, x: at * at })),
    { options: { regressors: [{ name: 'x' }] }, ...aheadWith((at) => ({ x: at })) },
  ],
  [
    'the history too, of seconds',
    every(1, 90, () => random()),
    { options: { include_history: true } },
  ],
];

function capped(cap: number, more: object = {}) {
  return { options: { growth: 'logistic', cap, ...more } };
}

function custom(more: object = {}) {
  return { name: 'own', period: 5, fourier_order: 3, ...more };
}

function season(more: object) {
  return { options: { seasonalities: [custom(more)] } };
}

function holidaysOf(rows: readonly Row[], window: object) {
  return rows.map(({ ds }) => ({ holiday: 'h', ds, ...window }));
}

/** Five days after `wild`, or after any series that ends before. */
function aheadWith(columns: (at: number) => object) {
  const rows = daily(45, () => 0).slice(40);
  return { periods: undefined, future: rows.map(({ ds }, at) => ({ ds, ...columns(at) })) };
}
