/**
 * Where stored things lie. The format's number is part of every name in Redis and of the disk tier's
 * directory, so that versions with different formats never meet (docs/upgrading.md).
 */
export const FORMAT = 'f2';

/** Before entries on a server that is the cache's own. @param namespace `REDIS_PREFIX`. */
export const cachePrefixOf = (namespace: string): string => `${namespace}:${FORMAT}:`;

/** Before every other key of a shard. Its hash tag keeps them in one slot of a cluster. */
export const shardPrefixOf = (namespace: string, shard = 0): string =>
  `${cachePrefixOf(namespace)}{d${shard}}:`;
