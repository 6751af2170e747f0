/** Where the time of a whole `POST /forecast` goes that trains: API and slot, without HTTP and queue. */
import { createForecastModel } from '@deja/models';
import type { ForecastInput } from '../packages/models/src/forecast/input.ts';
import { encodeModel } from '../packages/models/src/prophet/fitted-model.ts';
import { optimise } from '../packages/models/src/prophet/optimiser/policy.ts';
import { predictRows } from '../packages/models/src/prophet/predict.ts';
import { residualsOf } from '../packages/models/src/prophet/residuals.ts';
import { askedRows, seriesOf } from '../packages/models/src/prophet/series.ts';
import { scaled } from '../packages/models/src/prophet/train.ts';
import { artefactNames } from '../packages/models/src/reuse/artefact-names.ts';
import { context } from '../packages/models/test/series.ts';
import { type Case, generated } from './prophet/series.ts';
import type { Report, Row, Table } from './report.ts';

export interface StagesEffort {
  readonly rounds: number;
  /** Of the daily series, and of the hourly one. */
  readonly points: readonly [daily: number, hourly: number];
}

const PERIODS = 30;

/**
 * The same stages of the same bodies at commit 43a6b00, when Stan's WASM build trained: least of 7, 5 and 1
 * rounds on the machine of the other column (2026-11).
 */
const BEFORE: Record<string, readonly number[]> = {
  'API: parse the body': [0.46, 0.66, 17.3],
  'API: validate, normalise': [0.67, 5.32, 27.5],
  'API: JSON of the input': [0.35, 0.34, 83.9],
  'slot: parse the input': [0.19, 0.18, 49.5],
  'slot: names of artefacts': [0.3, 0.36, 27.8],
  'slot: frame and features': [18.3, 185, 2248],
  'slot: search for the optimum': [1181, 1369, 33_960],
  'slot: residuals': [2.13, 55.1, 1300],
  'slot: the fit as bytes': [0.67, 0.61, 18.1],
  'slot: forecast and bounds': [7.07, 23.3, 9.15],
  'slot: JSON of the answer': [0.04, 0.05, 0.12],
};

const model = createForecastModel();

export async function benchForecastStages({ rounds, points }: StagesEffort): Promise<Report> {
  const [daily, hourly] = points;
  const cases: Case[] = [
    { name: `${daily} daily points`, data: generated(daily), options: {} },
    { name: `${daily}, US holidays`, data: generated(daily), options: { country_holidays: 'US' } },
    { name: `${hourly} hourly points`, data: generated(hourly, 'hour'), options: {} },
  ];
  const tables: Table[] = [];
  for (const [at, given] of cases.entries()) tables.push(await tableOf(given, { at, rounds }));
  return {
    name: 'forecast-stages',
    title: 'Where the time of a forecast goes',
    notes: [
      `A question about ${PERIODS} steps that trains, from its body to its answer, without HTTP and queue. ` +
        'Least of the rounds; before: the same with Stan in WASM, at 43a6b00 on the same machine, which was ' +
        'busier then: the ratios tell the order of magnitude.',
    ],
    peers: [],
    tables,
  };
}

async function tableOf(
  given: Case,
  { at, rounds }: { readonly at: number; readonly rounds: number },
): Promise<Table> {
  const least = new Map<string, number>();
  for (let round = 0; round < rounds + 1; round += 1)
    for (const [stage, ms] of await stagesOf(given))
      if (round > 0) least.set(stage, Math.min(ms, least.get(stage) ?? Number.POSITIVE_INFINITY));
  const rowOf = (stage: string, before: number, now: number): Row => ({
    cells: [stage, before.toPrecision(3), now.toPrecision(3)],
    ratio: before / Math.max(now, 1e-3),
  });
  const rows = [...least].map(([stage, now]) => rowOf(stage, BEFORE[stage]?.[at] ?? 0, now));
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  const before = sum(Object.values(BEFORE).map((times) => times[at] ?? 0));
  return {
    caption: given.name,
    columns: ['stage', 'before, ms', 'now, ms'],
    ratioOf: 'before to now',
    rows: [...rows, rowOf('all', before, sum(least.values()))],
  };
}

async function stagesOf({ data, options }: Case): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  const stage = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const done = await work();
    times.set(name, performance.now() - start);
    return done;
  };
  const body = JSON.stringify({ model_id: 'bench', data, periods: PERIODS, options });
  const parsed = await stage('API: parse the body', () => JSON.parse(body));
  const { input } = await stage('API: validate, normalise', () => model.prepare(parsed));
  const json = await stage('API: JSON of the input', () => JSON.stringify(input));
  const asked: ForecastInput = await stage('slot: parse the input', () => JSON.parse(json));
  await stage('slot: names of artefacts', () => artefactNames(asked));
  const series = seriesOf(asked);
  const { problem, start, frame } = await stage('slot: frame and features', () =>
    scaled(series, asked.fit),
  );
  const parameters = await stage('slot: search for the optimum', () => optimise(problem, start));
  if (!parameters) throw new Error('no fit');
  await stage('slot: residuals', () => residualsOf(problem, parameters));
  const fit = { kind: 'prophet', options: asked.fit, frame, parameters, warnings: [] } as const;
  const residuals = { rmse: 1, band: 1, step: 1 };
  await stage('slot: the fit as bytes', () =>
    encodeModel({ fit, series, residuals, trainedAt: 1, trainingMs: 1 }),
  );
  await stage('slot: forecast and bounds', () => predictRows(fit, askedRows(asked), asked.answer));
  const answer = await model.run(asked, context);
  await stage('slot: JSON of the answer', () => JSON.stringify(answer));
  return times;
}
