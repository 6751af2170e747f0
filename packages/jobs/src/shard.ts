/**
 * Shards: whole small systems side by side on the queue Redis (docs/protocol.md#shards). A key, and so
 * its runs and jobs, belongs to the shard that its first 4 hex digits choose. Every key and channel of a
 * shard carries the shard's hash tag, so that a cluster keeps them in one slot and a script may use them
 * all. Ids of runs and jobs tell their shard: whoever has one finds it, whatever the number of shards
 * is by then.
 */
import { hash } from 'node:crypto';
import { shardIndexOf, shardPrefixOf } from '@deja/cache-core/redis';
import { shardOfJobId, shardOfRunId } from './ids.ts';

/** The names of a shard's keys and channels. */
export interface Shard {
  readonly index: number;
  /** Prefix of our own keys. */
  readonly prefix: string;
  /** BullMQ's prefix. */
  readonly queuePrefix: string;
  /**
   * The pub/sub channel of the API. There are also `<channel>:workers`, `<channel>:<run>` for
   * followers of a run, and `<channel>:<reply channel>` for one process whose requests wait.
   */
  readonly channel: string;
  readonly workersChannel: string;
}

/** One of something for each shard. */
export interface Shards<T = Shard> {
  /** Those that take new work; the one that also keeps what is not of any key is the first. */
  readonly all: readonly [T, ...T[]];
  /** These, and those from which the number was lowered: what they hold is still read and delivered. */
  served(): readonly T[];
  /** There once were so many. */
  hold(count: number): void;
  ofKey(key: string): T;
  ofRun(run: string): T;
  /** Undefined: it is no id of a job. */
  ofJob(id: string): T | undefined;
  /** The same shard for the same text. */
  ofText(text: string): T;
  map<U>(make: (each: T) => U): Shards<U>;
}

/** @param namespace First part of every key: `REDIS_PREFIX`. */
export function shardOf(namespace: string, index = 0): Shard {
  const prefix = shardPrefixOf(namespace, index);
  const channel = `${prefix}notify`;
  const workersChannel = `${channel}:workers`;
  return { index, prefix, queuePrefix: `${prefix}bull`, channel, workersChannel };
}

/** @param count `QUEUE_SHARDS`. */
export function shardsOf(namespace: string, count = 1): Shards {
  return sharded({ count, held: count }, (index) => shardOf(namespace, index));
}

function sharded<T>(
  numbers: { readonly count: number; held: number },
  make: (index: number) => T,
): Shards<T> {
  const { count } = numbers;
  const made = Array.from({ length: count }, (_, index) => make(index));
  const all = [...made] as [T, ...T[]];
  const at = (index: number): T => {
    const known = made[index] ?? make(index);
    made[index] = known;
    return known;
  };
  const ofKey = (key: string) => all[shardIndexOf(key, count)] as T;
  return {
    all,
    served: () => Array.from({ length: numbers.held }, (_, index) => at(index)),
    hold(held) {
      numbers.held = Math.max(numbers.held, held);
    },
    ofKey,
    ofRun: (run) => at(numbers.held === 1 ? 0 : (shardOfRunId(run) ?? 0)),
    ofJob(id) {
      const index = shardOfJobId(id);
      return index === undefined ? undefined : at(numbers.held === 1 ? 0 : index);
    },
    ofText: (text) => ofKey(hash('sha256', text, 'hex')),
    map: (makeOf) => sharded(numbers, (index) => makeOf(at(index))),
  };
}
