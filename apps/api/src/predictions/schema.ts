import { crossValidationOutput, forecastAnswer, sentimentAnswer } from '@deja/models';
import { z } from 'zod';
import { jobStatus } from '../jobs/schema.ts';
import { webhookSchema } from '../webhooks/subscription.ts';
import { cacheKey, jobUrls, tierName, time } from '../wire/schema.ts';

const answerHead = {
  job_id: z
    .string()
    .optional()
    .meta({ description: 'A finished job, from the cache, whose webhook is called' }),
  cached: z.boolean(),
  cache_hit: z.enum([...tierName.options, 'none']),
  cache_key: cacheKey,
};

/** The answer of any model: its own members beside those that every answer has. */
export const answer = z.looseObject(answerHead).meta({ id: 'Answer' });
export const prediction = sentimentAnswer.extend(answerHead).meta({ id: 'Prediction' });
export const forecast = forecastAnswer.extend(answerHead).meta({ id: 'Forecast' });

export const accepted = z
  .object({
    job_id: z.string(),
    status: jobStatus.meta({ description: 'Other than `queued` only for a job that was there' }),
    cached: z.literal(false),
    cache_hit: z.literal('none'),
    cache_key: cacheKey,
    deduplicated: z.boolean(),
    retained_until: time,
    urls: jobUrls,
  })
  .meta({ id: 'Accepted' });

/** Most questions in a batch. */
const MAX_BATCH = 1000;

export const batch = z.strictObject({
  model: z.string(),
  inputs: z.array(z.unknown()).min(1).max(MAX_BATCH),
  webhook: webhookSchema.optional(),
});

export const batchAnswer = z.object({
  items: z.array(z.object({ status: z.int(), body: z.record(z.string(), z.unknown()) })),
});

const runs = z.array(
  z.object({
    cutoff: z.string(),
    cache_key: cacheKey,
    done: z.boolean(),
    job_id: z.string().optional(),
    urls: jobUrls.optional(),
  }),
);

export const crossValidation = crossValidationOutput
  .extend({ cached: z.boolean(), runs })
  .meta({ id: 'CrossValidation' });

export const crossValidationPending = z
  .object({ status: z.literal('running'), total: z.int(), done: z.int(), runs })
  .meta({ id: 'CrossValidationPending' });
