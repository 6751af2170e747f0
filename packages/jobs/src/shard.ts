import { shardPrefixOf } from '@deja/cache-core/redis';

/**
 * The names of keys and channels on the queue Redis. Every key of a shard carries the shard's hash
 * tag, so that a cluster keeps them in one slot and a script may use them all. There is one shard
 * today; the names are ready for more.
 */
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

/** @param namespace First part of every key: `REDIS_PREFIX`. */
export function shardOf(namespace: string, index = 0): Shard {
  const prefix = shardPrefixOf(namespace, index);
  const channel = `${prefix}notify`;
  const workersChannel = `${channel}:workers`;
  return { index, prefix, queuePrefix: `${prefix}bull`, channel, workersChannel };
}
