import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, operation } from '../wire/operation.ts';
import { explanation, question } from './schema.ts';

export const explainPaths: ZodOpenApiPathsObject = {
  '/explain': {
    post: operation({
      id: 'explain',
      tag: 'cache',
      summary: 'Explain whether the cache would answer a question',
      description:
        'Computes nothing. Of a miss it tells the reason, and in what the question differs from the nearest one asked before.',
      body: question,
      answers: { '200': json('The explanation', explanation) },
      problems: [
        'malformed-json',
        'body-too-large',
        'unsupported-media-type',
        'input-refused',
        'queue-unavailable',
      ],
    }),
  },
};
