/** Series of every kind, hard ones among them: each ends in a forecast, and soon. */
import { randomBody } from '../../packages/models/test/random-series.ts';
import type { Table } from '../report.ts';
import { quantile } from '../rounds.ts';
import { computeWhole, prepared } from './here.ts';

const GROWTHS = ['linear', 'flat', 'logistic'] as const;
type Growth = (typeof GROWTHS)[number];

export async function stress(count: number): Promise<Table> {
  const of = (growth: Growth) => ({ growth, times: [] as number[], refused: 0 });
  const kinds = { linear: of('linear'), flat: of('flat'), logistic: of('logistic') };
  for (let seed = 1; seed <= count; seed += 1) {
    const body = randomBody(seed) as { data: []; options: { growth: Growth } };
    const kind = kinds[body.options.growth];
    const json = JSON.stringify(prepared({ name: '', ...body }, 10));
    const start = performance.now();
    await computeWhole(json).catch(() => {
      kind.refused += 1;
    });
    kind.times.push(performance.now() - start);
  }
  return {
    caption: `${count} generated series of 4 to 400 points, of every kind`,
    columns: ['growth', 'forecasts', 'no fit found', 'median, ms', '99 %, ms', 'slowest, ms'],
    ratioOf: 'slowest to median',
    rows: GROWTHS.map((growth) => kinds[growth])
      .filter(({ times }) => times.length > 0)
      .map(({ growth, times, refused }) => {
        const ms = (share: number) => quantile(times, share).toFixed(1);
        const forecasts = String(times.length - refused);
        return {
          cells: [growth, forecasts, String(refused), ms(0.5), ms(0.99), ms(1)],
          ratio: quantile(times, 1) / quantile(times, 0.5),
        };
      }),
  };
}
