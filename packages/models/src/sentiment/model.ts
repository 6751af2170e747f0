import { z } from 'zod';
import { defineModel, type Model } from '../define-model.ts';
import { DEFAULT_LIMITS, type Limits } from '../settings.ts';
import { DEFAULT_SENTIMENT_ENGINE, engineIdOf, type SentimentEngine } from './engine.ts';
import type { Sentiment } from './judge.ts';
import { normaliseText, type SentimentInput } from './normalise.ts';

type Compute = (input: SentimentInput) => Sentiment | Promise<Sentiment>;

/**
 * Tells whether a text is positive, negative or neutral.
 *
 * `confidence` is how likely that is to be right, as far as can be told. With wink (English): a
 * probability that was calibrated on reviews; `neutral`, with 0.5, where wink knows no word of the
 * text or neither side reaches 0.6 (about one text in five; nearly all in other languages). With a
 * transformer: its own probability, at the temperature that was set; `neutral` is its own label if
 * it has one, else where neither side reaches 0.6.
 *
 * Throws `InputError` from `prepare` for a text that is empty, too long or not well-formed.
 */
export function createSentimentModel(
  limits: Partial<Limits> = {},
  engine: SentimentEngine = DEFAULT_SENTIMENT_ENGINE,
): Model {
  const { maxTextChars } = { ...DEFAULT_LIMITS, ...limits };
  const identity = { name: 'sentiment', version: 2, engine: engineIdOf(engine) } as const;
  const isTransformer = engine.name === 'transformers';
  let opened: Promise<Compute> | undefined;
  const text = z
    .string()
    .refine((value) => value.trim() !== '', { error: 'empty: send some text' })
    .refine((value) => value.isWellFormed(), { error: 'holds half of a surrogate pair' })
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
    output: z.strictObject({
      sentiment: z.enum(['positive', 'negative', 'neutral']),
      confidence: z.number().min(0).max(1),
    }),
    lane: 'short',
    // A slot for background refreshes loads the engine when the first one comes.
    timeoutMs: isTransformer ? 60_000 : 10_000,
    perSlot: engine.name === 'transformers' ? engine.maxBatchSize : 1,
    normalise: (input) => ({ text: normaliseText(input.text) }),
    async compute(input) {
      opened ??= open(engine);
      opened.catch(() => {
        opened = undefined;
      });
      return await (await opened)(input);
    },
    members: (result, { computeMs }) => ({
      result,
      model: identity,
      inference_time_ms: computeMs,
    }),
  });
}

/** Once per process: a transformer takes seconds to load. */
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
