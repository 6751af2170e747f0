import type { FitProblem } from './optimiser/problem.ts';

/** Prophet's start: through the first and the last point (`linear_growth_init` and so on). */
export function trendStart({ growth, t, y, cap }: Pick<FitProblem, 'growth' | 't' | 'y' | 'cap'>): {
  readonly k: number;
  readonly m: number;
} {
  const end = y.length - 1;
  const [first, last] = [y[0] as number, y[end] as number];
  const span = (t[end] as number) - (t[0] as number);
  if (growth === 'flat') return { k: 0, m: y.reduce((sum, value) => sum + value, 0) / y.length };
  if (growth === 'linear') {
    const k = (last - first) / span;
    return { k, m: first - k * (t[0] as number) };
  }
  const ratio = (at: number) => {
    const most = cap[at] as number;
    return most / Math.max(0.01 * most, Math.min(0.99 * most, y[at] as number));
  };
  const before = Math.abs(ratio(0) - ratio(end)) <= 0.01 ? 1.05 * ratio(0) : ratio(0);
  const fall = Math.log(before - 1) - Math.log(ratio(end) - 1);
  return { k: fall / span, m: (Math.log(before - 1) * span) / fall };
}
