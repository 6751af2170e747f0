/** Sentiment by wink-nlp: an English lexicon with negation, 34 µs per text (2026-11). */
import model from 'wink-eng-lite-web-model';
import winkNLP from 'wink-nlp';
import { judge, type Sentiment } from './judge.ts';
import type { SentimentInput } from './normalise.ts';

const nlp = winkNLP(model, ['sbd', 'negation', 'sentiment']);

/** A score within ± this means nothing: no word of the text is known, or the words cancel out. */
const NOTHING_FOUND = 0.05;

/**
 * Platt scaling of tanh(2 × score), fitted to the UCI Sentiment Labelled Sentences (Kotzias 2015,
 * doi:10.24432/C57604, CC BY 4.0) by `calibration/wink.ts`, which reports how well it holds. The
 * bias is below 0 because people describe bad things in words that no lexicon has.
 */
const SLOPE = 3.449;
const BIAS = -0.717;

export function computeByWink({ text }: SentimentInput): Sentiment {
  const score = winkScoreOf(text);
  if (Math.abs(score) <= NOTHING_FOUND) return judge({ positive: 0.5, negative: 0.5 });
  const positive = 1 / (1 + Math.exp(-(SLOPE * Math.tanh(2 * score) + BIAS)));
  return judge({ positive, negative: 1 - positive });
}

/** The engine's own score of a normalised text: -1, bad, to 1, good. */
export function winkScoreOf(text: string): number {
  const score = Number(nlp.readDoc(breakLongRuns(knownEmoticons(text))).out(nlp.its.sentiment));
  if (!Number.isFinite(score)) throw new Error(`the engine gave ${score} for a score`);
  return score;
}

/** Emoticons that wink does not know, and one that it does. Not within a word: "XDR", "vitamin D: …". */
const EMOTICONS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\p{L}\p{N}])(?:[xX8]-?D+|[:;=]-?D{2,}|=-?D|:'-?D)(?![\p{L}\p{N}])/gu, ' :D '],
  [/(?<![\p{L}\p{N}])(?:=-?[pP]|;-?P)(?![\p{L}\p{N}])/gu, ' :P '],
  [/(?<![\p{L}\p{N}])=-?S(?![\p{L}\p{N}])/gu, ' :S '],
  [/(?<![\p{L}\p{N}])[:=]['^]?-?C(?![\p{L}\p{N}])/gu, ' :( '],
  [/(?<=^|\s)D-?['’]?[:;=]<?(?=$|[\s.!?)]*$|\s+D[-'’:;=])/gu, ' :( '],
];

function knownEmoticons(text: string): string {
  return EMOTICONS.reduce((known, [written, same]) => known.replace(written, same), text);
}

// The tokenizer's expressions take time that grows with the cube of the length of a run without white
// space: 203 s for 20,000 characters of "http://http://…" (2026-11). No known word is that long.
function breakLongRuns(text: string): string {
  return text.replace(/\S{100}(?=\S)/gu, '$& ');
}
