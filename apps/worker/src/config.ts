import { availableParallelism } from 'node:os';
import { integer, sharedConfigOf, sharedRule, sharedSettings } from '@deja/runtime';
import { DEFAULT_SCHEDULE_S } from '@deja/webhooks';
import { webhookConfigOf, webhookSettings } from '@deja/webhooks/settings';
import { z } from 'zod';

const schedule = z
  .string()
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().min(0).max(604_800)).min(1).max(30));

/** Every setting of a worker. */
export const workerSettings = z.object({
  ...sharedSettings,
  ...webhookSettings,
  /** Long computations at a time, each in a process of its own; short ones have a slot besides. */
  WORKER_CONCURRENCY: integer(1, 256).default(availableParallelism()),
  /** Resident memory of a slot's process, WASM and native memory too; beyond it the run fails. Unit: MiB. */
  SLOT_MAX_MEMORY_MB: integer(256).default(2048),
  /** A slot's process is replaced after this many runs. */
  SLOT_MAX_RUNS: integer(1).default(1000),
  /** For one attempt to deliver a webhook, from the name to the answer. Unit: s. */
  WEBHOOK_TIMEOUT_S: integer(1, 60).default(15),
  /** Comma-separated waits before each attempt, the first one's first. After the last: given up. Unit: s. */
  WEBHOOK_SCHEDULE_S: schedule.default([...DEFAULT_SCHEDULE_S]),
  /** Deliveries in hand at a time, in this worker. */
  WEBHOOK_CONCURRENCY: integer(1, 10_000).default(512),
  /** Attempts under way at a time for one host, in this worker. */
  WEBHOOK_MAX_PER_HOST: integer(1, 1000).default(8),
  /** Where clients reach the API, for URLs in webhooks, e.g. `https://deja.example`. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** A file that is touched every second while the worker lives, for a container's health check. */
  HEALTH_FILE: z.string().optional(),
});

export const workerConfigSchema = workerSettings.refine(...sharedRule).transform((env) => ({
  ...sharedConfigOf(env),
  ...webhookConfigOf(env),
  concurrency: env.WORKER_CONCURRENCY,
  slotMaxMemoryBytes: env.SLOT_MAX_MEMORY_MB * 1024 * 1024,
  slotMaxRuns: env.SLOT_MAX_RUNS,
  healthFile: env.HEALTH_FILE,
  webhookTimeoutMs: env.WEBHOOK_TIMEOUT_S * 1000,
  webhookScheduleS: env.WEBHOOK_SCHEDULE_S,
  webhookConcurrency: env.WEBHOOK_CONCURRENCY,
  webhookMaxPerHost: env.WEBHOOK_MAX_PER_HOST,
  publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? '',
}));

export type WorkerConfig = z.output<typeof workerConfigSchema>;
