import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { inPath, json, operation } from '../wire/operation.ts';
import { entry, invalidated, stats, statsQuery } from './schema.ts';

const ofKey = inPath({ key: 'The `cache_key` of an answer' });

export const cachePaths: ZodOpenApiPathsObject = {
  '/cache/stats': {
    get: operation({
      id: 'getCacheStats',
      tag: 'cache',
      summary: 'Read the figures of the cache',
      description:
        'Counts are over all replicas; sizes are those of the memory tier of the replica that answers. A key without the scope `admin` sees the counts of its tenant.',
      params: { query: statsQuery },
      answers: { '200': json('The figures', stats) },
      problems: ['malformed-request', 'insufficient-scope'],
    }),
  },
  '/cache/{key}': {
    get: operation({
      id: 'getCacheEntry',
      tag: 'cache',
      summary: 'Read the header of an entry',
      description: 'Where it is stored, how old it is, and until when it is served.',
      params: ofKey,
      answers: { '200': json('The header', entry) },
      problems: ['malformed-request', 'entry-unknown'],
    }),
    delete: operation({
      id: 'invalidateCacheKey',
      tag: 'cache',
      summary: 'Invalidate one entry',
      description: 'Once this is answered, no tier of any replica serves the entry.',
      params: ofKey,
      answers: { '200': json('It is invalidated', invalidated) },
      problems: ['malformed-request', 'rate-limited', 'queue-unavailable'],
    }),
  },
  '/cache': {
    delete: operation({
      id: 'invalidateCache',
      tag: 'cache',
      summary: 'Invalidate all entries, or those with a tag',
      description: 'Once this is answered, no tier of any replica serves any of them.',
      params: {
        query: z.object({ tag: z.string().optional().meta({ description: 'Default: all' }) }),
      },
      answers: { '200': json('They are invalidated', invalidated) },
      problems: ['malformed-request', 'rate-limited', 'queue-unavailable'],
    }),
  },
  '/invalidate-cache/{model_id}': {
    post: operation({
      id: 'invalidateModelId',
      tag: 'cache',
      summary: 'Invalidate what belongs to a series',
      description: 'Its forecasts and its fitted models: the entries with its `model_id`.',
      params: inPath({ model_id: 'The `model_id` of a forecast' }),
      answers: { '200': json('They are invalidated', invalidated) },
      problems: ['malformed-request', 'rate-limited', 'queue-unavailable'],
    }),
  },
};
