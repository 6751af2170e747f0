import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, operation } from '../wire/operation.ts';
import { advice } from './schema.ts';

export const advicePaths: ZodOpenApiPathsObject = {
  '/cache/advice': {
    get: operation({
      id: 'getCacheAdvice',
      tag: 'cache',
      summary: 'Read what other sizes and lifetimes would give',
      description:
        'Miniature simulations of the tiers over a sample of the keys that this replica was asked for, in the last one to two days.',
      answers: { '200': json('The simulations, beside what was measured', advice) },
    }),
  },
};
