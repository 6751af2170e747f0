/**
 * A cache that computes what it does not hold. Values are JSON.
 *
 *  - request coalescing: at most one computation of a key runs in this process, and all callers that
 *    ask meanwhile get its value or its error;
 *  - an error is not kept: the next call computes again;
 *  - a caller that asks after an invalidation never gets a value that was computed from before it;
 *  - within `staleMs`, a stale value is returned at once, and computed again in the background.
 */
import { createHash } from 'node:crypto';
import type { Cache } from './cache.ts';
import type { EntryHeader } from './entry.ts';
import { type Demand, lifetimeFor } from './freshness.ts';
import { cacheKeyFor, DEFAULT_TENANT, type KeyFields } from './key.ts';
import type { InvalidationLog } from './log/invalidation-log.ts';
import type { Lookup } from './lookup.ts';
import type { Tier } from './tier.ts';

/** The identity of a value: a name for it, or the fields of `cacheKeyFor`. */
export type Question = string | KeyFields;

export interface ComputeOptions {
  /** How long the value is fresh. Unit: ms. Default: one hour. */
  readonly ttlMs?: number;
  /** How long after that a stale value may be returned. Unit: ms. Default: 0, never. */
  readonly staleMs?: number;
  /** Labels for `invalidateTag`. Default: none. */
  readonly tags?: readonly string[];
}

export interface ComputeCache extends AsyncDisposable {
  /** The stored entry, if this reader accepts it. `entry.body` is the value as JSON. */
  lookup(question: Question, demand?: Demand): Promise<Lookup>;
  /** Returns a stored value, or computes it. Rejects only with what `compute` throws. */
  getOrCompute<T>(
    question: Question,
    compute: () => T | Promise<T>,
    options?: ComputeOptions,
  ): Promise<T>;
  /** The invalidations reject with `LogUnavailableError` if the log could not record them. */
  invalidateKey(question: Question): Promise<void>;
  invalidateTag(tag: string): Promise<void>;
  invalidateAll(): Promise<void>;
}

interface Parts {
  readonly cache: Cache;
  readonly log: InvalidationLog;
  readonly tiers: readonly Tier[];
  readonly close: () => Promise<void>;
}

/** A computation in progress, judged like the entry that it will become. */
interface Flight {
  readonly header: Pick<EntryHeader, 'key' | 'tags' | 'log' | 'token'> | undefined;
  readonly value: Promise<unknown>;
}

const HOUR_MS = 3_600_000;
const KEY = /^[0-9a-f]{64}$/;

export function createComputeCache({ cache, log, tiers, close }: Parts): ComputeCache {
  const flights = new Map<string, Flight>();
  const writes = new Set<Promise<unknown>>();

  const keep = (header: EntryHeader, value: unknown): void => {
    const body = Buffer.from(JSON.stringify(value) ?? 'null');
    const entry = { header: { ...header, digest: digestOf(body) }, body };
    const written = Promise.allSettled(tiers.map((tier) => tier.put(entry)));
    writes.add(written);
    void written.then(() => writes.delete(written));
  };

  const begin = (
    question: Question,
    key: string,
    compute: () => unknown,
    { ttlMs = HOUR_MS, staleMs = 0, tags = [] }: ComputeOptions,
  ): Flight => {
    const position = log.replica.position; // before the computation reads anything
    const startedAt = Date.now();
    const { log: birth = '', ...token } = position ?? { epoch: 0, seq: 0, id: '' };
    const header = position && { key, tags, log: birth, token };
    const run = async () => {
      const from = performance.now();
      const value = await compute();
      const createdAt = Date.now();
      const life = lifetimeFor(key, { freshMs: ttlMs, staleMs, jitter: 0 });
      const freshUntil = createdAt + life.freshMs;
      const identity = typeof question === 'string' ? NAMED : question;
      if (header)
        keep(
          {
            ...{ ...header, model: identity.model, tenant: identity.tenant ?? DEFAULT_TENANT },
            ...{ createdAt, freshUntil, staleUntil: freshUntil + life.staleMs },
            ...{ runSeq: startedAt, computeMs: performance.now() - from, digest: '' },
          },
          value,
        );
      return value;
    };
    const flight = { header, value: run() };
    flights.set(key, flight);
    const end = () => {
      if (flights.get(key) === flight) flights.delete(key); // an invalidation may have begun another
    };
    flight.value.then(end, end);
    return flight;
  };

  const flightOf = (key: string): Flight | undefined => {
    const flight = flights.get(key);
    if (!flight?.header) return flight;
    return log.replica.judge(flight.header) === 'servable' ? flight : undefined;
  };

  return {
    lookup: async (question, demand) => await cache.lookup(keyOf(question), demand),
    async getOrCompute<T>(
      question: Question,
      compute: () => T | Promise<T>,
      options: ComputeOptions = {},
    ): Promise<T> {
      const key = keyOf(question);
      const { staleMs = 0 } = options;
      const found = await cache.lookup(key, { staleWhileRevalidateMs: staleMs });
      if (found.outcome !== 'hit')
        return (await (flightOf(key) ?? begin(question, key, compute, options)).value) as T;
      if (found.use === 'revalidate' && !flightOf(key))
        begin(question, key, compute, options).value.catch(() => {}); // the next call tries again
      return JSON.parse(found.entry.body.toString()) as T;
    },
    invalidateKey: async (question) => void (await cache.invalidateKey(keyOf(question))),
    invalidateTag: async (tag) => void (await cache.invalidateTag(tag)),
    invalidateAll: async () => void (await cache.invalidateAll()),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...flights.values()].map(({ value }) => value));
      await Promise.all(writes);
      await close();
    },
  };
}

/** The model of values that have only a name. */
const NAMED = { model: 'named', version: 1, tenant: undefined };

function keyOf(question: Question): string {
  if (typeof question !== 'string') return cacheKeyFor(question);
  return KEY.test(question) ? question : cacheKeyFor({ ...NAMED, input: question });
}

const digestOf = (body: Buffer): string =>
  createHash('sha256').update(body).digest('hex').slice(0, 32);
