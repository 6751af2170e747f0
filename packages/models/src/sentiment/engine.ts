import { basename, isAbsolute } from 'node:path';

/** What computes sentiments. Part of the key: every process of an installation has the same. */
export type SentimentEngine = { readonly name: 'wink' } | TransformersEngine;

export interface TransformersEngine {
  readonly name: 'transformers';
  /** A directory (absolute, or beginning with `.`), else the id of a model at the Hugging Face hub. */
  readonly model: string;
  /** Of the hub's model; for a directory it only tells apart what was in there. */
  readonly revision: string;
  /** Divides the model's logits before softmax (Guo et al. 2017). 1: as the model says. */
  readonly temperature: number;
  /** Texts at most that one slot classifies together. */
  readonly maxBatchSize: number;
  /** How long a text waits at most for others to be classified with. Unit: ms. */
  readonly maxLatencyMs: number;
}

export const DEFAULT_SENTIMENT_ENGINE: SentimentEngine = Object.freeze({ name: 'wink' });

/** Name and version as they stand in keys and answers: equal ones give equal answers. */
export function engineIdOf(engine: SentimentEngine): string {
  if (engine.name === 'wink') return 'wink-nlp@2.4.0';
  const { model, revision, temperature } = engine;
  const name = isDirectory(model) ? basename(model) : model;
  return `transformers:${name}@${revision}${temperature === 1 ? '' : `;temperature=${temperature}`}`;
}

export const isDirectory = (model: string): boolean => isAbsolute(model) || model.startsWith('.');
