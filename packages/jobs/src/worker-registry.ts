/** Which workers are alive: each says so every second, on the queue Redis' clock. */
import { defineScript } from '@deja/cache-core/redis';
import type { Redis } from 'ioredis';
import type { Shard } from './shard.ts';

const ALIVE_MS = 5000;

const announce = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - 60000))
return redis.status_reply('OK')
`);
const count = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
return redis.call('ZCOUNT', KEYS[1], string.format('%.0f', now - ${ALIVE_MS}), '+inf')
`);

export class WorkerRegistry {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, shard: Shard) {
    this.#redis = redis;
    this.#key = `${shard.prefix}workers`;
  }

  async announce(worker: string): Promise<void> {
    await announce(this.#redis, this.#key, worker);
  }

  async leave(worker: string): Promise<void> {
    await this.#redis.zrem(this.#key, worker);
  }

  /** How many have been heard of in the last 5 s. */
  async count(): Promise<number> {
    return Number(await count(this.#redis, this.#key));
  }
}
