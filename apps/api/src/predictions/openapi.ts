import { createCrossValidation, type Model } from '@deja/models';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { webhookSchema } from '../webhooks/subscription.ts';
import { inPath, json, operation } from '../wire/operation.ts';
import * as schema from './schema.ts';

const optional = (description: string) => z.string().optional().meta({ description });

const HEADERS = z.object({
  'Cache-Control': optional(
    '`no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (RFC 9111), `stale-if-error` (RFC 5861)',
  ),
  'Idempotency-Key': optional('Equal ones, for equal questions, give the same job for 24 h'),
  'Cancel-After': optional('The job expires after `30s`, `5m`, `2h`'),
  Prefer: optional('`wait=N`: hold the request for up to N seconds until the run has ended'),
  'X-Cache-Min-Seq': optional('Answer only with knowledge of this invalidation'),
});

/** Where the tenant has a rate. */
const LIMITS = z.object({
  'RateLimit-Policy': optional(
    '`"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound',
  ),
  RateLimit: optional(
    '`"stored";r=599;t=1`: how many are left, and in how many seconds there are more',
  ),
});

const LATER =
  'Answers from the cache if it can. Else the question becomes a job on the run of its key, which it shares with equal questions.';

interface Prediction {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly answer: z.ZodType;
  readonly path?: Readonly<Record<string, string>>;
}

function prediction({ id, summary, description, input, answer, path }: Prediction) {
  return operation({
    ...{ id, tag: 'predictions', summary, description: `${description} ${LATER}` },
    params: { header: HEADERS, ...(path && inPath(path)) },
    body: submission(input),
    answers: {
      '200': {
        ...json('From the cache, or computed while the request waited', answer),
        headers: LIMITS,
      },
      '202': { ...json('Being computed: poll the job', schema.accepted), headers: LIMITS },
    },
    problems: [
      'malformed-json',
      'malformed-request',
      'idempotency-conflict',
      'body-too-large',
      'unsupported-media-type',
      'input-refused',
      'webhook-refused',
      'webhooks-off',
      'model-failed',
      'rate-limited',
      'quota-exceeded',
      'queue-full',
      'queue-unavailable',
      'model-timed-out',
      'not-cached',
    ],
  });
}

const LINES = z.string().meta({ description: 'One question a line' });
const SERIES = z.string().meta({ description: 'unique_id,ds,y: a row for each date of a series' });
const ANSWERS = {
  'application/x-ndjson': {
    schema: z.string().meta({ description: 'One answer a line as it ends, then the totals' }),
  },
};

interface Many extends Pick<Prediction, 'id' | 'summary' | 'path'> {
  readonly takesCsv?: true;
}

function many({ id, summary, path, takesCsv }: Many) {
  const csv = z.object({
    periods: optional('Steps to forecast, of each series'),
    freq: optional('Frequency of all series'),
    options: optional('Options of all forecasts, as JSON'),
  });
  const answers = { ...ANSWERS, 'text/csv': { schema: z.string().meta({ description: 'Rows' }) } };
  return operation({
    ...{ id, tag: 'predictions', summary },
    description:
      'Takes any number of questions and answers each as soon as it is there. Misses are bulk work, which delays nobody.',
    params: { ...(takesCsv && { query: csv }), ...(path && inPath(path)) },
    body: { 'application/x-ndjson': LINES, ...(takesCsv && { 'text/csv': SERIES }) },
    answers: {
      '200': { description: 'The answers', content: takesCsv ? answers : ANSWERS },
    },
    problems: ['malformed-request', 'unsupported-media-type', 'request-timeout'],
  });
}

/** The input of a model, plus the members that belong to the submission. */
const submission = (input: z.ZodType): z.ZodType =>
  input instanceof z.ZodObject ? input.extend({ webhook: webhookSchema.optional() }) : input;

export function predictionPaths(models: ReadonlyMap<string, Model>): ZodOpenApiPathsObject {
  const inputOf = (name: string) => models.get(name)?.input ?? z.unknown();
  return {
    '/forecast': {
      post: prediction({
        id: 'forecast',
        summary: 'Forecast a series',
        description: 'Fits Prophet to the series, or uses a model that was fitted before.',
        ...{ input: inputOf('forecast'), answer: schema.forecast },
      }),
    },
    '/forecast/many': {
      post: many({ id: 'forecastMany', summary: 'Forecast any number of series', takesCsv: true }),
    },
    '/predict/many': {
      post: many({ id: 'predictMany', summary: 'Classify any number of texts' }),
    },
    '/models/{name}/many': {
      post: many({
        id: 'runModelMany',
        summary: 'Ask any model any number of questions',
        path: { name: 'Name of the model' },
      }),
    },
    '/forecast/cross-validate': {
      post: operation({
        id: 'crossValidateForecast',
        tag: 'predictions',
        summary: 'Cross-validate a forecast',
        description:
          "Prophet's cross-validation: a forecast from each of several cutoffs, and its errors. Each cutoff is a job of its own; send the same body again until all have ended.",
        body: createCrossValidation().input,
        answers: {
          '200': json('All forecasts are there', schema.crossValidation),
          '202': json('Some are being computed: send it again', schema.crossValidationPending),
        },
        problems: [
          ...(['malformed-json', 'malformed-request', 'body-too-large', 'input-refused'] as const),
          ...(['model-failed', 'model-timed-out', 'rate-limited', 'quota-exceeded'] as const),
          ...(['queue-full', 'queue-unavailable'] as const),
        ],
      }),
    },
    '/predict': {
      post: prediction({
        id: 'predict',
        summary: 'Classify the sentiment of a text',
        description: 'Positive, negative or neutral, with a confidence.',
        ...{ input: inputOf('sentiment'), answer: schema.prediction },
      }),
    },
    '/models/{name}/run': {
      post: prediction({
        id: 'runModel',
        summary: 'Ask any model',
        description: 'Takes and answers what the model describes under `/models/{name}`.',
        path: { name: 'Name of the model' },
        ...{ input: z.unknown(), answer: schema.answer },
      }),
    },
    '/batch': {
      post: operation({
        id: 'predictBatch',
        tag: 'predictions',
        summary: 'Ask one model many questions',
        description: 'Each item is answered as it would have been alone; equal inputs share a run.',
        body: schema.batch,
        answers: { '200': json('The items, in order', schema.batchAnswer) },
        problems: ['malformed-json', 'malformed-request', 'body-too-large', 'input-refused'],
      }),
    },
  };
}
