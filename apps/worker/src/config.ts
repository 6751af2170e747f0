import { availableParallelism } from 'node:os';
import { integer, sharedConfigOf, sharedSettings } from '@deja/runtime';
import { z } from 'zod';

/** Every setting of a worker. */
export const workerSettings = z.object({
  ...sharedSettings,
  /** Long computations at a time, each in a process of its own; short ones have a slot besides. */
  WORKER_CONCURRENCY: integer(1, 256).default(availableParallelism()),
  /** Resident memory of a slot's process, WASM and native memory too; beyond it the run fails. Unit: MiB. */
  SLOT_MAX_MEMORY_MB: integer(256).default(2048),
  /** A slot's process is replaced after this many runs. */
  SLOT_MAX_RUNS: integer(1).default(1000),
  /** A file that is touched every second while the worker lives, for a container's health check. */
  HEALTH_FILE: z.string().optional(),
});

export const workerConfigSchema = workerSettings.transform((env) => ({
  ...sharedConfigOf(env),
  concurrency: env.WORKER_CONCURRENCY,
  slotMaxMemoryBytes: env.SLOT_MAX_MEMORY_MB * 1024 * 1024,
  slotMaxRuns: env.SLOT_MAX_RUNS,
  healthFile: env.HEALTH_FILE,
}));

export type WorkerConfig = z.output<typeof workerConfigSchema>;
