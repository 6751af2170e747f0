/**
 * Settings of connections that fail fast and recover. They were measured (ioredis 6, BullMQ 6.7) with
 * half-open sockets, a paused server, and a server that is down at the start.
 */
import type { RedisOptions } from 'ioredis';

/** A name in CLIENT LIST is not worth a right of the Redis user. */
const COMMON = { disableClientInfo: true } satisfies RedisOptions;

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

/** For BullMQ workers: `socketTimeout` must be longer than the longest blocking call (5 s). */
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
