import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answer } from '../predictions/schema.ts';
import { inPath, json, operation } from '../wire/operation.ts';
import { job } from './schema.ts';

const params = inPath({ id: 'The `job_id` of a submission' });

export const jobPaths: ZodOpenApiPathsObject = {
  '/jobs/{id}': {
    get: operation({
      id: 'getJob',
      tag: 'jobs',
      summary: 'Read a job',
      description: 'As it stands now. `Prefer: wait=N` holds the request until the job has ended.',
      params,
      answers: { '200': json('The job', job) },
      problems: ['job-unknown', 'job-gone'],
    }),
    delete: operation({
      id: 'cancelJob',
      tag: 'jobs',
      summary: 'Cancel a job',
      description: 'Cancels this job alone. Its run stops when no other job wants it.',
      params,
      answers: { '200': json('It is canceled', job) },
      problems: ['job-unknown', 'job-ended', 'job-gone'],
    }),
  },
  '/jobs/{id}/result': {
    get: operation({
      id: 'getJobResult',
      tag: 'jobs',
      summary: 'Read the result of a job',
      description: 'What the submission would have answered, had it waited for the end.',
      params,
      answers: { '200': json('The answer', answer), '202': json('The job has not ended', job) },
      problems: [
        ...(['job-unknown', 'job-canceled', 'job-gone', 'input-refused'] as const),
        ...(['model-failed', 'model-timed-out', 'job-expired'] as const),
      ],
    }),
  },
  '/jobs/{id}/events': {
    get: operation({
      id: 'streamJobEvents',
      tag: 'jobs',
      summary: 'Follow a job',
      description:
        'Server-sent events `status`, `progress` and `done`, each with the job as data. `Last-Event-ID` resumes the stream.',
      params,
      answers: {
        '200': { description: 'Server-sent events', content: { 'text/event-stream': {} } },
        '204': { description: 'Nothing comes after the event that was seen last' },
      },
      problems: ['job-unknown', 'job-gone', 'quota-exceeded', 'streams-full'],
    }),
  },
};
