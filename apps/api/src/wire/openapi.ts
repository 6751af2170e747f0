/** `GET /openapi.json`: OpenAPI 3.1, generated from the schemas of the models and the answers. */

import { JOB_EVENTS } from '@deja/jobs';
import { createCrossValidation, type Model } from '@deja/models';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { webhookSchema } from '../webhooks/subscription.ts';
import { PROBLEMS, type ProblemName } from './problem.ts';
import { schemas } from './schemas.ts';

type Content = { schema: z.ZodType };
const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } satisfies Content },
});

/** The problems that an operation can answer, one response per status. */
function problems(...names: readonly ProblemName[]) {
  const byStatus: Record<string, { description: string; content: object }> = {};
  for (const name of names) {
    const [status, title] = PROBLEMS[name];
    const before = byStatus[status]?.description;
    byStatus[status] = {
      description: before === undefined ? title : `${before}. ${title}`,
      content: { 'application/problem+json': { schema: schemas.problem } },
    };
  }
  return byStatus as Record<`${1 | 2 | 3 | 4 | 5}${string}`, never>;
}

const ASK_HEADERS = z.object({
  'Cache-Control': z.string().optional().meta({
    description:
      '`no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (RFC 9111), `stale-if-error` (RFC 5861)',
  }),
  'Idempotency-Key': z
    .string()
    .optional()
    .meta({ description: 'equal ones give the same job for 24 h' }),
  'Cancel-After': z
    .string()
    .optional()
    .meta({ description: 'the job expires after `30s`, `5m`, `2h`' }),
  Prefer: z.string().optional().meta({
    description: '`wait=N`: hold the request for up to N seconds until the run has ended',
  }),
  'X-Cache-Min-Seq': z
    .string()
    .optional()
    .meta({ description: 'answer only with knowledge of this invalidation' }),
});

/** The input of a model, plus the members that belong to the submission. */
const submitted = (input: z.ZodType): z.ZodType =>
  input instanceof z.ZodObject ? input.extend({ webhook: webhookSchema.optional() }) : input;

const EVENT_HEADERS = z.object({
  'webhook-id': z.string().meta({ description: 'The same for every attempt' }),
  'webhook-timestamp': z.string().meta({ description: 'Of this attempt. Unit: s' }),
  'webhook-signature': z.string().meta({ description: '`v1,…`, one for each secret' }),
  'webhook-attempt': z.string().meta({ description: '1 for the first; not signed' }),
  traceparent: z.string().optional().meta({ description: "The submission's" }),
});

/** The requests that we send as Standard Webhooks. */
const calling = (event: string): ZodOpenApiOperationObject => ({
  summary: `A job has ${event === 'started' ? 'begun' : event === 'expired' ? 'expired' : `ended: ${event}`}`,
  requestParams: { header: EVENT_HEADERS },
  requestBody: { content: { 'application/json': { schema: schemas.event } } },
  responses: {
    '2XX': { description: 'Taken' },
    '410': { description: 'No more of these' },
    default: { description: 'Comes again, after `Retry-After` or later' },
  },
});

function asking(summary: string, input: z.ZodType, answer: z.ZodType): ZodOpenApiOperationObject {
  return {
    summary,
    requestParams: { header: ASK_HEADERS },
    requestBody: { content: { 'application/json': { schema: submitted(input) } } },
    responses: {
      '200': json('From the cache, or computed while the request waited', answer),
      '202': json('Being computed; poll the job', schemas.accepted),
      ...problems(
        'malformed-json',
        'malformed-request',
        'idempotency-conflict',
        'body-too-large',
        'unsupported-media-type',
        'input-refused',
        'webhook-refused',
        'webhooks-off',
        'model-failed',
        'queue-full',
        'queue-unavailable',
        'model-timed-out',
        'not-cached',
      ),
    },
  };
}

const reading = (
  summary: string,
  schema: z.ZodType,
  ...names: readonly ProblemName[]
): ZodOpenApiOperationObject => ({
  summary,
  responses: { '200': json('As asked', schema), ...problems(...names) },
});

const withPath = (
  name: string,
  operation: ZodOpenApiOperationObject,
): ZodOpenApiOperationObject => ({
  ...operation,
  requestParams: { ...operation.requestParams, path: z.object({ [name]: z.string() }) },
});

export function openApiDocument(models: ReadonlyMap<string, Model>): object {
  const inputOf = (name: string) => models.get(name)?.input ?? z.unknown();
  const invalidates = ['queue-unavailable'] as const;
  const job = reading('A job as it stands', schemas.job, 'job-unknown', 'job-gone');
  const paths: ZodOpenApiPathsObject = {
    '/forecast': {
      post: asking('Forecast a series with Prophet', inputOf('forecast'), schemas.forecast),
    },
    '/forecast/models/{model_id}': {
      get: withPath(
        'model_id',
        reading('The fitted models of a series', schemas.fittedModels, 'list-unavailable'),
      ),
    },
    '/predict': {
      post: asking('Tell the sentiment of a text', inputOf('sentiment'), schemas.prediction),
    },
    '/models': { get: reading('All models', schemas.models) },
    '/models/{name}': { get: withPath('name', reading('A model', schemas.model, 'not-found')) },
    '/models/{name}/run': {
      post: withPath('name', asking('Ask any model', z.unknown(), schemas.answer)),
    },
    '/jobs/{id}': {
      get: withPath('id', job),
      delete: withPath(
        'id',
        reading('Cancel this job', schemas.job, 'job-unknown', 'job-ended', 'job-gone'),
      ),
    },
    '/jobs/{id}/result': {
      get: withPath('id', {
        summary: 'What the submission would have answered',
        responses: {
          '200': json('The answer', schemas.answer),
          '202': json('Not ended yet', schemas.job),
          ...problems('job-unknown', 'job-canceled', 'job-gone', 'input-refused'),
          ...problems('model-failed', 'model-timed-out', 'job-expired'),
        },
      }),
    },
    '/jobs/{id}/events': {
      get: withPath('id', {
        summary: 'The job as it comes along: status, progress, done',
        responses: {
          '200': { description: 'Server-sent events', content: { 'text/event-stream': {} } },
          '204': { description: 'Nothing comes after the event that was seen last' },
          ...problems('job-unknown', 'job-gone'),
        },
      }),
    },
    '/jobs/{id}/deliveries': {
      get: withPath(
        'id',
        reading("The deliveries of a job's webhook", schemas.deliveries, 'job-unknown', 'job-gone'),
      ),
    },
    '/jobs/{id}/deliveries/{delivery}/redeliver': {
      post: {
        summary: 'Make a delivery again, now, under the same id',
        requestParams: { path: z.object({ id: z.string(), delivery: z.string() }) },
        responses: {
          '202': json('It is due', schemas.delivery),
          ...problems('delivery-unknown', 'delivery-pending', 'delivery-gone'),
        },
      },
    },
    '/admin/deliveries': {
      get: {
        ...reading(
          'Deliveries of all jobs, for operators',
          schemas.deliveries,
          'malformed-request',
        ),
        requestParams: {
          query: z.object({
            status: z.enum(['dead', 'pending', 'over']).optional(),
            limit: z.string().optional(),
            offset: z.string().optional(),
          }),
        },
      },
    },
    '/forecast/cross-validate': {
      post: {
        summary:
          "Prophet's cross-validation: a forecast from each of several cutoffs, and its errors",
        requestBody: {
          content: { 'application/json': { schema: createCrossValidation().input } },
        },
        responses: {
          '200': json('All forecasts are there', schemas.crossValidation),
          '202': json('Some are being computed: send it again', schemas.crossValidationPending),
          ...problems('malformed-json', 'malformed-request', 'body-too-large', 'input-refused'),
          ...problems('model-failed', 'model-timed-out', 'queue-full', 'queue-unavailable'),
        },
      },
    },
    '/batch': {
      post: {
        summary: 'Ask one model many questions',
        requestBody: { content: { 'application/json': { schema: schemas.batch } } },
        responses: {
          '200': json('Each item as it would have been alone', schemas.batchAnswer),
          ...problems('malformed-json', 'malformed-request', 'body-too-large', 'input-refused'),
        },
      },
    },
    '/cache/stats': { get: reading('Figures of the cache', schemas.stats) },
    '/cache/{key}': {
      get: withPath('key', reading('The header of an entry', schemas.entry, 'entry-unknown')),
      delete: withPath('key', reading('Forget one entry', schemas.invalidated, ...invalidates)),
    },
    '/cache': {
      delete: {
        ...reading(
          'Forget all, or a tag',
          schemas.invalidated,
          'malformed-request',
          ...invalidates,
        ),
        requestParams: { query: z.object({ tag: z.string().optional() }) },
      },
    },
    '/invalidate-cache/{model_id}': {
      post: withPath(
        'model_id',
        reading('Forget what belongs to a series', schemas.invalidated, ...invalidates),
      ),
    },
    '/healthz': { get: reading('The process is up', schemas.health) },
    '/readyz': {
      get: {
        summary: 'Whether to send requests here',
        responses: {
          '200': json('Yes', schemas.readiness),
          '503': json('Starting or draining', schemas.readiness),
        },
      },
    },
  };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Deja',
      version: '0.2.0',
      description: 'A cache, a queue and request coalescing in front of slow model work.',
    },
    paths,
    webhooks: Object.fromEntries(
      JOB_EVENTS.map((event) => [`job.${event}`, { post: calling(event) }]),
    ),
  });
}
