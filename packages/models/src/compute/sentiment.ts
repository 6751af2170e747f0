import model from 'wink-eng-lite-web-model';
import winkNLP from 'wink-nlp';
import type { SentimentInput } from '../sentiment/normalise.ts';

interface Sentiment {
  readonly sentiment: 'positive' | 'negative' | 'neutral';
  /** 0.5..1, rounded to 4 decimals. */
  readonly confidence: number;
}

const nlp = winkNLP(model, ['sbd', 'negation', 'sentiment']);

/** Scores within ± this are neutral. */
const NEUTRAL_BAND = 0.05;

/** The sentiment of a normalised text; what the words mean stands at `createSentimentModel`. */
export function computeSentiment({ text }: SentimentInput): Sentiment {
  const score = Number(nlp.readDoc(breakLongRuns(text)).out(nlp.its.sentiment));
  if (!Number.isFinite(score)) throw new Error(`the engine gave ${score} for a score`);
  const size = Math.min(1, Math.abs(score));
  const sentiment = size <= NEUTRAL_BAND ? 'neutral' : score > 0 ? 'positive' : 'negative';
  return { sentiment, confidence: Math.round((0.5 + size / 2) * 10_000) / 10_000 };
}

// The tokenizer's expressions take time that grows with the cube of a run without white space:
// 203 s for 20,000 characters of "http://http://…" (2026-11). No word that it knows is that long.
function breakLongRuns(text: string): string {
  return text.replace(/\S{100}(?=\S)/gu, '$& ');
}
