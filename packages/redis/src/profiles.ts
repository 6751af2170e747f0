/**
 * Settings of connections that fail fast and recover. They were measured (ioredis 6, BullMQ 6.7) with
 * half-open sockets, a paused server, and a server that is down at the start.
 */
import type { Cluster, RedisOptions } from 'ioredis';

/** Of a server, and of a node of a Cluster. */
export type ServerOptions = RedisOptions & { readonly replyMapping: 'legacy' };
export type NodesOptions = NonNullable<ConstructorParameters<typeof Cluster<'legacy'>>[1]>;

/** A name in CLIENT LIST is not worth a right of the Redis user. */
const COMMON = { disableClientInfo: true, replyMapping: 'legacy' } as const satisfies RedisOptions;

const reconnect = (attempt: number): number => Math.min(100 * 2 ** Math.min(attempt, 4), 1000);

/**
 * For requests: a command is answered in time or rejects, and is never queued or sent twice. A caller
 * that promises an answer within a second has its own timer, which also notices if this process is
 * late. The timeout here is for callers without one.
 */
const REQUEST_CONNECTION = Object.freeze({
  ...COMMON,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 5000,
  connectTimeout: 2000,
  socketTimeout: 2500,
  autoResendUnfulfilledCommands: false,
  retryStrategy: reconnect,
}) satisfies RedisOptions;

/** For the invalidation log: a request that is not answered soon is sent again. */
const LOG_CONNECTION = Object.freeze({
  ...REQUEST_CONNECTION,
  commandTimeout: 1000,
}) satisfies RedisOptions;

/** For BullMQ: a command waits until it is answered, however long Redis is away. */
const WORKER_CONNECTION = Object.freeze({
  ...COMMON,
  maxRetriesPerRequest: null,
  socketTimeout: 15_000,
  retryStrategy: reconnect,
}) satisfies RedisOptions;

/** For entries: a tier that does not answer soon is a miss. */
const CACHE_CONNECTION = Object.freeze({
  ...REQUEST_CONNECTION,
  commandTimeout: 250,
}) satisfies RedisOptions;

/** For the subscription, which is idle for long: TCP keep-alive or a poll finds a dead socket. */
const SUBSCRIBER_CONNECTION = Object.freeze({
  ...COMMON,
  maxRetriesPerRequest: null,
  connectTimeout: 2000,
  retryStrategy: reconnect,
}) satisfies RedisOptions;

export const PROFILES = {
  request: REQUEST_CONNECTION,
  cache: CACHE_CONNECTION,
  log: LOG_CONNECTION,
  worker: WORKER_CONNECTION,
  subscriber: SUBSCRIBER_CONNECTION,
};

export type Profile = keyof typeof PROFILES;

/** Sentinels are asked at every connect. One that hangs must not keep us from asking the next. */
export const SENTINEL_OPTIONS = Object.freeze({
  sentinelCommandTimeout: 1000,
  sentinelRetryStrategy: reconnect,
  sentinelReconnectStrategy: () => 5000,
}) satisfies RedisOptions;

const CLUSTER_RETRY_MS = 100;
const CLUSTER_RETRIES = 16;

/**
 * The same bounds in a Cluster. While a slot moves or its primary is replaced, a command is sent again
 * each 100 ms, also one whose connection broke: until the profile's time is over, or 16 answers said
 * that it must go elsewhere. A worker's goes on until it is answered.
 */
export function clusterOptionsOf(profile: Profile): NodesOptions {
  // A connection to a node is not made again: the next command finds out which node it needs.
  const { retryStrategy, ...redisOptions } = PROFILES[profile];
  const failsFast = 'enableOfflineQueue' in redisOptions;
  return {
    redisOptions,
    enableOfflineQueue: !failsFast,
    clusterRetryStrategy: retryStrategy,
    maxRedirections: failsFast ? CLUSTER_RETRIES : Number.MAX_SAFE_INTEGER,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
    retryDelayOnTryAgain: CLUSTER_RETRY_MS,
    slotsRefreshTimeout: 2000,
    slotsRefreshInterval: 15_000,
    // Certificates name hosts. Addresses are looked up when they are connected to.
    dnsLookup: (host, callback) => callback(null, host),
  };
}
