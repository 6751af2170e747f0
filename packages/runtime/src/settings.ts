/**
 * Settings from the environment.
 *
 * An app composes its schema from the groups below and calls `loadConfig` once, before it opens
 * anything. The result is frozen camelCase; `process.env` is read in main.ts only.
 */
import { z } from 'zod';

/** Thrown before anything is opened; the message lists every problem at once. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';
  readonly code = 'INVALID_CONFIG';
}

/** Reads the settings that `schema` names. An empty variable counts as one that is not set. */
export function loadConfig<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<S>> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new InvalidConfigError(`invalid environment\n${z.prettifyError(parsed.error)}`);
}

export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(min).max(max);
const redisUrl = z.url({ protocol: /^rediss?$/ });
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const MB = 1024 * 1024;

/** What API and workers share; both must be given the same values. */
export const sharedSettings = {
  /** Queue role: runs, jobs, invalidation log. Must run `noeviction`: an evicted key is a lost job. */
  REDIS_URL: redisUrl.optional(),
  REDIS_HOST: z.string().default('127.0.0.1'),
  REDIS_PORT: integer(1, 65_535).default(6379),
  /** Cache role: a second server that may evict. Left out, entries share REDIS_URL and we bound them. */
  CACHE_REDIS_URL: redisUrl.optional(),
  /** First part of every key, so that several installations can share a server. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/)
    .default('deja'),
  /** Directory of the disk tier; `off` switches that tier off. */
  CACHE_DIR: z.string().default('.deja/cache'),
  /** How long an answer stays fresh where its model does not say. Unit: s. */
  CACHE_TTL: integer(1, 31_536_000).default(3600),
  /** How long a stale answer is kept for those who ask for one (`max-stale`, `stale-if-error`). Unit: s. */
  CACHE_KEEP_STALE: integer(0, 31_536_000).default(3600),
  /** A tier that does not answer a look-up within this time is passed over. Unit: ms. */
  CACHE_TIER_DEADLINE_MS: integer(1, 10_000).default(50),
  /** Lifetimes are shortened by up to this share, by the key, so that entries do not expire together. */
  CACHE_TTL_JITTER: z.coerce.number().min(0).max(0.5).default(0.05),
  /** Bound of the entries in Redis while they share the queue's server. Unit: MiB. */
  CACHE_MAX_REDIS_MB: integer(1).default(256),
  CACHE_MAX_DISK_MB: integer(1).default(1024),
  /** Comma-separated paths of modules with models of your own. */
  DEJA_MODELS: list.default([]),
  /** `transformers`: an ONNX model of your own, through an optional package (docs/models.md). */
  SENTIMENT_ENGINE: z.enum(['wink', 'transformers']).default('wink'),
  /** A directory (absolute, or beginning with `.`), or the id of a model at the Hugging Face hub. */
  SENTIMENT_MODEL: z.string().optional(),
  SENTIMENT_REVISION: z.string().default('main'),
  /** Divides the model's logits before softmax. */
  SENTIMENT_TEMPERATURE: z.coerce.number().min(0.05).max(20).default(1),
  /** Texts that a slot classifies together at most. */
  SENTIMENT_MAX_BATCH_SIZE: integer(1, 256).default(8),
  /** How long a text waits for others at most. Unit: ms. */
  SENTIMENT_MAX_LATENCY_MS: integer(0, 10_000).default(5),
  MAX_TEXT_CHARS: integer(1).default(20_000),
  MAX_POINTS: integer(2).default(50_000),
  MAX_PERIODS: integer(1).default(3650),
  /** Dates of a forecast times its `uncertainty_samples`. 10 million take about a second. */
  MAX_SAMPLE_STEPS: integer(1).default(50_000_000),
  MAX_FOURIER_ORDER: integer(1, 1000).default(30),
  /** Days of a forecast's own holidays, windows counted out. */
  MAX_HOLIDAY_DAYS: integer(1).default(10_000),
  MAX_REGRESSORS: integer(0).default(50),
  /** Cutoffs of a cross-validation: each is a run. */
  MAX_CUTOFFS: integer(1).default(100),
  /** Largest `options.max_data_change` of a forecast, a share; its default is 0.1, or this if it is less. */
  MAX_DATA_CHANGE: z.coerce.number().min(0).max(1).default(0.5),
  /** Largest `options.max_model_age_s`, and for how long fitted models are kept. Unit: s. */
  MAX_MODEL_AGE_S: integer(0, 31_536_000).default(86_400),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How long a finished job and its result can be read. Unit: s. */
  JOB_RETENTION_S: integer(1).default(86_400),
  /** Finished jobs kept at most; the oldest go first. */
  MAX_JOBS: integer(1).default(100_000),
  /** Results of finished runs kept in the queue Redis at most; the oldest go first. Unit: MiB. */
  RESULT_MAX_MB: integer(1).default(256),
  /** Finish or give back what is under way within this time of a stop signal. Unit: s. */
  DRAIN_S: integer(0, 3600).default(10),
} as const;

type SharedEnv = z.output<z.ZodObject<typeof sharedSettings>>;

/** For `refine`: the rules between shared settings. */
export const sharedRule = [
  ({ SENTIMENT_ENGINE, SENTIMENT_MODEL }: SharedEnv): boolean =>
    SENTIMENT_ENGINE === 'wink' || SENTIMENT_MODEL !== undefined,
  {
    path: ['SENTIMENT_MODEL'] as PropertyKey[],
    message: 'is needed where SENTIMENT_ENGINE is transformers',
  },
] as const;

/** The shared settings as the code uses them: camelCase, bytes, ms. */
export function sharedConfigOf(env: SharedEnv) {
  return {
    redisUrl: env.REDIS_URL ?? `redis://${env.REDIS_HOST}:${env.REDIS_PORT}`,
    cacheRedisUrl: env.CACHE_REDIS_URL,
    redisPrefix: env.REDIS_PREFIX,
    cacheDir: env.CACHE_DIR === 'off' ? undefined : env.CACHE_DIR,
    cacheTtlMs: env.CACHE_TTL * 1000,
    cacheKeepStaleMs: env.CACHE_KEEP_STALE * 1000,
    cacheTierDeadlineMs: env.CACHE_TIER_DEADLINE_MS,
    cacheTtlJitter: env.CACHE_TTL_JITTER,
    cacheMaxRedisBytes: env.CACHE_MAX_REDIS_MB * MB,
    cacheMaxDiskBytes: env.CACHE_MAX_DISK_MB * MB,
    modelPaths: env.DEJA_MODELS,
    modelLimits: {
      maxTextChars: env.MAX_TEXT_CHARS,
      maxPoints: env.MAX_POINTS,
      maxPeriods: env.MAX_PERIODS,
      maxSampleSteps: env.MAX_SAMPLE_STEPS,
      maxFourierOrder: env.MAX_FOURIER_ORDER,
      maxHolidayDays: env.MAX_HOLIDAY_DAYS,
      maxRegressors: env.MAX_REGRESSORS,
      maxCutoffs: env.MAX_CUTOFFS,
      maxDataChange: env.MAX_DATA_CHANGE,
      maxModelAgeS: env.MAX_MODEL_AGE_S,
    },
    sentimentEngine: sentimentEngineOf(env),
    logLevel: env.LOG_LEVEL,
    retainMs: env.JOB_RETENTION_S * 1000,
    maxJobs: env.MAX_JOBS,
    resultMaxBytes: env.RESULT_MAX_MB * MB,
    drainMs: env.DRAIN_S * 1000,
  };
}

function sentimentEngineOf(env: SharedEnv) {
  if (env.SENTIMENT_ENGINE === 'wink') return { name: 'wink' } as const;
  return {
    name: 'transformers',
    model: env.SENTIMENT_MODEL ?? '',
    revision: env.SENTIMENT_REVISION,
    temperature: env.SENTIMENT_TEMPERATURE,
    maxBatchSize: env.SENTIMENT_MAX_BATCH_SIZE,
    maxLatencyMs: env.SENTIMENT_MAX_LATENCY_MS,
  } as const;
}

export type SharedConfig = ReturnType<typeof sharedConfigOf>;
