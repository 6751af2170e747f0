/** What the coordinator asks of a replica, and what it hears. */
import type { TierName } from '../src/index.ts';
import type { Computation, Invalidation, Read } from './history.ts';
import type { Sabotage } from './sabotage.ts';

export interface ReplicaOptions {
  /** The queue Redis, for the log alone. */
  readonly logUrl: string;
  /** The queue Redis, for the bell alone. */
  readonly bellUrl: string;
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

/** Read the key: when, and what came of it. */
export type LookupReply = Omit<Read, 'replica' | 'key' | 'last'>;

export interface PutRequest {
  readonly computation: Computation;
  readonly tiers: readonly TierName[];
  readonly lifeMs: number;
}

/** Undefined: it was not acknowledged. */
export type InvalidateReply = Omit<Invalidation, 'replica' | 'target'> | undefined;
