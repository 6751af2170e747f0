/**
 * Prophet here and in R, on the same series: how long a fit takes, and a forecast of 30 days with
 * its bounds. In each round both do the same work once, in turns.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForecastModel } from '@deja/models';
import type { ForecastInput } from '../packages/models/src/forecast/input.ts';
import { fitSeries } from '../packages/models/src/prophet/fit.ts';
import { predictRows } from '../packages/models/src/prophet/predict.ts';
import { askedRows, seriesOf } from '../packages/models/src/prophet/series.ts';
import { startPeer, type Took } from './prophet/peer.ts';
import type { Report, Row } from './report.ts';
import { quantile } from './rounds.ts';

export interface ProphetEffort {
  /** Lengths of the series. Unit: days. */
  readonly points: readonly number[];
  readonly rounds: number;
}

const PERIODS = 30;

/** undefined where there is no R with prophet: nothing is compared then. */
export async function benchProphet({ points, rounds }: ProphetEffort): Promise<Report | undefined> {
  await using resources = new AsyncDisposableStack();
  const peer = await startPeer();
  if (!peer) return undefined;
  resources.use(peer);
  const dir = await mkdtemp(join(tmpdir(), 'deja-bench-'));
  resources.defer(() => rm(dir, { recursive: true }));

  const fits: Row[] = [];
  const predictions: Row[] = [];
  for (const count of points) {
    const data = seriesOfDays(count);
    const csv = join(dir, `${count}.csv`);
    await writeFile(csv, ['ds,y', ...data.map(({ ds, y }) => `${ds},${y}`)].join('\n'));
    const ours: Took[] = [];
    const theirs: Took[] = [];
    timed(data);
    await peer.ask(csv, PERIODS);
    for (let round = 0; round < rounds; round += 1) {
      ours.push(timed(data));
      theirs.push(await peer.ask(csv, PERIODS));
    }
    const apart = Math.abs((ours[0]?.yhat ?? 0) - (theirs[0]?.yhat ?? 0));
    fits.push(rowOf(count, ours, theirs, ({ fitMs }) => fitMs, apart.toPrecision(2)));
    predictions.push(rowOf(count, ours, theirs, ({ predictMs }) => predictMs));
  }
  const columns = ['points', 'here, ms', 'R, ms', 'half of all rounds'];
  return {
    name: 'prophet',
    title: "Prophet beside R's prophet",
    notes: [
      `Daily series with a trend, a week, a year and noise of 0.3; the defaults of both. Here ` +
        `${createForecastModel().engine}; prophet ${peer.version} of R in its own warm process; in each round both fit and then predict 30 days with 1,000 samples, in turns. The ratio is ` +
        "the median over the rounds of R's time to ours: above 1, we are faster.",
    ],
    peers: [],
    tables: [
      {
        caption: 'A fit',
        columns: [...columns, 'last yhat apart'],
        ratioOf: "R's time to ours",
        rows: fits,
      },
      {
        caption: `A forecast of ${PERIODS} days from a fit`,
        columns,
        ratioOf: "R's time to ours",
        rows: predictions,
      },
    ],
  };
}

function timed(data: readonly { ds: string; y: number }[]): Took {
  const { input } = createForecastModel().prepare({ model_id: 'bench', data, periods: PERIODS });
  const asked = input as ForecastInput;
  const start = performance.now();
  const fit = fitSeries(seriesOf(asked), asked.fit);
  const fitted = performance.now();
  const { yhat } = predictRows(fit, askedRows(asked), asked.answer);
  const predicted = performance.now();
  return { fitMs: fitted - start, predictMs: predicted - fitted, yhat: yhat.at(-1) as number };
}

function rowOf(
  count: number,
  ours: readonly Took[],
  theirs: readonly Took[],
  of: (took: Took) => number,
  ...more: string[]
): Row {
  const ratios = theirs.map((took, round) => of(took) / of(ours[round] as Took));
  const median = (times: readonly Took[]) => quantile(times.map(of), 0.5).toPrecision(3);
  const spread = `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`;
  const cells = [String(count), median(ours), median(theirs), spread, ...more];
  return { cells, ratio: quantile(ratios, 0.5) };
}

/** The same every time. */
function seriesOfDays(count: number): { ds: string; y: number }[] {
  let state = 1;
  const noise = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
  return Array.from({ length: count }, (_, at) => ({
    ds: new Date(Date.UTC(2010, 0, 1 + at)).toISOString().slice(0, 10),
    y:
      10 +
      at * 0.002 +
      Math.sin((2 * Math.PI * at) / 7) +
      2 * Math.cos((2 * Math.PI * at) / 365.25) +
      noise(),
  }));
}
