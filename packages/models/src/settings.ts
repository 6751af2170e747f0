/**
 * The settings of models, and `Limits` with its defaults: how much one request may ask for. Every
 * limit is checked in `prepare`, before anything is queued. API and workers read these, and must be
 * given the same values.
 */
import { integer, list } from '@deja/runtime/settings';
import { z } from 'zod';
import type { SentimentEngine } from './sentiment/engine.ts';

const limitSettings = {
  MAX_TEXT_CHARS: integer(1).default(20_000).meta({
    unit: 'characters',
    description: 'The sentiment model takes texts of at most this length, in code points.',
  }),
  MAX_POINTS: integer(2).default(50_000).meta({
    unit: 'points',
    description: 'The forecast model takes series of at most this length, gaps included.',
  }),
  MAX_PERIODS: integer(1).default(3650).meta({
    unit: 'periods',
    description: 'A forecast reaches at most this far ahead.',
  }),
  MAX_SAMPLE_STEPS: integer(1).default(50_000_000).meta({
    unit: 'dates x samples',
    description:
      'A forecast has at most this many dates times `uncertainty_samples`. 10 million take about a second.',
  }),
  MAX_FOURIER_ORDER: integer(1, 1000).default(30).meta({
    description: 'One seasonality has at most this Fourier order.',
  }),
  MAX_HOLIDAY_DAYS: integer(1).default(10_000).meta({
    unit: 'days',
    description:
      'A forecast has at most this many holidays of its own; each day of a window counts.',
  }),
  MAX_REGRESSORS: integer(0).default(50).meta({
    description: 'A forecast has at most this many extra regressors.',
  }),
  MAX_CUTOFFS: integer(1).default(100).meta({
    unit: 'runs',
    description: 'A cross-validation has at most this many cutoffs. Each is a run.',
  }),
  MAX_DATA_CHANGE: z.coerce.number().min(0).max(1).default(0.5).meta({
    unit: 'share',
    description:
      'A forecast may ask for at most this `options.max_data_change` (0 to 1). The default of that option is 0.1, or this setting if it is less.',
  }),
  MAX_MODEL_AGE_S: integer(0, 31_536_000).default(86_400).meta({
    unit: 's',
    description:
      'A forecast may ask for at most this `options.max_model_age_s`; fitted models are kept for this time. The default of that option is a day, or this setting if it is less.',
  }),
} as const;

export const modelSettings = {
  DEJA_MODELS: list.default([]).meta({
    unit: 'paths',
    description:
      'Deja loads models of your own from these modules, separated by commas. Paths are relative to the working directory.',
  }),
  SHARED_ANSWERS: z.enum(['on', 'off']).default('on').meta({
    description:
      '`off`: no tenant is served what was computed for another, whatever the model. `on`: models whose `scope` is `shared` answer equal questions of all tenants with the same answer. It changes nothing while keys are off.',
  }),
  SENTIMENT_ENGINE: z.enum(['wink', 'transformers']).default('wink').meta({
    description:
      'This engine computes sentiments. `transformers` runs an ONNX model of your choice, through a package that you install yourself: [models.md](models.md).',
  }),
  SENTIMENT_MODEL: z.string().optional().meta({
    description:
      '`transformers` needs a model: a directory (absolute, or beginning with `.`), or the id of a model at the Hugging Face hub.',
  }),
  SENTIMENT_REVISION: z.string().default('main').meta({
    description:
      "Deja loads this revision of the hub's model; pin a commit for equal answers. With a directory, change it when its files change. It is part of every key.",
  }),
  SENTIMENT_TEMPERATURE: z.coerce.number().min(0.05).max(20).default(1).meta({
    description:
      "Deja divides the model's logits by this before softmax; choose more than 1 for a model that is too sure of itself. It is part of every key.",
  }),
  SENTIMENT_MAX_BATCH_SIZE: integer(1, 256).default(8).meta({
    unit: 'texts',
    description: 'A slot classifies at most this many texts together.',
  }),
  SENTIMENT_MAX_LATENCY_MS: integer(0, 10_000).default(5).meta({
    unit: 'ms',
    description: 'A text waits at most this long for others to be classified with.',
  }),
  ...limitSettings,
} as const;

type LimitEnv = z.output<z.ZodObject<typeof limitSettings>>;
type ModelEnv = z.output<z.ZodObject<typeof modelSettings>>;

const limitsOf = (env: LimitEnv) => ({
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
});

export type Limits = Readonly<ReturnType<typeof limitsOf>>;

export const DEFAULT_LIMITS: Limits = Object.freeze(limitsOf(z.object(limitSettings).parse({})));

/** For `refine`: transformers need a model. */
export const sentimentRule = [
  ({ SENTIMENT_ENGINE, SENTIMENT_MODEL }: ModelEnv): boolean =>
    SENTIMENT_ENGINE === 'wink' || SENTIMENT_MODEL !== undefined,
  {
    path: ['SENTIMENT_MODEL'] as PropertyKey[],
    message: 'is needed where SENTIMENT_ENGINE is transformers',
  },
] as const;

export const modelConfigOf = (env: ModelEnv) => ({
  modelPaths: env.DEJA_MODELS,
  modelLimits: limitsOf(env),
  sharesAnswers: env.SHARED_ANSWERS === 'on',
  sentimentEngine: sentimentEngineOf(env),
});

function sentimentEngineOf(env: ModelEnv): SentimentEngine {
  if (env.SENTIMENT_ENGINE === 'wink') return { name: 'wink' };
  return {
    name: 'transformers',
    model: env.SENTIMENT_MODEL ?? '',
    revision: env.SENTIMENT_REVISION,
    temperature: env.SENTIMENT_TEMPERATURE,
    maxBatchSize: env.SENTIMENT_MAX_BATCH_SIZE,
    maxLatencyMs: env.SENTIMENT_MAX_LATENCY_MS,
  };
}
