import type { z } from 'zod';
import type { forecastOutput } from '../forecast/schema.ts';
import type { Effects } from './effects.ts';

type Components = NonNullable<z.input<typeof forecastOutput>['components']>;

const MEMBERS = {
  seasonality: 'seasonalities',
  holiday: 'holidays',
  regressor: 'regressors',
} as const;

/** What the forecast is the sum of, by name. */
export function componentsOf({ trend, additive, multiplicative, blocks }: Effects): Components {
  const components: Components = {
    trend: [...trend],
    seasonalities: {},
    holidays: {},
    regressors: {},
    additive_terms: [...additive],
    multiplicative_terms: [...multiplicative],
  };
  for (const { block, values } of blocks) components[MEMBERS[block.kind]][block.name] = [...values];
  return components;
}
