import { JOB_EVENTS, type JobEventName } from '@deja/jobs';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { jobEvent } from '../jobs/schema.ts';
import { inPath, json, operation } from '../wire/operation.ts';
import { deliveries, delivery } from './schema.ts';

const EVENT_HEADERS = z.object({
  'webhook-id': z.string().meta({ description: 'The same for every attempt' }),
  'webhook-timestamp': z.string().meta({ description: 'Of this attempt. Unit: s' }),
  'webhook-signature': z.string().meta({ description: '`v1,…`, one for each secret' }),
  'webhook-attempt': z.string().meta({ description: '1 for the first; not signed' }),
  traceparent: z.string().optional().meta({ description: "The submission's" }),
});

const EVENTS: Readonly<Record<JobEventName, string>> = {
  started: 'A job has started',
  completed: 'A job has succeeded',
  failed: 'A job has failed',
  canceled: 'A job was canceled',
  expired: 'A job has expired',
};

/** The requests that we send as Standard Webhooks. */
export const webhookEvents: Readonly<Record<string, { post: ZodOpenApiOperationObject }>> =
  Object.fromEntries(
    JOB_EVENTS.map((event) => [
      `job.${event}`,
      {
        post: {
          operationId: `onJob${event.charAt(0).toUpperCase()}${event.slice(1)}`,
          tags: ['webhooks'],
          security: [], // signed, for which OpenAPI has no scheme
          summary: EVENTS[event],
          description: 'Sent to the URL of the submission, signed as Standard Webhooks say.',
          requestParams: { header: EVENT_HEADERS },
          requestBody: { required: true, content: { 'application/json': { schema: jobEvent } } },
          responses: {
            '2XX': { description: 'Delivered' },
            '410': { description: 'No more of these' },
            '4XX': { description: 'Tried again, after `Retry-After` or later' },
            default: { description: 'Tried again, after `Retry-After` or later' },
          },
        },
      },
    ]),
  );

export const webhookPaths: ZodOpenApiPathsObject = {
  '/jobs/{id}/deliveries': {
    get: operation({
      id: 'listJobDeliveries',
      tag: 'webhooks',
      summary: "List the deliveries of a job's webhook",
      description: 'One for each event, with its attempts. They are kept for longer than the job.',
      params: inPath({ id: 'The `job_id` of a submission' }),
      answers: { '200': json('The deliveries, oldest first', deliveries) },
      problems: ['job-unknown', 'job-gone'],
    }),
  },
  '/jobs/{id}/deliveries/{delivery}/redeliver': {
    post: operation({
      id: 'redeliver',
      tag: 'webhooks',
      summary: 'Make a delivery again',
      description: 'Begins its schedule again, now, under the same `webhook-id`.',
      params: inPath({ id: 'The `job_id` of a submission', delivery: 'Its `delivery_id`' }),
      answers: { '202': json('It is due', delivery) },
      problems: [
        'delivery-unknown',
        'delivery-pending',
        'delivery-gone',
        'quota-exceeded',
        'queue-full',
      ],
    }),
  },
  '/admin/deliveries': {
    get: operation({
      id: 'listDeliveries',
      tag: 'webhooks',
      summary: 'List deliveries of all jobs',
      description: 'For operators: it names the jobs of everybody.',
      params: {
        query: z.object({
          status: z.enum(['dead', 'pending', 'over']).optional(),
          limit: z.string().optional(),
          offset: z.string().optional(),
        }),
      },
      answers: { '200': json('The deliveries', deliveries) },
      problems: ['malformed-request'],
    }),
  },
};
