/** The settings that workers alone have, and the limits of a slot with their defaults. */
import { availableParallelism } from 'node:os';
import { integer, MB } from '@deja/runtime/settings';
import { z } from 'zod';

const slotLimitSettings = {
  SLOT_MAX_MEMORY_MB: integer(256).default(2048).meta({
    unit: 'MB',
    description:
      'The process of one computation takes at most this much memory, counted as the system counts it: WASM and native memory included. A worker kills a process that takes more, and the run fails with `model-out-of-memory`.',
  }),
  SLOT_MAX_RUNS: integer(1).default(1000).meta({
    unit: 'runs',
    description:
      'A worker replaces such a process after this many computations, so that leaks do not add up.',
  }),
} as const;

export const workerOnlySettings = {
  WORKER_CONCURRENCY: integer(1, 256).default(availableParallelism()).meta({
    unit: 'runs',
    defaultText: 'cores',
    description:
      'A worker makes at most this many long computations at a time, each in a process of its own. Short ones have one more process, and use those that are free.',
  }),
  ...slotLimitSettings,
  HEALTH_FILE: z.string().optional().meta({
    unit: 'path',
    description: 'A worker touches this file every second while it lives, for a health check.',
  }),
} as const;

type SlotLimitEnv = z.output<z.ZodObject<typeof slotLimitSettings>>;
type WorkerOnlyEnv = z.output<z.ZodObject<typeof workerOnlySettings>>;

const slotLimitsOf = (env: SlotLimitEnv) => ({
  maxMemoryBytes: env.SLOT_MAX_MEMORY_MB * MB,
  maxRuns: env.SLOT_MAX_RUNS,
});

export const DEFAULT_SLOT_LIMITS = slotLimitsOf(z.object(slotLimitSettings).parse({}));

export const workerOnlyConfigOf = (env: WorkerOnlyEnv) => ({
  concurrency: env.WORKER_CONCURRENCY,
  slotLimits: slotLimitsOf(env),
  healthFile: env.HEALTH_FILE,
});
