import type { SendOutcome } from './sender.ts';

export interface HostGatesOptions {
  /** Attempts under way at a time, per host. Default: 4. */
  readonly maxPerHost?: number;
  /** Epoch ms. Default: Date.now. */
  readonly now?: () => number;
  /** In [0, 1), spreads the waits. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * What `enter` says. With `isOpen` the caller has a place and must `leave` it, once, with the outcome
 * (undefined: no attempt was made). Else come again in `waitMs`: the attempt is not used up.
 */
export type Entry =
  | { readonly isOpen: true; leave(outcome: SendOutcome | undefined): void }
  | { readonly isOpen: false; readonly waitMs: number; readonly because: 'busy' | 'broken' };

/**
 * Keeps a dead receiver from delaying the others: at most `maxPerHost` attempts at a time for one
 * host, and none but a single probe now and then while it does not answer. Tells at once, never
 * queues: who may not go now puts the delivery back and takes another.
 */
export class HostGates {
  constructor(_options: HostGatesOptions = {}) {}

  /** @param url Where the attempt goes: gates are kept per host and port. */
  enter(_url: string): Entry {
    return { isOpen: true, leave: () => {} };
  }
}
