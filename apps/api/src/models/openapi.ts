import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { inPath, json, operation } from '../wire/operation.ts';
import { fittedModels, model, models } from './schema.ts';

export const modelPaths: ZodOpenApiPathsObject = {
  '/models': {
    get: operation({
      id: 'listModels',
      tag: 'models',
      summary: 'List all models',
      description: 'With their schemas, how long answers are cached, and what they are doing now.',
      answers: { '200': json('All models', models) },
    }),
  },
  '/models/{name}': {
    get: operation({
      id: 'getModel',
      tag: 'models',
      summary: 'Describe a model',
      description: 'Its schemas, how long answers are cached, and what it is doing now.',
      params: inPath({ name: 'Name of the model' }),
      answers: { '200': json('The model', model) },
      problems: ['not-found'],
    }),
  },
  '/forecast/models/{model_id}': {
    get: operation({
      id: 'listFittedModels',
      tag: 'models',
      summary: 'List the fitted models of a series',
      description: 'Those that a forecast of the series could use again now.',
      params: inPath({ model_id: 'The `model_id` of a forecast' }),
      answers: { '200': json('The fitted models', fittedModels) },
      problems: ['list-unavailable'],
    }),
  },
};
