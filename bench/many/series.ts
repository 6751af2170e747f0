/** Series as shops have them: a level, a weekly season, a trend and noise; each is another one. */
import { createRandom } from '@deja/testing';

export const PERIODS = 14;
const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 0, 1);

export interface Series {
  readonly model_id: string;
  readonly data: readonly { readonly ds: string; readonly y: number }[];
  readonly periods: number;
  readonly freq: 'D';
}

/** @param name Equal names give equal series. */
export function seriesOf(name: string, points: number): Series {
  const seed = [...name].reduce((hash, char) => Math.imul(hash, 31) + char.charCodeAt(0), 7);
  const random = createRandom(seed);
  const [level, slope, swing] = [50 + 100 * random.next(), random.next() - 0.3, 20 * random.next()];
  const data = Array.from({ length: points }, (_, day) => {
    const y = level + slope * day + swing * Math.sin((day * 2 * Math.PI) / 7) + 10 * random.next();
    const ds = new Date(START + day * DAY_MS).toISOString().slice(0, 10);
    return { ds, y: Math.round(100 * y) / 100 };
  });
  return { model_id: name, data, periods: PERIODS, freq: 'D' };
}
