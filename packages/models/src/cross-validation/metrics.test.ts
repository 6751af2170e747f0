import { expect, test } from 'vitest';
import { type Predicted, performanceMetrics } from './metrics.ts';

const row = (horizon: number, y: number, yhat: number): Predicted => ({
  horizon,
  y,
  yhat,
  yhat_lower: yhat - 1,
  yhat_upper: yhat + 1,
});
// Two cutoffs, three distances.
const rows = [row(1, 10, 11), row(2, 10, 12), row(3, 10, 14), row(1, 20, 20), row(2, 20, 17)];

test('a window of 0 takes each distance alone', async () => {
  const [first, second, third] = await performanceMetrics(rows, 0);

  expect(first).toEqual({
    horizon: 1,
    mse: 0.5,
    rmse: Math.sqrt(0.5),
    mae: 0.5,
    mape: 0.05,
    mdape: 0.05,
    smape: 1 / 10.5 / 2,
    coverage: 1,
  });
  expect(second).toMatchObject({ horizon: 2, mse: 6.5, mae: 2.5, coverage: 0 });
  expect(second?.mdape).toBeCloseTo(0.175, 12);
  expect(third).toMatchObject({ horizon: 3, mse: 16, mae: 4, mape: 0.4, mdape: 0.4 });
});

test('a window takes whole distances, and of the last one a part', async () => {
  const performance = await performanceMetrics(rows, 0.6);

  // Three predictions each: at 2 its two and half of the two at 1; at 3 its one and the two at 2.
  expect(performance.map(({ horizon }) => horizon)).toEqual([2, 3]);
  expect(performance[0]?.mse).toBeCloseTo((13 + 0.5) / 3, 12);
  expect(performance[1]?.mse).toBeCloseTo((16 + 13) / 3, 12);
  expect(performance[1]?.mdape).toBeCloseTo(0.2, 12);
});

test('a window of 1 takes all', async () => {
  const performance = await performanceMetrics(rows, 1);

  expect(performance).toHaveLength(1);
  expect(performance[0]).toMatchObject({ horizon: 3, mae: 2, coverage: 0.4 });
});

test('shares of y are left out where some y is 0, and coverage without bounds', async () => {
  const [only] = await performanceMetrics([{ horizon: 1, y: 0, yhat: 0 }], 1);

  expect(only).toEqual({ horizon: 1, mse: 0, rmse: 0, mae: 0, smape: 0 });
});
