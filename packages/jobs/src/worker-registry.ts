/** Knows which workers are alive: each sends a heartbeat every second, on the queue Redis' clock. */
import { defineScript } from '@deja/cache-core/redis';
import type { Redis } from 'ioredis';
import type { Shard } from './shard.ts';

const ALIVE_MS = 5000;

const announce = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('HSET', KEYS[1] .. ':slots', ARGV[1], ARGV[2])
redis.call('HSET', KEYS[1] .. ':models', ARGV[1], ARGV[3])
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - 60000))
for _, old in ipairs(gone) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('HDEL', KEYS[1] .. ':slots', old)
  redis.call('HDEL', KEYS[1] .. ':models', old)
end
return redis.status_reply('OK')
`);
const count = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local slots = 0
local alive = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - ${ALIVE_MS}), '+inf')
for _, worker in ipairs(alive) do
  slots = slots + tonumber(redis.call('HGET', KEYS[1] .. ':slots', worker) or '1')
end
return { #alive, slots }
`);

const models = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local found = {}
local alive = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - ${ALIVE_MS}), '+inf')
for _, worker in ipairs(alive) do
  found[#found + 1] = redis.call('HGET', KEYS[1] .. ':models', worker) or '[]'
end
return found
`);

/** A model of a worker. */
export interface WorkerModel {
  readonly name: string;
  readonly version: number;
  readonly engine?: string | undefined;
}

export class WorkerRegistry {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, shard: Shard) {
    this.#redis = redis;
    this.#key = `${shard.prefix}workers`;
  }

  /** The worker's heartbeat. @param slots How many long computations it can do in parallel. */
  async announce(worker: string, slots: number, models: readonly WorkerModel[]): Promise<void> {
    const told = models.map(({ name, version, engine }) => ({ name, version, engine }));
    await announce(this.#redis, this.#key, worker, slots, JSON.stringify(told));
  }

  /** The models of each worker with a heartbeat in the last 5 s. */
  async models(): Promise<readonly (readonly WorkerModel[])[]> {
    const told = (await models(this.#redis, this.#key)) as string[];
    return told.map((json) => JSON.parse(json));
  }

  async leave(worker: string): Promise<void> {
    await this.#redis.zrem(this.#key, worker);
  }

  /** The number of workers with a heartbeat in the last 5 s, and of their slots for long work. */
  async count(): Promise<{ readonly workers: number; readonly slots: number }> {
    const [workers, slots] = (await count(this.#redis, this.#key)) as [number, number];
    return { workers, slots };
  }
}
