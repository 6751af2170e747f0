/** What a text is taken to be, and how likely that is to be right. */
export interface Sentiment {
  readonly sentiment: 'positive' | 'negative' | 'neutral';
  /** In 0..1, rounded to 4 decimals. */
  readonly confidence: number;
}

/** Probabilities by label; `neutral` is left out where an engine does not know it. */
export interface Probabilities {
  readonly positive: number;
  readonly negative: number;
  readonly neutral?: number;
}

/** With two labels: a side that is less likely than this is not taken. */
const CLEAR = 0.6;

/**
 * The most likely label, with its probability as confidence. An engine without a label `neutral`
 * gets one: where neither side reaches 0.6. The confidence is then 0.5, since nothing can be told of
 * how likely it is to be right.
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
