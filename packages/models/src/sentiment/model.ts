import { z } from 'zod';
import { defineModel, type Model } from '../define-model.ts';
import { InputError } from '../errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../settings.ts';
import {
  DEFAULT_SENTIMENT_ENGINE,
  engineIdOf,
  isDirectory,
  type SentimentEngine,
  type TransformersEngine,
} from './engine.ts';
import type { Sentiment } from './judge.ts';
import { decodeEntities, foldText, normaliseText, type SentimentInput } from './normalise.ts';
import { isStreamSafe } from './stream-safe.ts';

const sentimentOutput = z.strictObject({
  sentiment: z.enum(['positive', 'negative', 'neutral']),
  confidence: z.number().min(0).max(1),
});

/** The members of an answer. */
export const sentimentAnswer = z.strictObject({
  result: sentimentOutput,
  model: z.strictObject({ name: z.string(), version: z.int(), engine: z.string() }),
  inference_time_ms: z.number(),
});

const EMPTY = 'empty: send some text';

type Compute = (input: SentimentInput) => Sentiment | Promise<Sentiment>;

/**
 * The model `sentiment`: decides whether a text is positive, negative or neutral.
 *
 * `confidence` is the estimated probability that the label is right. With wink (English), it was
 * calibrated on reviews; a text is `neutral`, with 0.5, if wink knows none of its words or neither
 * side reaches 0.6 (about one text in five; nearly all in other languages). With a transformer, it
 * is the transformer's own probability at the configured temperature; `neutral` is its own label if
 * it has one, otherwise a text is neutral if neither side reaches 0.6.
 *
 * `prepare` throws `InputError` for a text that is empty, too long or not well-formed.
 */
export function createSentimentModel(
  limits: Partial<Limits> = {},
  engine: SentimentEngine = DEFAULT_SENTIMENT_ENGINE,
): Model {
  const { maxTextChars } = { ...DEFAULT_LIMITS, ...limits };
  const identity = { name: 'sentiment', version: 3, engine: engineIdOf(engine) } as const;
  const isTransformer = engine.name === 'transformers';
  let opened: Promise<Compute> | undefined;
  const text = z
    .string()
    .refine((value) => value.trim() !== '', { error: EMPTY })
    .refine((value) => value.isWellFormed(), { error: 'holds half of a surrogate pair' })
    .refine((value) => isStreamSafe(decodeEntities(value)), {
      error: 'has more than 30 combining marks in a row',
    })
    .refine((value) => codePointsWithin(value, maxTextChars), {
      error: `longer than the ${maxTextChars} characters allowed`,
    })
    .meta({
      minLength: 1,
      maxLength: maxTextChars,
      description: isTransformer ? 'Text' : 'English text',
    });

  return defineModel({
    ...identity,
    input: z.strictObject({ text }),
    output: sentimentOutput,
    lane: 'short',
    // A slot for background refreshes loads the engine at the first refresh.
    timeoutMs: isTransformer ? 60_000 : 10_000,
    perSlot: engine.name === 'transformers' ? engine.maxBatchSize : 1,
    permissions: engine.name === 'transformers' ? permissionsOf(engine) : [],
    normalise: (input) => normalised(input.text, isTransformer ? normaliseText : foldText),
    async compute(input) {
      opened ??= open(engine);
      opened.catch(() => {
        opened = undefined;
      });
      return await (await opened)(input);
    },
    members: (result, { computeMs }): z.input<typeof sentimentAnswer> => ({
      result,
      model: identity,
      inference_time_ms: computeMs,
    }),
  });
}

/** Throws `InputError` for a text that says nothing once it is decoded, such as `&nbsp;`. */
function normalised(text: string, normalise: (text: string) => string): SentimentInput {
  const shown = normalise(text);
  if (shown === '') throw new InputError([{ path: '/text', message: EMPTY }]);
  return { text: shown };
}

/** The engine is native code. It reads the model's files, and keeps what it downloads. */
function permissionsOf({ model }: TransformersEngine): string[] {
  const reads = ['.deja/engines', '.deja/hub', ...(isDirectory(model) ? [model] : [])];
  return ['addons', 'fs-write=.deja/hub', ...reads.map((path) => `fs-read=${path}`)];
}

/** Loads the engine once per process, because a transformer takes seconds to load. */
async function open(engine: SentimentEngine): Promise<Compute> {
  if (engine.name === 'wink') return (await import('./wink.ts')).computeByWink;
  return await (await import('./transformers.ts')).openTransformer(engine);
}

function codePointsWithin(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > 2 * max) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count <= max;
}
