import { createForecastModel } from '@deja/models';
import {
  askedRows,
  fitProphet,
  isFitOf,
  type ProphetFit,
  predictRows,
  type StanParameters,
  seriesOf,
} from '@deja/models/prophet';
import type { Report, Row } from './report.ts';
import { rescale } from './warm-start/rescale.ts';
import { KINDS, type Kind, type Row as Point, rowsOf } from './warm-start/series.ts';

export interface WarmStartOptions {
  readonly points: readonly number[];
  /** Shares of the points that are appended. */
  readonly appended: readonly number[];
  readonly rounds: number;
}

const PERIODS = 60;
const model = createForecastModel();

/** Fits series to which points were appended, from Prophet's own start and from the fit before. */
export async function benchWarmStart(options: WarmStartOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const kind of KINDS)
    for (const points of options.points)
      for (const appended of options.appended)
        rows.push(rowOf(kind, { points, appended, rounds: options.rounds }));
  const ratios = rows.map(({ ratio }) => ratio);
  const slower = ratios.filter((ratio) => ratio >= 1).length;
  const apart = rows.filter(({ cells }) => Number(cells.at(-1)) > TOLERANCE).length;
  return {
    name: 'warm-start',
    title: 'Warm start: fitting a series that has grown from the fit before',
    notes: [
      'Points are appended to a series that has been fitted, and it is fitted again: cold, from ' +
        "Prophet's own start; raw, from the parameters of the first fit as they are, as Prophet's " +
        'documentation does; rescaled, from these in the scales of the grown series, with the same trend at ' +
        'its changepoints. Times are the least of the rounds.',
      `Apart: the largest distance of the forecast over ${PERIODS} steps from that of the cold start, over ` +
        'the noise that the cold fit has found.',
      `The rescaled start is the faster of the two: ${geometricMean(ratios).toFixed(2)} times the cold time ` +
        `(geometric mean), slower than it in ${slower} of ${rows.length} rows. In ${apart} rows its forecast ` +
        `is more than ${TOLERANCE} of the noise apart: the optimum of a trend that bends is flat, and where ` +
        'the optimiser stops depends on where it began. So forecasts do not start warm: docs/adr/0009-no-warm-start.md.',
    ],
    peers: [],
    tables: [
      {
        caption: `Daily and hourly series, ${options.rounds} rounds`,
        columns: [
          'series',
          'points',
          'appended',
          'cold, ms',
          'raw, ms',
          'rescaled, ms',
          'raw apart',
          'rescaled apart',
        ],
        ratioOf: 'rescaled to cold',
        rows,
      },
    ],
  };
}

const TOLERANCE = 0.05;

interface Case {
  readonly points: number;
  readonly appended: number;
  readonly rounds: number;
}

function rowOf(kind: Kind, { points, appended, rounds }: Case): Row {
  const all = rowsOf(kind, points);
  const before = questionOf(kind, all.slice(0, Math.round(points / (1 + appended))));
  const now = questionOf(kind, all);
  const first = fitProphet(before.series, before.input.fit);
  const fit = (start?: StanParameters) => fitProphet(now.series, now.input.fit, start);
  const shape = fit();
  if (!isFitOf(shape.frame, first.parameters)) throw new Error(`${kind.name}: another shape`);
  const starts = [undefined, first.parameters, rescale(first, shape.frame)];
  const runs = starts.map((start) => ({ start, leastMs: Number.POSITIVE_INFINITY, fit: shape }));
  for (let round = 0; round < rounds; round += 1)
    for (const run of runs) {
      const startedAt = performance.now();
      run.fit = fit(run.start);
      run.leastMs = Math.min(run.leastMs, performance.now() - startedAt);
    }

  const yhat = (of: ProphetFit) =>
    predictRows({ ...of, warnings: [] }, now.rows, { ...now.input.answer, uncertainty_samples: 0 })
      .yhat;
  const [cold, raw, rescaled] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
  const noise = cold.fit.parameters.sigmaObs * cold.fit.frame.yScale;
  const expected = yhat(cold.fit);
  const apart = (of: ProphetFit) =>
    Math.max(...yhat(of).map((value, at) => Math.abs(value - (expected[at] as number)))) / noise;
  return {
    cells: [
      kind.name,
      String(points),
      `${appended * 100} %`,
      ...runs.map(({ leastMs }) => leastMs.toFixed(0)),
      ...[raw, rescaled].map((run) => apart(run.fit).toFixed(3)),
    ],
    ratio: rescaled.leastMs / cold.leastMs,
  };
}

function questionOf(kind: Kind, data: readonly Point[]) {
  const body = { model_id: 'bench', data, periods: PERIODS, options: kind.options };
  const input = model.prepare(body).input as Parameters<typeof askedRows>[0];
  return { input, series: seriesOf(input), rows: askedRows(input) };
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
