import type { Cluster, Redis } from 'ioredis';

/**
 * A client of one server, of a primary that Sentinel names, or of a Cluster. A command names one key,
 * or keys with one hash tag: a Cluster refuses others.
 */
export type RedisClient = Redis | Cluster;

/** The servers that hold keys, each with a connection of its own. */
export const primariesOf = (redis: RedisClient): readonly Redis[] =>
  'nodes' in redis ? redis.nodes('master') : [redis];
