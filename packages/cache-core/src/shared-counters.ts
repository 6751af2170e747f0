/**
 * Counters over all replicas: each replica adds its counts to one hash, once a second.
 *
 * The figures are for people. A lost reply can count one second twice, and a killed process loses the
 * counts that it had not yet added.
 */

import type { Count, Counters } from './counters.ts';
import type { RedisClient } from './redis-client.ts';
import { defineScript } from './scripts/script.ts';

export interface CounterTotals {
  /** When counting began. Unit: epoch ms. */
  readonly since: number;
  readonly totals: ReadonlyMap<string, number>;
}

export interface SharedCounters extends Counters, AsyncDisposable {
  /** The count of a field, the same object each time, for those who count often. */
  count(field: string): Count;
  /** Counts over all replicas; while Redis is out of reach, only this replica's own. */
  read(): Promise<CounterTotals>;
  /** This replica's counts since it started. */
  own(): ReadonlyMap<string, number>;
}

const addLua = `
for i = 3, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
if ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`;
const addScript = defineScript(addLua);

export interface SharedCountersOptions {
  /** How often counts are added to the hash. Unit: ms. Default: 1000. */
  readonly flushMs?: number;
  /** How long the hash stays after counts were added. Unit: ms. Default: it never expires. */
  readonly keepMs?: number;
}

/** @param key The hash. */
export function createSharedCounters(
  redis: RedisClient,
  key: string,
  { flushMs = 1000, keepMs }: SharedCountersOptions = {},
): SharedCounters {
  const startedAt = Date.now();
  const counts = new Map<string, Count>();
  const sent = new Map<string, number>();
  const sentOf = (field: string) => sent.get(field) ?? 0;
  const count = (field: string): Count => {
    const known = counts.get(field);
    if (known) return known;
    const added = { n: 0 };
    counts.set(field, added);
    return added;
  };
  const own = () => new Map([...counts].map(([field, { n }]) => [field, n]));

  const flush = async () => {
    const batch = [...counts]
      .map(([field, { n }]) => [field, n - sentOf(field)] as const)
      .filter(([, by]) => by !== 0);
    if (batch.length === 0) return;
    const add = (sign: 1 | -1) => {
      for (const [field, by] of batch) sent.set(field, sentOf(field) + sign * by);
    };
    add(1);
    await addScript(redis, key, startedAt, keepMs ?? '', ...batch.flat()).catch(() => add(-1));
  };
  const timer = setInterval(() => void flush(), flushMs);

  return {
    count,
    own,
    add(field, by = 1) {
      count(field).n += by;
    },
    async read() {
      await flush();
      try {
        const { since, ...fields } = await redis.hgetall(key);
        const totals = new Map(Object.entries(fields).map(([field, n]) => [field, Number(n)]));
        return { since: Number(since ?? startedAt), totals };
      } catch {
        return { since: startedAt, totals: own() };
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush();
    },
  };
}
