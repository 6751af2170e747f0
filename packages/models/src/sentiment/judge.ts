/** Decides the label of a text, and how likely the label is right. */
export interface Sentiment {
  readonly sentiment: 'positive' | 'negative' | 'neutral';
  /** In 0..1, rounded to 4 decimals. */
  readonly confidence: number;
}

/** Probabilities by label; `neutral` is absent if the engine does not know it. */
export interface Probabilities {
  readonly positive: number;
  readonly negative: number;
  readonly neutral?: number;
}

/** With two labels, a side that is less likely than this is not chosen. */
const CLEAR = 0.6;

/**
 * The most likely label, with its probability as confidence. For an engine without the label
 * `neutral`, a text is neutral if neither side reaches 0.6. The confidence is then 0.5, because
 * nobody knows how likely the label is right.
 */
export function judge({ positive, negative, neutral }: Probabilities): Sentiment {
  if (neutral === undefined && Math.max(positive, negative) < CLEAR)
    return { sentiment: 'neutral', confidence: 0.5 };
  const sentiment =
    neutral !== undefined && neutral >= positive && neutral >= negative
      ? 'neutral'
      : positive > negative
        ? 'positive'
        : 'negative';
  const likely = { positive, negative, neutral: neutral ?? 0 }[sentiment];
  return { sentiment, confidence: Math.round(Math.min(1, likely) * 10_000) / 10_000 };
}
