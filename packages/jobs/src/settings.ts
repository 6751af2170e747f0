/**
 * The bounds of runs, jobs and deliveries: `JobLimits`, with the defaults. Most are settings.
 * Every process of an installation must have the same.
 */
import { integer, MB } from '@deja/runtime/settings';
import { z } from 'zod';
import { MAX_SHARDS } from './ids.ts';
import type { TenantLimits } from './runs/run.ts';

/** API and workers read these, and must be given the same values. */
export const jobSettings = {
  QUEUE_SHARDS: integer(1, MAX_SHARDS).default(1).meta({
    unit: 'shards',
    description:
      'The queue and the invalidation log are split into this many shards, by series or question, so that a Redis Cluster shares their work. Each has its part of the bounds of a tenant, and of those on what Redis keeps: `QUEUE_MAX` and `INPUT_MAX_MB`, `MAX_JOBS`, `RESULT_MAX_MB` and `MAX_DELIVERIES`, `EXPLAIN_KEYS`, `CACHE_MAX_REDIS_MB`. All processes have the same number; operations.md says how to change it.',
  }),
  JOB_RETENTION_S: integer(1).default(86_400).meta({
    unit: 's',
    description: 'A client can read a finished job and its result for this time.',
  }),
  MAX_JOBS: integer(1).default(100_000).meta({
    unit: 'jobs',
    description: 'Redis keeps at most this many finished jobs; the oldest go first.',
  }),
  RESULT_MAX_MB: integer(1).default(256).meta({
    unit: 'MB',
    description:
      "Results of finished runs take at most this much of the queue's Redis; the oldest go first.",
  }),
  MAX_DELIVERIES: integer(1).default(100_000).meta({
    unit: 'deliveries',
    description:
      'Redis keeps at most this many deliveries of webhooks; the oldest that are over go first. With so many pending, the API answers further webhooks with 503; a quarter of them is the most for one host. With keys, a quarter is also the most for one tenant, and its further ones are 429.',
  }),
} as const;

/** The API reads these: it alone adds jobs. */
export const admissionSettings = {
  JOB_DEADLINE_S: integer(1).default(3600).meta({
    unit: 's',
    description: 'A job expires if it has not ended after this time.',
  }),
  QUEUE_MAX: integer(1).default(10_000).meta({
    unit: 'runs',
    description:
      'At most this many runs are open at a time; the API answers further ones with 503.',
  }),
  INPUT_MAX_MB: integer(1).default(256).meta({
    unit: 'MB',
    description:
      "Inputs of open runs take at most this much of the queue's Redis; the API answers further ones with 503.",
  }),
  TENANT_RPM: integer(1).optional().meta({
    unit: 'questions',
    defaultText: 'none',
    description:
      'With keys, a tenant may ask so many questions in a minute that the cache does not answer; the API answers further ones with 429. A key can set another number.',
  }),
  TENANT_MAX_OPEN_RUNS: integer(1).default(1000).meta({
    unit: 'runs',
    description:
      'With keys, at most this many runs of a tenant are open, and at most half of `QUEUE_MAX`; the API answers further ones with 429. A key can set another number, up to that half.',
  }),
  TENANT_MAX_INPUT_MB: integer(1).default(64).meta({
    unit: 'MB',
    description:
      'With keys, inputs of open runs of a tenant take at most this much; the API answers further ones with 429. A key can set another number.',
  }),
  EXPLAIN_KEYS: integer(1).default(4096).meta({
    unit: 'questions',
    description:
      'Of each model, Redis keeps digests of the parts of this many questions, the latest ones, so that a miss can say why it is one. 4,096 take about 7 MB.',
  }),
  // The end of a run with as many takes Redis about 130 ms.
  MAX_JOBS_PER_RUN: integer(1).default(10_000).meta({
    unit: 'jobs',
    description: 'At most this many jobs share one run; the API answers further ones with 503.',
  }),
} as const;

type JobEnv = z.output<z.ZodObject<typeof jobSettings>>;
type AdmissionEnv = z.output<z.ZodObject<typeof admissionSettings>>;

const jobLimitsOf = (env: JobEnv) => ({
  retainMs: env.JOB_RETENTION_S * 1000,
  maxJobs: env.MAX_JOBS,
  resultMaxBytes: env.RESULT_MAX_MB * MB,
  maxDeliveries: env.MAX_DELIVERIES,
});

const admissionLimitsOf = (env: AdmissionEnv) => ({
  queueMax: env.QUEUE_MAX,
  maxInputBytes: env.INPUT_MAX_MB * MB,
  maxJobsPerRun: env.MAX_JOBS_PER_RUN,
  explainKeys: env.EXPLAIN_KEYS,
});

/** Nobody has needed to set these. */
const FIXED = {
  /** A success answers the joins that just missed it for this time. */
  lastMs: 10_000,
  /** Open runs of one key at most; more than one only after no-cache or an invalidation. */
  maxRunsPerKey: 4,
  /** An attempt without a heartbeat for this time is dead. */
  runLeaseMs: 5_000,
  /** Failures of a run that its own worker saw: with this one it has failed. */
  maxTries: 3,
  /** Workers that may fall silent in the middle of a run; with one more it has failed. */
  maxLost: 20,
  /** A delivery that is over can be read and made again for this time. */
  deliveryRetainMs: 604_800_000,
};

export type JobLimits = Readonly<
  ReturnType<typeof jobLimitsOf> & ReturnType<typeof admissionLimitsOf> & typeof FIXED
>;

export const DEFAULT_JOB_LIMITS: JobLimits = Object.freeze({
  ...jobLimitsOf(z.object(jobSettings).parse({})),
  ...admissionLimitsOf(z.object(admissionSettings).parse({})),
  ...FIXED,
});

/** What each of so many shards has of the limits. */
export function limitsOfShard(limits: JobLimits, count: number): JobLimits {
  const part = (bound: number) => Math.ceil(bound / count);
  return {
    ...limits,
    maxJobs: part(limits.maxJobs),
    resultMaxBytes: part(limits.resultMaxBytes),
    maxDeliveries: part(limits.maxDeliveries),
    queueMax: part(limits.queueMax),
    maxInputBytes: part(limits.maxInputBytes),
    explainKeys: part(limits.explainKeys),
  };
}

/** What each of so many shards has of a tenant's limits. */
export function tenantLimitsOfShard(limits: TenantLimits, count: number): TenantLimits {
  const part = (bound: number | undefined) => bound && Math.ceil(bound / count);
  return {
    rpm: part(limits.rpm),
    maxOpenRuns: part(limits.maxOpenRuns),
    maxInputBytes: part(limits.maxInputBytes),
  };
}

/** For a process that only ends runs: a worker. */
export const jobConfigOf = (env: JobEnv) => ({
  jobLimits: jobLimitsOf(env),
  queueShards: env.QUEUE_SHARDS,
});

/** For a process that adds jobs, too: the API. */
export const admissionConfigOf = (env: JobEnv & AdmissionEnv) => ({
  jobLimits: { ...jobLimitsOf(env), ...admissionLimitsOf(env) },
  tenantLimits: {
    rpm: env.TENANT_RPM,
    maxOpenRuns: Math.min(env.TENANT_MAX_OPEN_RUNS, Math.ceil(env.QUEUE_MAX / 2)),
    maxInputBytes: env.TENANT_MAX_INPUT_MB * MB,
  },
  jobDeadlineMs: env.JOB_DEADLINE_S * 1000,
  queueShards: env.QUEUE_SHARDS,
});
