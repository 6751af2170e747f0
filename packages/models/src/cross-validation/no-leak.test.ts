import { expect, test } from 'vitest';
import { daily } from '../../test/series.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { artefactNames } from '../reuse/artefact-names.ts';
import { createCrossValidation } from './plan.ts';

test('no cutoff is forecast by a model of another series, nor leaves its own to others', () => {
  const data = daily(120, (at) => (at * 7) % 5);
  const options = { max_data_change: 0.5 };
  const body = { model_id: 'm', data, horizon: '5 days', initial: '60 days', options };

  const { questions } = createCrossValidation().plan(body);

  expect([...questions].length).toBeGreaterThan(1);
  for (const { input } of questions) {
    expect((input as ForecastInput).reuse.max_data_change).toBe(0);
    expect(artefactNames(input as ForecastInput).latest).toBeUndefined();
  }
});
