/**
 * Names on the queue Redis. Every key of a shard carries its hash tag, so that a cluster keeps them
 * in one slot and a script may touch them all. There is one shard today; the names are ready for more.
 */
export interface Shard {
  readonly index: number;
  /** Prefix of our own keys. */
  readonly prefix: string;
  /** BullMQ's prefix. */
  readonly queuePrefix: string;
  /** The pub/sub channel. */
  readonly bell: string;
}

/** @param namespace First part of every key: `REDIS_PREFIX`. */
export function shardOf(namespace: string, index = 0): Shard {
  const prefix = `${namespace}:{d${index}}:`;
  return { index, prefix, queuePrefix: `${namespace}{d${index}}`, bell: `${prefix}bell` };
}
