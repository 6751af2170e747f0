import { availableParallelism } from 'node:os';
import { integer, sharedConfigOf, sharedSettings } from '@deja/runtime';
import { z } from 'zod';

/** Every setting of a worker. */
export const workerSettings = z.object({
  ...sharedSettings,
  /** Long computations at a time, each in a process of its own; short ones have a slot besides. */
  WORKER_CONCURRENCY: integer(1, 256).default(availableParallelism()),
  /** A file that is touched every second while the worker lives, for a container's health check. */
  HEALTH_FILE: z.string().optional(),
});

export const workerConfigSchema = workerSettings.transform((env) => ({
  ...sharedConfigOf(env),
  concurrency: env.WORKER_CONCURRENCY,
  healthFile: env.HEALTH_FILE,
}));

export type WorkerConfig = z.output<typeof workerConfigSchema>;
