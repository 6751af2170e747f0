/** Counts wrong keys and passwords by the address that they come from. Each process counts its own. */
import { LRUCache } from 'lru-cache';

export const MAX_FAILURES = 20;
const FORGET_MS = 60_000;
const MAX_ADDRESSES = 10_000;

export class FailedAttempts {
  readonly #counts = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: FORGET_MS });

  /** Counts one more, and tells how many there have been since the first one, a minute ago at most. */
  add(address: string): number {
    const count = this.of(address) + 1;
    this.#counts.set(address, count, { noUpdateTTL: true });
    return count;
  }

  of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  /** After this time they are forgotten. */
  retryAfter(address: string): { readonly 'Retry-After': string } {
    const leftS = Math.ceil(this.#counts.getRemainingTTL(address) / 1000);
    return { 'Retry-After': String(Math.max(1, leftS)) };
  }
}
