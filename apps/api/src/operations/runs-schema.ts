/** What operators read about runs. */
import { RUN_STATES } from '@deja/jobs';
import { z } from 'zod';
import { jobStatus } from '../jobs/schema.ts';
import { cacheKey, problem, time } from '../wire/schema.ts';
import { lane } from './overview-schema.ts';

const seconds = z.number().min(0);
const progress = z.object({ fraction: z.number().min(0).max(1), stage: z.string().optional() });

const run = z.object({
  run: z.string(),
  state: z.enum(RUN_STATES).meta({ description: 'retrying: it was tried, and waits again' }),
  model: z.object({ name: z.string(), version: z.int() }),
  model_id: z.string().optional().meta({ description: 'The series of a forecast' }),
  tenant: z.string().meta({ description: 'For whom it counts; `default` without keys' }),
  lane,
  cache_key: cacheKey,
  tags: z.array(z.string()),
  job_count: z.int().meta({ description: 'Jobs that share it, or did' }),
  miss_reason: z.string().optional().meta({
    description: 'Of the question that opened it; absent where many share it',
  }),
  created_at: time,
  started_at: time.optional().meta({ description: 'Of its first attempt' }),
  finished_at: time.optional(),
  waited_s: seconds.meta({ description: 'Until its first attempt, its end, or now' }),
  computed_s: seconds.optional().meta({ description: 'Its last attempt, until its end or now' }),
  usual_s: seconds.optional().meta({ description: 'Of runs of its model' }),
  tries: z.int(),
  max_tries: z.int(),
  worker: z.string().optional().meta({ description: 'That computes it, or computed it last' }),
  progress: progress.optional(),
  stored: z.boolean().meta({ description: 'false: its answer is for those who asked alone' }),
});

export const runList = z
  .object({
    runs: z.array(run),
    next_cursor: z.string().optional().meta({
      description: 'Where to go on, also where this page has few runs. Absent: there are no more',
    }),
  })
  .meta({ id: 'Runs' });

const step = z.object({ step: z.string(), at: time, took_s: seconds });

const attempt = z.object({
  try: z.int(),
  worker: z.string(),
  host: z.string(),
  lane,
  began_at: time,
  took_s: seconds,
  outcome: z.string().meta({
    description: 'answered, failed, again, takes-long, alone, stopped, given back',
  }),
  code: z.string().optional().meta({ description: 'Why it failed' }),
  steps: z.array(step).meta({ description: 'compute, store, publish' }),
});

const jobOfRun = z.object({
  job_id: z.string(),
  tenant: z.string(),
  status: jobStatus,
  asked_at: time,
  asked_by: z.string().optional().meta({ description: 'The name of the key; absent without keys' }),
  how: z.enum(['wait', 'webhook', 'poll']).meta({ description: 'How it hears of the end' }),
  deduplicated: z.boolean(),
  deadline_at: time,
  miss_reason: z.string().optional(),
  told_at: time.optional().meta({
    description: 'When the request that waited had its answer, or the receiver its webhook',
  }),
  finished_at: time.optional(),
});

export const runDetail = run
  .extend({
    queue_position: z.int().optional(),
    attempts: z.array(attempt),
    stages: z
      .array(progress.extend({ at: time }))
      .meta({ description: 'The progress that its model reported, the last 64' }),
    jobs: z.array(jobOfRun).meta({ description: 'All jobs that share it, up to 1,000' }),
    error: problem.optional(),
  })
  .meta({ id: 'Run' });

export const canceledRun = z
  .object({ run: z.string(), state: z.literal('canceled'), jobs_canceled: z.int() })
  .meta({ id: 'CanceledRun' });
