import { basename, isAbsolute } from 'node:path';

/** The engine that computes sentiments. Part of the key, so every process needs the same one. */
export type SentimentEngine = { readonly name: 'wink' } | TransformersEngine;

export interface TransformersEngine {
  readonly name: 'transformers';
  /** A directory (absolute, or beginning with `.`), or the id of a model at the Hugging Face hub. */
  readonly model: string;
  /** The revision of the hub's model. For a directory it only distinguishes successive contents. */
  readonly revision: string;
  /** Divides the model's logits before softmax (Guo et al. 2017). 1: as the model says. */
  readonly temperature: number;
  /** Most texts that one slot classifies together. */
  readonly maxBatchSize: number;
  /** The longest time that a text waits for others. Unit: ms. */
  readonly maxLatencyMs: number;
}

export const DEFAULT_SENTIMENT_ENGINE: SentimentEngine = Object.freeze({ name: 'wink' });

/** Name and version as in keys and answers: equal ones give equal answers. */
export function engineIdOf(engine: SentimentEngine): string {
  if (engine.name === 'wink') return 'wink-nlp@2.4.0';
  const { model, revision, temperature } = engine;
  const name = isDirectory(model) ? basename(model) : model;
  return `transformers:${name}@${revision}${temperature === 1 ? '' : `;temperature=${temperature}`}`;
}

export const isDirectory = (model: string): boolean => isAbsolute(model) || model.startsWith('.');
