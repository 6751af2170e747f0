/**
 * Windows of fewer than 100 points, where R's prophet takes Newton: how far our forecast is from R's, and
 * which of both has the higher log posterior.
 */
import { writeFile } from 'node:fs/promises';
import { objectiveOf } from '../../packages/models/src/prophet/optimiser/objective.ts';
import { toVector } from '../../packages/models/src/prophet/optimiser/problem.ts';
import type { Table } from '../report.ts';
import { quantile } from '../rounds.ts';
import { fitHere, forecastFrom, prepared, problemOf } from './here.ts';
import type { Found, Peer } from './peer.ts';
import { example, type Point } from './series.ts';

const PERIODS = 30;
/** In units of the noise. */
const NEAR = 0.05;
/** With less noise R has followed the points exactly: there is no optimum to compare with. */
const LEAST_NOISE = 1e-6;
const LENGTHS = [
  ['10 to 15 points', 10, 15],
  ['16 to 39', 16, 39],
  ['40 to 99', 40, 99],
] as const;

interface Compared {
  readonly gap: number;
  /** Of our log posterior over R's. */
  readonly gain: number;
}

export async function short(peer: Peer, csv: string, count: number): Promise<Table> {
  const rows = [];
  const all: Compared[] = [];
  let none = 0;
  for (const [name, least, most] of LENGTHS) {
    const found: Compared[] = [];
    for (let at = 0; at < count / LENGTHS.length; at += 1) {
      const data = windowOf(at, least + ((at * 7) % (most - least + 1)));
      await writeFile(csv, ['ds,y', ...data.map(({ ds, y }) => `${ds},${y}`)].join('\n'));
      const theirs = await peer.fit(csv, PERIODS);
      const compared = theirs && compare(data, theirs);
      if (compared) found.push(compared);
      else none += 1;
    }
    rows.push(rowOf(name, found));
    all.push(...found);
  }
  return {
    caption: `Below 100 points, beside R (${none} windows left out: R followed them exactly)`,
    columns: [
      'windows of peyton, air passengers and daily',
      'windows',
      'within 5 % of the noise',
      'further, ours with the higher log posterior',
      "further, R's with the higher one",
    ],
    ratioOf: 'median distance in units of the noise',
    rows: [...rows, rowOf('all', all)],
  };
}

function rowOf(name: string, found: readonly Compared[]) {
  const near = found.filter(({ gap }) => gap <= NEAR);
  const far = found.filter(({ gap }) => gap > NEAR);
  const cells = [
    ...[found.length, near.length],
    ...[far.filter(({ gain }) => gain > 0).length, far.filter(({ gain }) => gain <= 0).length],
  ];
  const ratio =
    found.length === 0
      ? 0
      : quantile(
          found.map(({ gap }) => gap),
          0.5,
        );
  return { cells: [name, ...cells.map(String)], ratio };
}

function windowOf(at: number, length: number): readonly Point[] {
  const data = example((['peyton', 'air', 'daily'] as const)[at % 3] as 'peyton');
  const from = (at * 397) % (data.length - length);
  return data.slice(from, from + length);
}

function compare(data: readonly Point[], { parameters, yhat }: Found): Compared | undefined {
  if (parameters.sigmaObs < LEAST_NOISE) return undefined;
  const input = { ...prepared({ name: '', data, options: {} }, PERIODS), freq: 'D' };
  const series = problemOf(input);
  const { problem, frame } = series;
  const ours = fitHere(series);
  if (!ours) return undefined;
  // R has a column of zeros where there is no feature, and a changepoint at 0 where there is none.
  const delta = parameters.delta.slice(0, problem.changepoints.length);
  const beta = parameters.beta.slice(0, problem.features.width);
  const objective = objectiveOf(problem);
  const gradient = new Float64Array(toVector(ours).length);
  const gain =
    objective(toVector({ ...parameters, delta, beta }), gradient) -
    objective(toVector(ours), gradient);
  const unit = parameters.sigmaObs * frame.yScale;
  const gap = forecastFrom(input, ours).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (yhat[at] ?? 0)) / unit),
    0,
  );
  return { gap, gain };
}
