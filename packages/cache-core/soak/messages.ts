/** What the coordinator asks of a replica, and what it hears. */
import type { TierName } from '../src/index.ts';
import type { Computation, Invalidation, Read } from './history.ts';

/** A guard that is taken out of a replica. */
export type Sabotage =
  /** Every entry may be served (R12). */
  | 'no judge'
  /** A confirmation holds for ever (R13). */
  | 'endless lease'
  /** An invalidation is acknowledged before the view has it (R7). */
  | 'early acknowledgement'
  /** What is in memory was judged when it was put there. */
  | 'memory unjudged'
  /** Answers of a replica that is cut off are not marked. */
  | 'no mark'
  /** Bytes are sometimes those of another entry. */
  | 'wrong bytes'
  /** Some look-ups never answer. */
  | 'hangs';

export interface ReplicaOptions {
  /** The queue Redis, for the log alone. */
  readonly logUrl: string;
  /** The queue Redis, for the notifier alone. */
  readonly notifierUrl: string;
  readonly cacheUrl: string;
  readonly namespace: string;
  /** Set where entries share the queue's server. */
  readonly maxRedisBytes?: number;
  readonly dir: string;
  readonly serveUnverifiedMs: number;
  readonly logMax: number;
  readonly maxMemoryEntries: number;
  readonly sabotage?: Sabotage;
}

export type LookupRequest = Pick<Read, 'key' | 'tenant'>;

/** Read the key: when, and what came of it. */
export type LookupReply = Omit<Read, 'replica' | 'key' | 'tenant' | 'last'>;

export interface PutRequest {
  readonly computation: Computation;
  readonly tiers: readonly TierName[];
  readonly lifeMs: number;
}

/** Undefined: it was not acknowledged. */
export type InvalidateReply = Omit<Invalidation, 'replica' | 'target'> | undefined;
