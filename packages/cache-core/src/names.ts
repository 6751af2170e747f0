/**
 * The names of stored data. The number of the format is part of every name in Redis and of the disk
 * tier's directory, so that versions with different formats never meet (docs/upgrading.md).
 */
export const FORMAT = 'f2';

/** The prefix of entries on the cache's own server. @param namespace `REDIS_PREFIX`. */
export const cachePrefixOf = (namespace: string): string => `${namespace}:${FORMAT}:`;

/** The prefix of all other keys of a shard. Its hash tag keeps them in one slot of a cluster. */
export const shardPrefixOf = (namespace: string, shard = 0): string =>
  `${cachePrefixOf(namespace)}{d${shard}}:`;

/** Of all shards. */
export const shardPrefixesOf = (namespace: string, count: number): string[] =>
  Array.from({ length: count }, (_, shard) => shardPrefixOf(namespace, shard));
