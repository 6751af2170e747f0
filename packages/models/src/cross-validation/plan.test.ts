import { expect, test } from 'vitest';
import { context, daily, noise } from '../../test/series.ts';
import { InputError } from '../errors.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { createCrossValidation } from './plan.ts';

const model = createForecastModel();
const random = noise();
const data = daily(100, (at) => 10 + at / 10 + Math.sin((2 * Math.PI * at) / 7) + random());
const body = (more: object = {}) => ({
  model_id: 'm',
  data,
  horizon: '10 days',
  initial: '60 days',
  ...more,
});
const inputs = (more?: object, limits?: object) =>
  [...createCrossValidation(limits).plan(body(more)).questions].map(
    ({ input }) => input as ForecastInput,
  );

test('each question holds what was known at its cutoff, and asks for what came in its horizon', () => {
  const { cutoffs, questions } = createCrossValidation().plan(body());
  const [first] = [...questions].map(({ input }) => input as ForecastInput);

  expect(cutoffs).toEqual([
    '2020-03-05',
    '2020-03-10',
    '2020-03-15',
    '2020-03-20',
    '2020-03-25',
    '2020-03-30',
  ]);
  expect(first).toMatchObject({ periods: 10, freq: 'D', freq_guessed: false });
  expect(first?.ds).toHaveLength(65);
  expect(first?.future).toBeUndefined();
});

test('cutoffs are written with their time if one has one', async () => {
  const half = createCrossValidation().plan(
    body({ horizon: '2 days', period: '12 hours', initial: '96 days' }),
  );
  const whole = createCrossValidation().plan(body({ cutoffs: ['2020-03-05', '2020-03-05T12:00'] }));

  expect(half.cutoffs.slice(-2)).toEqual(['2020-04-06T12:00:00', '2020-04-07T00:00:00']);
  expect(whole.cutoffs).toEqual(['2020-03-05T00:00:00', '2020-03-05T12:00:00']);
  const answers = await Promise.all(
    [...whole.questions].map(({ input }) => model.run(input, context)),
  );
  const { forecasts } = await whole.evaluate(answers as never);
  expect(forecasts[0]).toMatchObject({ cutoff: '2020-03-05T00:00:00', ds: '2020-03-06' });
});

test('dates stay dates whatever freq is given', async () => {
  const { evaluate, questions } = createCrossValidation().plan(body({ freq: '12h' }));
  const answers = await Promise.all(
    Array.from(questions, ({ input }) => model.run(input, context)),
  );

  const { forecasts } = await evaluate(answers as never);
  expect(forecasts[0]).toMatchObject({ cutoff: '2020-03-05', ds: '2020-03-06' });
});

test('cutoffs and points lie in the local time of the series', async () => {
  const zoned = data.map(({ ds, y }) => ({ ds: `${ds}T00:00:00+10:00`, y }));
  const { cutoffs, questions, evaluate } = createCrossValidation().plan(
    body({ data: zoned, cutoffs: ['2020-03-05', '2020-03-14T14:00:00Z'] }),
  );

  expect(cutoffs).toEqual(['2020-03-05T00:00:00+10:00', '2020-03-15T00:00:00+10:00']);
  const answers = await Promise.all([...questions].map(({ input }) => model.run(input, context)));
  const { forecasts } = await evaluate(answers as never);
  expect(forecasts[0]?.ds).toBe('2020-03-06T00:00:00+10:00');
});

test('a row without a y may lack a regressor, also the last one', () => {
  const rows = data.map((row, at) => ({ ...row, price: at }));
  const gap = { ds: '2020-04-10', y: null, price: null };
  const options = { regressors: [{ name: 'price' }] };

  expect(inputs({ data: [...rows, gap], options })).toEqual(inputs({ data: rows, options }));
});

test('a question is the one that a forecast of the cut series asks which takes no other model', () => {
  const options = { max_data_change: 0 };
  const plain = model.prepare({ model_id: 'm', data: data.slice(0, 65), periods: 10, options });

  expect(inputs()[0]).toStrictEqual(plain.input);
});

test('seasonalities are those of the whole series, as in Prophet', () => {
  const long = daily(800, (at) => at % 7);
  const cut = inputs({ data: long, initial: '300 days', horizon: '100 days' })[0];

  expect(cut?.fit.seasonalities.map(({ name }) => name)).toEqual(['weekly', 'yearly']);
});

test('gaps in the series are predicted at the dates that have a y, with their regressors', () => {
  const gappy = data.map((row, at) => ({ ...row, y: at % 10 === 5 ? null : row.y, price: at }));
  const last = inputs({ data: gappy, options: { regressors: [{ name: 'price' }] } }).at(-1);

  expect(last?.future?.ds).toHaveLength(9);
  expect(last?.future?.extra?.price).toEqual([90, 91, 92, 93, 94, 96, 97, 98, 99]);
  expect(last?.extra?.price).toHaveLength(81);
});

test('changepoints after a cutoff are left out of its fit', () => {
  const changepoints = ['2020-02-01', '2020-03-08', '2020-03-25'];
  const counts = inputs({ options: { changepoints } }).map(({ fit }) => fit.changepoints?.length);

  expect(counts).toEqual([1, 2, 2, 2, 2, 3]);
});

test('the answer is each prediction beside what came, and the errors by distance', async () => {
  const { evaluate, questions } = createCrossValidation().plan(body());
  const answers = await Promise.all([...questions].map(({ input }) => model.run(input, context)));

  const { forecasts, performance, warnings } = await evaluate(answers as never);

  expect(forecasts).toHaveLength(60);
  expect(forecasts[0]).toMatchObject({ cutoff: '2020-03-05', ds: '2020-03-06', y: data[65]?.y });
  expect(performance.map(({ horizon }) => horizon)).toContain('10 days');
  // The noise is uniform in ±0.5: its own mean error is 0.25.
  expect(performance.at(-1)?.mae).toBeLessThan(0.5);
  expect(warnings).toEqual([]);
});

test('a first window shorter than a season is told', async () => {
  const windows = { cutoffs: ['2020-01-05'], horizon: '2 days', initial: undefined };
  const { evaluate, questions } = createCrossValidation().plan(body(windows));
  const answers = await Promise.all([...questions].map(({ input }) => model.run(input, context)));

  expect((await evaluate(answers as never)).warnings).toMatchObject([{ code: 'short_initial' }]);
});

test('what cannot be cut, and what would be too much, is refused', () => {
  const refused = (more: object, limits?: object) => {
    try {
      inputs(more, limits);
    } catch (error) {
      if (error instanceof InputError) return error.issues[0]?.path;
      throw error;
    }
    return undefined;
  };

  expect(refused({ horizon: 'soon' })).toBe('/horizon');
  expect(refused({ horizon: '1 M' })).toBe('/horizon');
  expect(refused({ period: '500 ms' })).toBe('/period');
  expect(refused({ cutoffs: ['2020-01-01'] })).toBe('/cutoffs/0');
  expect(refused({ cutoffs: ['2020-01-01T12:00:00'] })).toBe('/cutoffs/0');
  expect(refused({}, { maxCutoffs: 5 })).toBe('/period');
  const logistic = { options: { growth: 'logistic', cap: 1e6 } };
  expect(refused(logistic, { maxSampleSteps: 59_999 })).toBe('/options/uncertainty_samples');
  expect(refused({ options: { regressors: [{ name: 'price' }] } })).toBe('/data');
  expect(refused({ future: [] })).toBe('/future');
});
