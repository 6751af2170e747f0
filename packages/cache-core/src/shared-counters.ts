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
  /** The counter of one field, for callers that count often: it takes no look-up by name. */
  tally(field: string): Tally;
  /** Counts over all replicas; while Redis is out of reach, only this replica's own. */
  read(): Promise<CounterTotals>;
  /** This replica's counts since it started. */
  readonly own: ReadonlyMap<string, number>;
}

export class Tally {
  total = 0;
  /** What was not added to Redis yet. */
  pending = 0;

  add(by: number): void {
    this.total += by;
    this.pending += by;
  }
}

const addLua = `
for i = 2, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
`;
const addScript = defineScript(addLua);

/** @param key The hash, which never expires. @param flushMs How often counts are added to it. */
export function createSharedCounters(redis: Redis, key: string, flushMs = 1000): SharedCounters {
  const startedAt = Date.now();
  const tallies = new Map<string, Tally>();
  const tally = (field: string): Tally => {
    const known = tallies.get(field);
    if (known) return known;
    const added = new Tally();
    tallies.set(field, added);
    return added;
  };
  const own = () => new Map([...tallies].map(([field, { total }]) => [field, total]));

  const flush = async () => {
    const batch: [field: string, by: number][] = [];
    for (const [field, counted] of tallies) {
      if (counted.pending > 0) batch.push([field, counted.pending]);
      counted.pending = 0;
    }
    if (batch.length === 0) return;
    try {
      await addScript(redis, key, startedAt, ...batch.flat());
    } catch {
      for (const [field, by] of batch) tally(field).pending += by;
    }
  };
  const timer = setInterval(() => void flush(), flushMs);

  return {
    tally,
    get own() {
      return own();
    },
    add(field, by = 1) {
      tally(field).add(by);
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
