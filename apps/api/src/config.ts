import { integer, list, sharedConfigOf, sharedRule, sharedSettings } from '@deja/runtime';
import { webhookConfigOf, webhookSettings } from '@deja/webhooks/settings';
import { z } from 'zod';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Every setting of the API. */
export const apiSettings = z.object({
  ...sharedSettings,
  ...webhookSettings,
  PORT: integer(0, 65_535).default(8000),
  HOST: z.string().default('127.0.0.1'),
  /** Memory tier: entries at most. */
  CACHE_MAX_SIZE: integer(1).default(10_000),
  /** Memory tier: bytes at most, overhead counted. Unit: MiB. */
  CACHE_MAX_MEMORY_MB: integer(1).default(128),
  /** How long a replica that can not reach the log goes on serving what it had. Unit: s. 0: never. */
  SERVE_UNVERIFIED_S: integer(0).default(300),
  /**
   * `rotate`: when the queue Redis was restarted or replaced, nothing from before is served. For a
   * Redis that does not persist, or that fails over.
   */
  LOG_RESTART: z.enum(['keep', 'rotate']).default('keep'),
  /** Longest time that `Prefer: wait` holds a request. Unit: s. */
  MAX_WAIT: integer(0, 3600).default(60),
  /** Requests that wait at a time; beyond, `Prefer: wait` is answered 202 at once. */
  MAX_WAITERS: integer(0).default(5000),
  MAX_BODY_MB: integer(1, 1024).default(8),
  /** A job that has not ended by then expires. Unit: s. */
  JOB_DEADLINE_S: integer(1).default(3600),
  /** Open runs at most; beyond, a new one is answered 503. */
  QUEUE_MAX: integer(1).default(10_000),
  MAX_JOBS_PER_RUN: integer(1).default(10_000),
  /** `true`: BullMQ's queues as a page at /admin/queues. */
  BULL_BOARD: z.stringbool().default(false),
  /** Password of the user `admin` for /admin. Needed where HOST is not loopback. */
  ADMIN_PASSWORD: z.string().min(8).optional(),
  /** Comma-separated origins whose pages may call the API, e.g. `https://app.example`. */
  CORS_ORIGINS: list.default([]),
});

/** A page that shows what people sent is not for everybody on the network. */
const guarded = apiSettings
  .refine(...sharedRule)
  .refine(
    ({ BULL_BOARD, ADMIN_PASSWORD, HOST }) =>
      !BULL_BOARD || ADMIN_PASSWORD !== undefined || isLoopback(HOST),
    { path: ['ADMIN_PASSWORD'], message: 'is needed for BULL_BOARD where HOST is not loopback' },
  );

export const apiConfigSchema = guarded.transform((env) => ({
  ...sharedConfigOf(env),
  ...webhookConfigOf(env),
  port: env.PORT,
  host: env.HOST,
  cacheMaxEntries: env.CACHE_MAX_SIZE,
  cacheMaxMemoryBytes: env.CACHE_MAX_MEMORY_MB * 1024 * 1024,
  serveUnverifiedMs: env.SERVE_UNVERIFIED_S * 1000,
  logRestart: env.LOG_RESTART,
  maxWaitMs: env.MAX_WAIT * 1000,
  maxWaiters: env.MAX_WAITERS,
  maxBodyBytes: env.MAX_BODY_MB * 1024 * 1024,
  jobDeadlineMs: env.JOB_DEADLINE_S * 1000,
  queueMax: env.QUEUE_MAX,
  maxJobsPerRun: env.MAX_JOBS_PER_RUN,
  corsOrigins: env.CORS_ORIGINS,
  bullBoard: env.BULL_BOARD,
  adminPassword: env.ADMIN_PASSWORD,
}));

export type ApiConfig = z.output<typeof apiConfigSchema>;
