import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daily, noise } from '../../test/series.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { createForecastModel } from '../forecast/model.ts';
import { fitSeries } from './fit.ts';
import { decodeModel, encodeModel, type FittedModel } from './fitted-model.ts';
import { predictRows } from './predict.ts';
import { askedRows, seriesOf } from './series.ts';

const random = noise(3);
const data = daily(60, (at) => 10 + Math.sin(at) + random()).map((row, at) => ({
  ...row,
  promo: at % 5,
}));
const future = daily(5, () => 0, '2020-03-01').map(({ ds }) => ({ ds, promo: 1 }));
const input = createForecastModel().prepare({
  ...{ model_id: 'm', data, future, options: { regressors: [{ name: 'promo' }] } },
}).input as ForecastInput;
const series = seriesOf(input);
const fit = fitSeries(series, input.fit).fit as FittedModel['fit'];
const residuals = { rmse: 0.3, band: 0.4, step: 1 };
const model: FittedModel = {
  fit,
  series,
  residuals,
  trainedAt: 1_700_000_000_000,
  trainingMs: 12.5,
};
const bytes = encodeModel(model);

/** The same with another head and cells, whole and with a good checksum. */
function forged(change: { head?: (head: Head) => unknown; format?: number; cut?: number }): Buffer {
  const end = 12 + bytes.readUInt32LE(8);
  const head = JSON.parse(bytes.toString('utf8', 12, end));
  const json = Buffer.from(JSON.stringify(change.head ? change.head(head) : head));
  const prefix = Buffer.from(bytes.subarray(0, 12));
  prefix.writeUInt32LE(change.format ?? 1, 4);
  prefix.writeUInt32LE(json.length, 8);
  const pad = (size: number) => (8 - (size % 8)) % 8;
  const cells = bytes.subarray(end + pad(end), bytes.length - 32 - (change.cut ?? 0));
  const all = Buffer.concat([prefix, json, Buffer.alloc(pad(12 + json.length)), cells]);
  return Buffer.concat([all, createHash('sha256').update(all).digest()]);
}

interface Head {
  [member: string]: unknown;
  frame: { changepoints: number[]; blocks: { width: number }[] };
  columns: [string, number][];
}

test('a model that was kept predicts as the one just made', () => {
  const again = decodeModel(bytes);

  expect(again).toEqual(model);
  const rows = askedRows(input);
  expect(predictRows(again?.fit ?? fit, rows, input.answer)).toEqual(
    predictRows(fit, rows, input.answer),
  );
});

test('bytes at an odd place in a larger buffer are read as well', () => {
  const shared = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);

  expect(decodeModel(shared.subarray(3, 3 + bytes.length))).toEqual(model);
});

test('one that is damaged anywhere, or cut off, is none', () => {
  const anywhere = fc.integer({ min: 0, max: bytes.length - 1 });
  fc.assert(
    fc.property(anywhere, fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ by;

      expect(decodeModel(damaged)).toBeUndefined();
      expect(decodeModel(bytes.subarray(0, at))).toBeUndefined();
    }),
  );
});

test('one of another format is none', () => {
  expect(decodeModel(forged({}))).toEqual(model);
  expect(decodeModel(forged({ format: 2 }))).toBeUndefined();
});

test('shapes that do not belong together are none, though the checksum is good', () => {
  const columns = (change: (columns: Head['columns']) => unknown) => (head: Head) => ({
    ...head,
    columns: change(head.columns),
  });
  const moved = (from: number, to: number) =>
    columns((list) =>
      list.map(([name, length], at) => [name, length + (at === to ? 1 : at === from ? -1 : 0)]),
    );
  const frame = (change: object) => (head: Head) => ({
    ...head,
    frame: { ...head.frame, ...change },
  });
  for (const head of [
    moved(0, 1), // a coefficient more, a changepoint less
    moved(3, 2), // a date more than values
    columns((list) => list.slice(0, 4)),
    columns((list) => list.map(([name, length]) => [name === 'beta' ? 'gamma' : name, length])),
    columns((list) => list.map(([name]) => [name, -1])),
    frame({ changepoints: [0.5] }),
    frame({ blocks: [] }),
    frame({ yScale: 0 }),
    frame({ yScale: '1' }),
    (head: Head) => ({ ...head, parameters: { k: 1, m: null, sigmaObs: 1 } }),
    (head: Head) => ({ ...head, parameters: { k: 1, m: 0, sigmaObs: 0 } }),
    (head: Head) => ({ ...head, residuals: undefined }),
    () => null,
  ])
    expect(decodeModel(forged({ head }))).toBeUndefined();
  expect(decodeModel(forged({ cut: 8 }))).toBeUndefined();
  expect(
    decodeModel(encodeModel({ ...model, series: { ...series, y: series.y.with(4, NaN) } })),
  ).toBeUndefined();
});

test('it takes little more than its columns', () => {
  const cells = 8 * (3 * 60 + fit.parameters.delta.length + fit.parameters.beta.length);

  expect(bytes.length).toBeLessThan(cells + 5000);
});
