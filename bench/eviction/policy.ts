import type { Answer } from './traces.ts';

/** What a replay asks of a cache. */
export interface Policy {
  /** Whether the answer is there; counts as a use. */
  get(key: string): boolean;
  /** Keeps an answer that was not there. `bytes` is what it takes, overhead included. */
  put(answer: Answer, bytes: number): unknown;
}

export interface PolicyFactory {
  readonly name: string;
  create(maxBytes: number): Policy;
}

/** As in our tier: a larger answer is kept by none of them. */
export function isTooLarge(bytes: number, maxBytes: number): boolean {
  return bytes > maxBytes / 8;
}
