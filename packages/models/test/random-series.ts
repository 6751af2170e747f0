/** Bodies of forecasts of every kind, each the same for its seed. */
import { every, noise } from './series.ts';

const STEPS_S = [60, 3600, 86_400, 604_800];
const SHAPES = ['walk', 'waves', 'steps', 'spikes', 'counts', 'tiny', 'huge', 'rising', 'sparse'];

export function randomBody(seed: number): Record<string, unknown> {
  const random = noise(seed * 7919 + 1);
  for (let i = 0; i < 5; i += 1) random();
  const pick = <T>(list: readonly T[]): T => list[Math.floor((random() + 0.5) * list.length)] as T;
  const between = (least: number, most: number) => least + (random() + 0.5) * (most - least);
  const points = Math.floor(pick([between(4, 20), between(20, 100), between(100, 400)]));
  const shape = pick(SHAPES);
  const stepS = pick(STEPS_S);
  const y = shapes(shape, points, random);
  const least = y.reduce((a, b) => Math.min(a, b));
  const most = y.reduce((a, b) => Math.max(a, b));
  const growth = pick(['linear', 'linear', 'linear', 'flat', 'logistic']);
  const cap = Math.max(most, 0) + pick([0, 0.1, 2, 50]) * (most - least) + (most - least || 1) / 10;
  const prior = pick([0.05, 0.05, 0.5, 1e-3, 1e-6, 1e-9]);
  const options = {
    growth,
    ...(growth === 'logistic' && { cap, floor: Math.min(least, 0) - 1e-3 * (most - least || 1) }),
    seasonality_mode: pick(['additive', 'additive', 'multiplicative']),
    changepoint_prior_scale: prior,
    n_changepoints: pick([25, 25, 0, 5, 60]),
    yearly_seasonality: pick(['auto', 'auto', false, 3, 10]),
    weekly_seasonality: pick(['auto', 'auto', false, 3]),
    scaling: pick(['absmax', 'absmax', 'minmax']),
    ...(random() > 0.3 && { country_holidays: 'US' }),
  };
  return {
    model_id: `random-${seed}`,
    data: every(stepS, points, (at) => y[at] ?? 0),
    periods: 10,
    options,
  };
}

function shapes(shape: string, points: number, random: () => number): number[] {
  let level = 10 * random();
  return Array.from({ length: points }, (_, at) => {
    level += random();
    const wave = 3 * Math.sin((2 * Math.PI * at) / 7) + Math.cos(at / 20);
    if (shape === 'walk') return level;
    if (shape === 'waves') return 20 + wave + random();
    if (shape === 'steps') return Math.floor(at / 17) * 5 + random() / 10;
    if (shape === 'spikes') return random() > 0.45 ? 1000 * random() : random();
    if (shape === 'counts') return Math.max(0, Math.round(3 * random()));
    if (shape === 'tiny') return 1e-12 * (wave + random());
    if (shape === 'huge') return 1e12 * (50 + wave + random());
    if (shape === 'rising') return Math.exp(at / 30) + random();
    return at % 5 === 0 ? 10 + random() : 0;
  });
}
