/**
 * Counters over all replicas: each replica adds its counts to one hash, once a second.
 *
 * The figures are for people. A lost reply can count one second twice, and a killed process loses the
 * counts that it had not yet added.
 */
import type { Redis } from 'ioredis';
import type { Counters } from './counters.ts';
import { defineScript } from './scripts/script.ts';

export interface CounterTotals {
  /** When counting began. Unit: epoch ms. */
  readonly since: number;
  readonly totals: ReadonlyMap<string, number>;
}

export interface SharedCounters extends Counters, AsyncDisposable {
  /** Counts over all replicas; while Redis is out of reach, only this replica's own. */
  read(): Promise<CounterTotals>;
  /** This replica's counts since it started. */
  readonly own: ReadonlyMap<string, number>;
}

const addLua = `
for i = 2, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
`;
const addScript = defineScript(addLua);

/** @param key The hash, which never expires. @param flushMs How often counts are added to it. */
export function createSharedCounters(redis: Redis, key: string, flushMs = 1000): SharedCounters {
  const startedAt = Date.now();
  const own = new Map<string, number>();
  let pending = new Map<string, number>();
  const increase = (map: Map<string, number>, field: string, by: number) =>
    map.set(field, (map.get(field) ?? 0) + by);

  const flush = async () => {
    if (pending.size === 0) return;
    const batch = pending;
    pending = new Map();
    try {
      await addScript(redis, key, startedAt, ...[...batch].flat());
    } catch {
      for (const [field, by] of batch) increase(pending, field, by);
    }
  };
  const timer = setInterval(() => void flush(), flushMs);

  return {
    own,
    add(field, by = 1) {
      increase(own, field, by);
      increase(pending, field, by);
    },
    async read() {
      await flush();
      try {
        const { since, ...fields } = await redis.hgetall(key);
        const totals = new Map(Object.entries(fields).map(([field, n]) => [field, Number(n)]));
        return { since: Number(since ?? startedAt), totals };
      } catch {
        return { since: startedAt, totals: own };
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush();
    },
  };
}
