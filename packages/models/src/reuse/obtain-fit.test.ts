/** The forecast decision, over what is kept and what is asked. */
import { describe, expect, test } from 'vitest';
import { context, daily, every, noise, type Row } from '../../test/series.ts';
import type { ComputeContext } from '../define-model.ts';
import { TakesLongError } from '../errors.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { predictRows } from '../prophet/predict.ts';
import { askedRows, seriesOf } from '../prophet/series.ts';
import { artefactNames } from './artefact-names.ts';
import { obtainFit } from './obtain-fit.ts';

const random = noise(11);
const normal = () => Array.from({ length: 12 }, random).reduce((a, b) => a + b);
const all = daily(440, (at) => 50 + at * 0.02 + 3 * Math.sin((2 * Math.PI * at) / 7) + normal());
const data = all.slice(0, 400);
const shifted = (from: number, by: number) =>
  all.map((row, at) => ({ ...row, y: (row.y as number) + (at < from ? 0 : by) }));

const HOUR_MS = 3_600_000;
const model = createForecastModel();
const bodyOf = (rows: Row[], options: object = {}, more: object = {}) =>
  model.prepare({ model_id: 'sales', data: rows, periods: 30, options, ...more })
    .input as ForecastInput;

/** A place where artefacts are kept, and a clock. */
function setUp() {
  const kept = new Map<string, { bytes: Uint8Array; keepMs: number; facts?: object }>();
  let now = Date.UTC(2026, 0, 1);
  return {
    kept,
    /** Lets time pass. */
    pass: (ms: number) => {
      now += ms;
    },
    async ask(input: ForecastInput, { mayTakeLong = true, anew = false } = {}) {
      const dismissed: string[] = [];
      const reads: string[] = [];
      const told: { freshMs?: number; provisional?: boolean; note?: Record<string, unknown> } = {};
      const own: ComputeContext = {
        ...context,
        artefacts: {
          async read(name) {
            reads.push(name);
            const found = anew ? undefined : kept.get(name);
            const dismiss = () => void dismissed.push(name);
            return found && { bytes: found.bytes, tier: 'redis', createdAt: now, dismiss };
          },
          write: (name, bytes, options) => void kept.set(name, { bytes, ...options }),
        },
        beginLongWork() {
          if (!mayTakeLong) throw new TakesLongError('no');
        },
        note: (note) => void Object.assign(told, { note }),
        freshFor: (freshMs, options = {}) => void Object.assign(told, { freshMs, ...options }),
      };
      const limits = { maxModelAgeS: 86_400, now: () => now };
      const obtained = await obtainFit(input, seriesOf(input), own, limits);
      const { yhat } = predictRows(obtained.fit, askedRows(input), input.answer);
      return { ...obtained, ...told, yhat, dismissed, reads };
    },
  };
}

test('the first request trains, and keeps the model for as long as any may be used', async () => {
  const t = setUp();
  const input = bodyOf(data);

  const first = await t.ask(input);

  expect(first).toMatchObject({
    ...{ source: 'trained', reason: 'no_model', cacheHit: 'none', dataChange: 0, warnings: [] },
    freshMs: 24 * HOUR_MS,
  });
  const { exact, latest } = artefactNames(input);
  expect([...t.kept.keys()]).toEqual([exact, latest]);
  expect(t.kept.get(exact)).toMatchObject({
    keepMs: 24 * HOUR_MS,
    facts: { points: 400, from: '2020-01-01T00:00:00.000Z', freq: 'D', rmse: expect.any(Number) },
  });
});

test('another horizon is never trained for, and its forecast is that of a new model', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));
  const longer = bodyOf(data, { interval_width: 0.95 }, { periods: 90 });

  const again = await t.ask(longer, { mayTakeLong: false });

  expect(again).toMatchObject({ source: 'cached', reason: 'same_series', cacheHit: 'redis' });
  expect(again).toMatchObject({ trainingMs: 0, dataChange: 0, warnings: [], dismissed: [] });
  expect(again.yhat).toEqual((await setUp().ask(longer)).yhat);
});

test('other options of the fit are another model', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));

  for (const options of [
    { changepoint_prior_scale: 0.5 },
    { weekly_seasonality: 5 },
    { holidays: [{ holiday: 'x', ds: '2020-03-01' }] },
    { seasonality_mode: 'multiplicative' },
  ])
    expect(await t.ask(bodyOf(data, options))).toMatchObject({ reason: 'no_model' });
  expect(await t.ask(bodyOf(data, {}, { model_id: 'other' }))).toMatchObject({
    reason: 'no_model',
  });
});

test('a gap more or less is no other series', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));

  expect(await t.ask(bodyOf([...data, { ds: '2021-02-04', y: null }]))).toMatchObject({
    source: 'cached',
  });
});

test('1 % of appended points: the model answers for now, and the answer says so', async () => {
  const t = setUp();
  const first = await t.ask(bodyOf(data));
  t.pass(3 * HOUR_MS);

  const next = await t.ask(bodyOf(all.slice(0, 404)), { mayTakeLong: false });

  expect(next).toMatchObject({
    ...{ source: 'reused', reason: 'small_change', cacheHit: 'redis', dataChange: 0.01 },
    ...{ freshMs: 600_000, provisional: true, trainingMs: 0, trainedAt: first.trainedAt },
    warnings: [{ code: 'model_reused', message: expect.stringContaining('1.0 %') }],
  });
  expect(next.warnings[0]?.message).toContain('(4 added, 0 altered, 0 removed)');
  expect(next.warnings[0]?.message).toContain('3 h ago');
  // The artefact is what the answer was made of; the pointer to it is not.
  expect(next.dismissed).toEqual([artefactNames(bodyOf(data)).latest]);
});

test('what changed is counted from what the model was trained on, however many steps it took', async () => {
  const t = setUp();
  const sources = [];
  for (const count of [400, 420, 440, 441]) {
    const rows = daily(441, (at) => all[at]?.y ?? 59).slice(0, count);
    sources.push((await t.ask(bodyOf(rows))).source);
  }

  expect(sources).toEqual(['trained', 'reused', 'reused', 'trained']);
});

describe('trains', () => {
  const cases: [string, { rows?: Row[]; options?: object; passMs?: number }, string][] = [
    [
      'more than 10 % changed',
      { rows: all.slice(0, 441).concat(daily(41, () => 59, '2021-03-16')) },
      'data_changed',
    ],
    [
      'more than the request allows changed',
      { rows: all.slice(0, 404), options: { max_data_change: 0.005 } },
      'data_changed',
    ],
    ['a model older than 24 h', { passMs: 24 * HOUR_MS + 1 }, 'model_too_old'],
    [
      'a model older than the request allows',
      { passMs: 2000, options: { max_model_age_s: 1 } },
      'model_too_old',
    ],
    [
      'a level shift in 5 % of new points',
      { rows: shifted(400, 6).slice(0, 420) },
      'model_degraded',
    ],
  ];
  test.each(cases)('%s', async (_, { rows = data, options = {}, passMs = 0 }, reason) => {
    const t = setUp();
    await t.ask(bodyOf(data));
    t.pass(passMs);

    const next = await t.ask(bodyOf(rows, options));

    expect(next).toMatchObject({ source: 'trained', reason, cacheHit: 'none', dataChange: 0 });
    // The answer owes nothing to what was looked at.
    expect(next.dismissed.length).toBeGreaterThan(0);
    expect(next.reads).toEqual([...new Set(next.reads)]);
    // And the next request of that series finds the new model.
    expect(await t.ask(bodyOf(rows, options))).toMatchObject({ source: 'cached' });
  });
});

test('a degraded model is told of, by how much it missed', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));

  const { warnings } = await t.ask(bodyOf(shifted(400, 6).slice(0, 420)));

  expect(warnings).toEqual([
    { code: 'model_degraded', message: expect.stringMatching(/by \d\.\d times its usual error/) },
  ]);
});

test('an altered past degrades a model, too', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));
  const wrong = data.map((row, at) => (at % 25 === 0 ? { ...row, y: (row.y ?? 0) + 9 } : row));
  const slight = data.map((row, at) => (at % 25 === 0 ? { ...row, y: (row.y ?? 0) + 0.1 } : row));

  expect(await t.ask(bodyOf(slight))).toMatchObject({ source: 'reused', dataChange: 0.04 });
  expect(await t.ask(bodyOf(wrong))).toMatchObject({ reason: 'model_degraded' });
});

describe('a model that learnt from what is no more is trained anew', () => {
  const long = daily(390, (at) => 131 + 3 * Math.sin((2 * Math.PI * at) / 7) + normal());
  const withY = (rows: Row[], y: (value: number, at: number) => number | null): Row[] =>
    rows.map((row, at) => ({ ...row, y: y(row.y as number, at) }));
  const typo = withY(long, (y, at) => (at === 200 ? 1_000_000 : y));
  const cases: [string, Row[], Row[]][] = [
    ['a typo that is corrected', typo, long],
    ['a typo that is withdrawn', typo, withY(long, (y, at) => (at === 200 ? null : y))],
    ['a typo whose row is gone', typo, long.filter((_, at) => at !== 200)],
    ['a smaller typo', withY(long, (y, at) => (at === 200 ? 200 : y)), long],
    [
      'ten typos',
      withY(long, (y, at) => (at % 39 === 7 ? 1e6 : y)),
      withY(long, (y, at) => (at % 39 === 7 ? null : y)),
    ],
    ['a block in another unit', withY(long, (y, at) => (at >= 200 && at < 220 ? y * 10 : y)), long],
    ['a typo that is new', long, typo],
    [
      'one new typo among many small revisions',
      long,
      withY(long, (y, at) => (at === 200 ? y + 8 : at % 11 === 3 ? y + 0.01 : y)),
    ],
  ];
  test.each(cases)('%s', async (_, before, now) => {
    const t = setUp();
    await t.ask(bodyOf(before));

    const next = await t.ask(bodyOf(now));

    expect(next).toMatchObject({ source: 'trained', cacheHit: 'none' });
    expect(next.yhat).toEqual((await setUp().ask(bodyOf(now))).yhat);
  });

  test('a typo in a regressor', async () => {
    const asked = (typoAt: number) => {
      const options = { regressors: [{ name: 'price' }], max_data_change: 0.1 };
      const rows = long.map((row, at) => ({ ...row, price: at === typoAt ? 1e6 : at % 5 }));
      const future = daily(30, () => null, '2021-01-25').map(({ ds }) => ({ ds, price: 1 }));
      return bodyOf(rows as Row[], options, { future });
    };
    const t = setUp();
    await t.ask(asked(200));

    expect(await t.ask(asked(-1))).toMatchObject({ source: 'trained', reason: 'data_changed' });
  });

  test('a usual point that is revised or gone is nothing to train for', async () => {
    const t = setUp();
    await t.ask(bodyOf(long));

    const revised = withY(long, (y, at) => (at === 200 ? y + 0.5 : y));
    expect(await t.ask(bodyOf(revised))).toMatchObject({ source: 'reused' });
    expect(await t.ask(bodyOf(long.slice(5)))).toMatchObject({ source: 'reused' });
  });
});

test('a model that has seen later points never answers for a series that ends earlier', async () => {
  const t = setUp();
  const invented = daily(20, () => 400, '2021-02-04');
  await t.ask(bodyOf([...data, ...invented]));

  expect(await t.ask(bodyOf(data, { max_data_change: 0.5 }))).toMatchObject({
    ...{ source: 'trained', reason: 'data_changed' },
  });

  const honest = setUp();
  await honest.ask(bodyOf(data));
  expect(await honest.ask(bodyOf(data.slice(0, -1)))).toMatchObject({ reason: 'data_changed' });
  const withdrawn = data.with(-1, { ...(data.at(-1) as Row), y: null });
  expect(await honest.ask(bodyOf(withdrawn))).toMatchObject({ source: 'cached' });
});

test('a strict request and a lenient one use the same models under other keys', async () => {
  const t = setUp();
  const [strict, lenient] = [bodyOf(data, { max_data_change: 0 }), bodyOf(data)];
  await t.ask(lenient);

  expect(artefactNames(strict).exact).toBe(artefactNames(lenient).exact);
  expect(strict).not.toEqual(lenient);
  expect(bodyOf(data, { max_data_change: 0.1, max_model_age_s: 86_400 })).toEqual(lenient);
  expect(await t.ask(strict)).toMatchObject({ source: 'cached' });
});

test('a question that takes no other model asks for none, and leaves none', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));
  const kept = [...t.kept.keys()];
  const strict = bodyOf(data.with(7, { ds: '2020-01-08', y: 50 }), { max_data_change: 0 });

  const trained = await t.ask(strict);

  expect(trained).toMatchObject({ source: 'trained', reason: 'no_model' });
  expect(trained.reads).toEqual([artefactNames(strict).exact]);
  expect([...t.kept.keys()]).toEqual([...kept, artefactNames(strict).exact]);
});

test('no answer is fresh for longer than its model may be used', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));
  t.pass(24 * HOUR_MS - 60_000);

  expect(await t.ask(bodyOf(data))).toMatchObject({ source: 'cached', freshMs: 60_000 });
  expect(await t.ask(bodyOf(all.slice(0, 404)))).toMatchObject({
    source: 'reused',
    freshMs: 60_000,
  });
  expect(await t.ask(bodyOf(data, { max_model_age_s: 0 }))).toMatchObject({ freshMs: 0 });
});

test('an explicit refresh trains, whatever is kept', async () => {
  const t = setUp();
  await t.ask(bodyOf(data));

  expect(await t.ask(bodyOf(data), { anew: true })).toMatchObject({ source: 'trained' });
});

test('a damaged model is none, and the next one takes its place', async () => {
  const t = setUp();
  const input = bodyOf(data);
  await t.ask(input);
  const kept = t.kept.get(artefactNames(input).exact);
  kept?.bytes.set([7], 400);

  expect(await t.ask(input)).toMatchObject({ source: 'trained', reason: 'no_model' });
  expect(await t.ask(input)).toMatchObject({ source: 'cached' });
});

test('in the short lane nothing is trained that takes long', async () => {
  const hours = every(3600, 50_000, (at) => at % 24);
  const t = setUp();

  await expect(t.ask(bodyOf(hours), { mayTakeLong: false })).rejects.toThrow(TakesLongError);
  expect((await t.ask(bodyOf(data), { mayTakeLong: false })).source).toBe('trained');
});

test('what was not trained is not kept', async () => {
  const t = setUp();

  await t.ask(bodyOf(daily(50, () => 7)));
  await t.ask(bodyOf(daily(50, (at) => at)));

  expect(t.kept.size).toBe(0);
});

describe('the log of a series', () => {
  test('has of each decision its reason, and how the forecast before fared on what then came', async () => {
    const t = setUp();
    const first = await t.ask(bodyOf(data));
    t.pass(3 * HOUR_MS);
    const reused = await t.ask(bodyOf(all.slice(0, 404)));
    const same = await t.ask(bodyOf(data, { interval_width: 0.9 }));

    expect(first.note).toEqual({
      ...{ source: 'trained', reason: 'no_model', data_change: 0, points: 400, new_points: 0 },
      ...{ trained_at: '2026-01-01T00:00:00.000Z', error_training: expect.any(Number) },
    });
    expect(reused.note).toMatchObject({
      ...{ source: 'reused', reason: 'small_change', data_change: 0.01, new_points: 4 },
      ...{ trained_at: first.note?.trained_at, error_training: first.note?.error_training },
    });
    const { came, error_new, error_ratio, coverage } = reused.note ?? {};
    const rows = came as { ds: string; values: number[]; made_at: string }[];
    expect(rows.map(({ ds }) => ds)).toEqual([
      '2021-02-04',
      '2021-02-05',
      '2021-02-06',
      '2021-02-07',
    ]);
    const errors = rows.map(({ values: [y = 0, yhat = 0] }) => y - yhat);
    const rms = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 4);
    expect(error_new).toBeCloseTo(rms, 3);
    expect(Number(error_ratio)).toBeCloseTo(rms / Number(first.note?.error_training), 2);
    const within = rows.filter(
      ({ values: [y = 0, , lower = 0, upper = 0] }) => y >= lower && y <= upper,
    );
    expect(coverage).toBe(within.length / 4);
    expect(same.note).toMatchObject({ source: 'cached', reason: 'same_series', new_points: 0 });
  });

  test('tells of a model that missed what came, also when another is trained', async () => {
    const t = setUp();
    await t.ask(bodyOf(data));

    const { note } = await t.ask(bodyOf(shifted(400, 30).slice(0, 420)));

    expect(note).toMatchObject({ source: 'trained', reason: 'model_degraded', coverage: 0 });
    expect(Number(note?.error_ratio)).toBeGreaterThan(5);
    expect(note?.new_points).toBe(20);
  });

  test('says nothing of questions that accept no model of another series', async () => {
    const { note } = await setUp().ask(bodyOf(data, { max_data_change: 0 }));

    expect(note).toBeUndefined();
  });
});
