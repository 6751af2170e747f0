/** The settings that workers alone have, and the limits of a slot with their defaults. */
import { availableParallelism } from 'node:os';
import { integer, list, MB } from '@deja/runtime/settings';
import { z } from 'zod';

const slotLimitSettings = {
  SLOT_MAX_MEMORY_MB: integer(256).default(2048).meta({
    unit: 'MB',
    description:
      'The process of one computation takes at most this much memory, counted as the system counts it: WASM and native memory included. A worker kills a process that takes more, and the run fails with `model-out-of-memory`.',
  }),
  SLOT_MAX_RUNS: integer(1).default(10_000).meta({
    unit: 'runs',
    description:
      'A worker replaces such a process after this many computations, so that leaks do not add up.',
  }),
} as const;

const isolationSettings = {
  SLOT_SANDBOX: z.enum(['on', 'off']).default('on').meta({
    description:
      'With `on`, the process of a computation may read the code of Deja and the files beside the modules of the models, and do what these ask for in `permissions`; Node refuses it other files, processes and native code. `off` allows it all that the worker may do.',
  }),
  SLOT_ENV: list.default(['MODEL_*']).meta({
    unit: 'names',
    description:
      'The process of a computation sees these variables of the environment, separated by commas, besides those that every program needs (`PATH`, `HOME`, `TZ` and the like). `*` at the end stands for any rest.',
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
  ...isolationSettings,
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
  slotSandbox: env.SLOT_SANDBOX,
  slotEnv: env.SLOT_ENV,
  healthFile: env.HEALTH_FILE,
});
