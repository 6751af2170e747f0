/**
 * What each tenant asked, and what the cache made of it, beside the counts of all. Each tenant has a hash of its
 * own in Redis, for 90 days after it asked last. This process keeps the counts of the tenants that asked last.
 */
import {
  createSharedCounters,
  type RedisClient,
  type SharedCounters,
} from '@deja/cache-core/redis';
import { LRUCache } from 'lru-cache';
import { createRequestCounts } from './request-counts.ts';

const MAX_TENANTS = 1000;
const KEEP_MS = 90 * 24 * 3_600_000;

interface OfTenant {
  readonly counters: SharedCounters;
  readonly requests: ReturnType<typeof createRequestCounts>;
}

export class TenantCounts implements AsyncDisposable {
  readonly #tenants: LRUCache<string, OfTenant>;
  readonly #redis: RedisClient;
  readonly #prefix: string;
  /** Counts that are being added before they go. */
  readonly #leaving = new Set<Promise<void>>();

  /** @param prefix Of the first shard. */
  constructor(redis: RedisClient, prefix: string, max = MAX_TENANTS) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#tenants = new LRUCache({ max, dispose: ({ counters }) => this.#leave(counters) });
  }

  of(tenant: string): OfTenant {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const key = `${this.#prefix}stats:${tenant}`;
    const counters = createSharedCounters(this.#redis, key, { keepMs: KEEP_MS });
    const added = { counters, requests: createRequestCounts(counters) };
    this.#tenants.set(tenant, added);
    return added;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tenants.clear();
    await Promise.all(this.#leaving);
  }

  #leave(counters: SharedCounters): void {
    const left = Promise.resolve(counters[Symbol.asyncDispose]());
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }
}
