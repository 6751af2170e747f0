import { z } from 'zod';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { defineModel, type Model } from '../model.ts';
import { normaliseText } from './normalise.ts';

const IDENTITY = { name: 'sentiment', version: 1, engine: 'wink-nlp@2.4.0' } as const;

/**
 * Tells whether an English text is positive, negative or neutral.
 *
 * `neutral` means that the engine's score, in -1..1, lies within ±0.05: mostly that it knows no
 * word of the text (about one text in six; other languages than English mostly). `confidence` is
 * 0.5 + |score| / 2, so 0.5 is "nothing found": it orders answers, and is not a probability that
 * was calibrated against anything.
 *
 * Throws `InputError` from `prepare` for a text that is empty, too long or not well-formed.
 */
export function createSentimentModel(limits: Partial<Limits> = {}): Model {
  const { maxTextChars } = { ...DEFAULT_LIMITS, ...limits };
  const text = z
    .string()
    .refine((value) => value.trim() !== '', { error: 'empty: send some text' })
    .refine((value) => value.isWellFormed(), { error: 'holds half of a surrogate pair' })
    .refine((value) => codePointsWithin(value, maxTextChars), {
      error: `longer than the ${maxTextChars} characters allowed`,
    })
    .meta({ minLength: 1, maxLength: maxTextChars, description: 'English text' });

  return defineModel({
    ...IDENTITY,
    input: z.strictObject({ text }),
    output: z.strictObject({
      sentiment: z.enum(['positive', 'negative', 'neutral']),
      confidence: z.number().min(0).max(1),
    }),
    lane: 'short',
    timeoutMs: 10_000,
    normalise: (input) => ({ text: normaliseText(input.text) }),
    async compute(input) {
      const { computeSentiment } = await import('../compute/sentiment.ts');
      return computeSentiment(input);
    },
    members: (result, { computeMs }) => ({
      result,
      model: IDENTITY,
      inference_time_ms: computeMs,
    }),
  });
}

function codePointsWithin(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > 2 * max) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count <= max;
}
