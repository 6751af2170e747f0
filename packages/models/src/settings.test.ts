import { expect, test } from 'vitest';
import { z } from 'zod';
import { DEFAULT_LIMITS, modelConfigOf, modelSettings, sentimentRule } from './settings.ts';

const schema = z
  .object(modelSettings)
  .refine(...sentimentRule)
  .transform(modelConfigOf);

test('with nothing set, the limits are the defaults, and wink computes sentiments', () => {
  expect(schema.parse({})).toEqual({
    modelPaths: [],
    modelLimits: DEFAULT_LIMITS,
    sharesAnswers: true,
    sentimentEngine: { name: 'wink' },
  });
});

test('transformers need a model', () => {
  expect(() => schema.parse({ SENTIMENT_ENGINE: 'transformers' })).toThrow(/SENTIMENT_MODEL/);
});

test('transformers are told what to run', () => {
  const env = { SENTIMENT_ENGINE: 'transformers', SENTIMENT_MODEL: './m', SENTIMENT_REVISION: 'r' };

  expect(schema.parse(env).sentimentEngine).toEqual({
    name: 'transformers',
    model: './m',
    revision: 'r',
    temperature: 1,
    maxBatchSize: 8,
    maxLatencyMs: 5,
  });
});
