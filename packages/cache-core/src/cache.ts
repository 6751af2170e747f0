/**
 * Look-up over the tiers: memory, then Redis, then disk.
 *
 *  - every read, in every tier, checks the entry against this process's replica of the invalidation
 *    log. An entry that may not be served is a miss; it is counted, and removed where it was found,
 *    unless it is hidden from the tenant that asks alone;
 *  - a hit in a lower tier is copied to the other tiers unchanged, with the lifetime that it has
 *    left;
 *  - a failing tier is a miss in that tier and an error in its figures, never an error for the
 *    caller;
 *  - a process that cannot reach the log says so with each answer, and stops after a bound.
 *
 * `tenant` is who asks or invalidates; undefined: keys are off, or an invalidation is for everybody.
 */
import { type Counters, tierField } from './counters.ts';
import { type Entry, isNewer } from './entry.ts';
import { type Demand, type Use, useOf } from './freshness.ts';
import { judge } from './judge.ts';
import type { InvalidationLog } from './log/invalidation-log.ts';
import { type InvalidationSeq, type LogShards, type Logs, logsOf } from './log/log-shards.ts';
import { SCOPE_ALL, scopeOfTag } from './log/scopes.ts';
import type { Explanation, Found, Hit, Lookup } from './lookup.ts';
import type { EntryIdentity, Tier, TierName } from './tier.ts';
import type { MemoryTier } from './tiers/memory/memory.ts';

interface Candidate extends Found {
  readonly use: Use;
}

export interface CacheOptions {
  /** One log, or those of all shards. */
  readonly log: InvalidationLog | LogShards;
  readonly memory: MemoryTier;
  /** Asked in this order after memory. */
  readonly lower: readonly Tier[];
  readonly counters: Counters;
  /**
   * Called with how long a tier took to give an entry or none, in ms: at each look-up in a lower
   * tier, and at one in 16 of those that memory answers. Default: not called.
   */
  readonly onLookup?: (tier: TierName, ms: number) => void;
  readonly now?: () => number;
}

const MEMORY_SAMPLE = 16;
const MISS: Lookup = { outcome: 'miss' };
const FENCED: Lookup = { outcome: 'miss', fenced: true };
const ANY: Demand = {};

export class Cache {
  readonly #logs: Logs;
  readonly #memory: MemoryTier;
  readonly #lower: readonly Tier[];
  readonly #counters: Counters;
  readonly #onLookup: CacheOptions['onLookup'];
  readonly #now: () => number;
  #lookups = 0;

  constructor({ log, memory, lower, counters, onLookup, now = Date.now }: CacheOptions) {
    this.#logs = logsOf(log);
    this.#memory = memory;
    this.#lower = lower;
    this.#counters = counters;
    this.#onLookup = onLookup;
    this.#now = now;
  }

  /** Synchronous for a verified, fresh hit in memory, which most hits are. Never rejects. */
  lookup(key: string, demand: Demand = ANY, tenant?: string): Lookup | Promise<Lookup> {
    const entry = this.peek(key, this.#now(), tenant, demand);
    if (!entry) return this.#lookupSlowly(key, demand, tenant);
    return this.#hit({ entry, tier: 'memory' }, 'fresh');
  }

  /**
   * The verified, fresh entry in memory, for callers that count their hits themselves. Undefined: ask
   * `lookup`. `now`, epoch ms, is the caller's: reading the clock takes longer than the rest of this.
   */
  peek(key: string, now: number, tenant?: string, demand: Demand = ANY): Entry | undefined {
    const log = this.#logs.ofKey(key);
    const trust = log.trust();
    if (!('mode' in trust) || trust.mode !== 'verified') return undefined;
    this.#lookups += 1;
    const isTimed = this.#onLookup !== undefined && this.#lookups % MEMORY_SAMPLE === 0;
    const startedAt = isTimed ? performance.now() : 0;
    const entry = this.#memory.getSync(key, now);
    if (!entry || log.replica.judge(entry.header, tenant) !== 'servable') return undefined;
    const use = useOf(entry.header, now, demand);
    if (isTimed) this.#onLookup?.('memory', performance.now() - startedAt);
    return use === 'fresh' ? entry : undefined;
  }

  /** Whether an entry that an earlier look-up found may still be served. */
  async isServable({ header }: Entry, tenant?: string): Promise<boolean> {
    const log = this.#logs.ofKey(header.key);
    if ((await log.trust()).mode === 'none') return false;
    return (await judge(log, header, tenant)) === 'servable';
  }

  /**
   * The entry that a look-up would find, whatever its age, for callers that inspect it and do not
   * serve it. Counts no hit and no miss, and copies nothing between the tiers.
   */
  async find(key: string, tenant?: string): Promise<Found | undefined> {
    if ((await this.#logs.ofKey(key).trust()).mode === 'none') return undefined;
    for (const tier of [this.#memory, ...this.#lower]) {
      const entry = await this.#read(tier, key, tenant);
      if (entry) return { entry, tier: tier.name };
    }
    return undefined;
  }

  /** Says that a newer computation of the key exists, so memory drops the result of an older one. */
  supersede(key: string, newer: EntryIdentity): void {
    const held = this.#memory.getSync(key)?.header;
    if (held && isNewer(newer, held)) void this.#quietly(this.#memory.remove(key, held));
  }

  /** What each tier holds for the key, and what a look-up would make of it; for diagnosis. */
  async explain(key: string, tenant?: string): Promise<readonly Explanation[]> {
    const explain = async (tier: Tier): Promise<Explanation> => {
      const entry = await tier.get(key).catch(() => undefined);
      if (!entry) return { tier: tier.name, state: 'absent' };
      const verdict = await judge(this.#logs.ofKey(key), entry.header, tenant);
      if (verdict !== 'servable') return { tier: tier.name, state: 'fenced', entry };
      const use = useOf(entry.header, this.#now(), ANY);
      return { tier: tier.name, state: use === 'fresh' ? 'fresh' : 'stale', entry };
    };
    return await Promise.all([this.#memory, ...this.#lower].map(explain));
  }

  /** Whether this replica knows invalidation `seq`; asks the log if necessary. */
  async reaches(seq: InvalidationSeq): Promise<boolean> {
    return await this.#logs.reach(seq);
  }

  /** Resolves to the record's number once no tier of any replica will serve the key again. */
  async invalidateKey(key: string, tenant?: string): Promise<InvalidationSeq> {
    const seq = await this.#logs.invalidateKey(key, tenant);
    if (tenant === undefined) await this.#inAll((tier) => tier.remove(key)); // R34
    return seq;
  }

  async invalidateTag(tag: string, tenant?: string): Promise<InvalidationSeq> {
    return await this.#logs.invalidate(scopeOfTag(tag), tenant);
  }

  /** Also frees space in the tiers that this process reaches; the log alone would suffice. */
  async invalidateAll(tenant?: string): Promise<InvalidationSeq> {
    const seq = await this.#logs.invalidate(SCOPE_ALL, tenant);
    if (tenant === undefined) await this.#inAll((tier) => tier.clear()); // R34
    return seq;
  }

  async #lookupSlowly(key: string, demand: Demand, tenant?: string): Promise<Lookup> {
    const trust = await this.#logs.ofKey(key).trust();
    if (trust.mode === 'none') return { outcome: 'untrusted' };
    const unverifiedMs = trust.mode === 'unverified' ? trust.sinceMs : undefined;
    let second: Candidate | undefined;
    let isFenced = false;
    const onFenced = () => {
      isFenced = true;
    };
    for (const tier of [this.#memory, ...this.#lower]) {
      const startedAt = performance.now();
      const entry = await this.#read(tier, key, tenant, onFenced);
      if (tier !== this.#memory) this.#onLookup?.(tier.name, performance.now() - startedAt);
      if (!entry) {
        this.#counters.add(tierField(tier.name, 'misses'));
        continue;
      }
      const use = useOf(entry.header, this.#now(), demand);
      if (use === 'fresh') {
        this.#promote(entry, tier);
        return this.#hit({ entry, tier: tier.name }, use, unverifiedMs);
      }
      // A lower tier may hold an answer that another replica computed since.
      if (!second || isNewer(entry.header, second.entry.header))
        second = { entry, tier: tier.name, use };
    }
    if (!second) return isFenced ? FENCED : MISS;
    const { use } = second;
    if (use === 'revalidate' || use === 'stale') return this.#hit(second, use, unverifiedMs);
    return { outcome: 'miss', refused: second };
  }

  /** The entry that this tier holds, if it may be served. */
  async #read(
    tier: Tier,
    key: string,
    tenant: string | undefined,
    onFenced?: () => void,
  ): Promise<Entry | undefined> {
    let entry: Entry | undefined;
    try {
      entry = await tier.get(key);
    } catch {
      return undefined; // counted by the tier
    }
    if (!entry) return undefined;
    const verdict = await judge(this.#logs.ofKey(key), entry.header, tenant);
    if (verdict === 'servable') return entry;
    // This replica is cut off; for the others this entry is the newest.
    if (verdict === 'ahead') return undefined;
    this.#counters.add('fenced');
    if (verdict !== 'foreign') onFenced?.();
    if (verdict === 'hidden') return undefined; // others may be served it (R34)
    await this.#quietly(tier.remove(key, entry.header));
    return undefined;
  }

  #hit({ entry, tier }: Found, use: Hit['use'], unverifiedMs?: number): Hit {
    this.#counters.add(tierField(tier, 'hits'));
    return {
      outcome: 'hit',
      entry,
      tier,
      use,
      ...(unverifiedMs !== undefined && { unverifiedMs }),
    };
  }

  #promote(entry: Entry, from: Tier): void {
    if (from === this.#memory) return;
    const held = this.#memory.getSync(entry.header.key);
    if (!held || isNewer(entry.header, held.header)) void this.#quietly(this.#memory.put(entry));
    // After the answer: the disk tier's writes are synchronous.
    setImmediate(() => {
      for (const tier of this.#lower) if (tier !== from) void this.#quietly(tier.put(entry));
    });
  }

  async #inAll(work: (tier: Tier) => Promise<unknown>): Promise<void> {
    const tiers = [this.#memory, ...this.#lower];
    await Promise.all(tiers.map((tier) => this.#quietly(work(tier))));
  }

  /** Tiers count their own errors; the caller ignores them. */
  async #quietly(work: Promise<unknown>): Promise<void> {
    await work.catch(() => undefined);
  }
}
