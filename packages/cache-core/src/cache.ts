/**
 * Look-up over the tiers: memory, then Redis, then disk.
 *
 *  - whether an entry may be served is judged when it is read, in every tier, by the view of the
 *    invalidation log; what is not servable is a miss, counted, and removed where it was met;
 *  - a hit in a lower tier is copied to the others as it is, with the life it has left;
 *  - a tier that fails is a miss in that tier and an error in its figures, never an error of the caller;
 *  - a replica that can not reach the log says so with each answer, and stops after a bound.
 */
import { type Counters, tierField } from './counters.ts';
import { type Entry, isNewer } from './entry.ts';
import { type Demand, type Use, useOf } from './freshness.ts';
import type { InvalidationLog } from './log/invalidation-log.ts';
import { SCOPE_ALL, scopeOfKey, scopeOfTag, type Verdict } from './log/replica.ts';
import type { EntryIdentity, Tier, TierName } from './tier.ts';
import type { MemoryTier } from './tiers/memory/memory.ts';

/** An entry, and the tier in which it was found. */
export interface Found {
  readonly entry: Entry;
  readonly tier: TierName;
}

export interface Hit extends Found {
  readonly outcome: 'hit';
  /** Why it may be served: see `Use`. */
  readonly use: 'fresh' | 'revalidate' | 'stale';
  /** Set when the log is out of reach: how long ago the view was confirmed. Unit: ms. */
  readonly unverifiedMs?: number;
}

export type Lookup =
  | Hit
  /** `refused`: the newest entry that may be served but is not what this reader accepts. */
  | { readonly outcome: 'miss'; readonly refused?: Found & { readonly use: Use } }
  /** The log has been out of reach for too long: nothing may be served. */
  | { readonly outcome: 'untrusted' };

/** What one tier holds of a key. */
export type Explanation =
  | { readonly tier: TierName; readonly state: 'absent' }
  | {
      readonly tier: TierName;
      readonly state: 'fresh' | 'stale' | 'fenced';
      readonly entry: Entry;
    };

interface Candidate extends Found {
  readonly use: Use;
}

export interface CacheOptions {
  readonly log: InvalidationLog;
  readonly memory: MemoryTier;
  /** Asked in this order after memory. */
  readonly lower: readonly Tier[];
  readonly counters: Counters;
  readonly now?: () => number;
}

const MISS: Lookup = { outcome: 'miss' };
const ANY: Demand = {};
const UNTRUSTED: Lookup = { outcome: 'untrusted' };

export class Cache {
  readonly #log: InvalidationLog;
  readonly #memory: MemoryTier;
  readonly #lower: readonly Tier[];
  readonly #counters: Counters;
  readonly #now: () => number;

  constructor({ log, memory, lower, counters, now = Date.now }: CacheOptions) {
    this.#log = log;
    this.#memory = memory;
    this.#lower = lower;
    this.#counters = counters;
    this.#now = now;
  }

  /** Synchronous for a verified, fresh hit in memory, which is most of them. Never rejects. */
  lookup(key: string, demand: Demand = ANY): Lookup | Promise<Lookup> {
    const trust = this.#log.trust();
    if (!('mode' in trust) || trust.mode !== 'verified') return this.#lookupSlowly(key, demand);
    const now = this.#now(); // once: reading the clock costs more than the rest of a hit
    const entry = this.#memory.getSync(key, now);
    if (entry && this.#log.replica.judge(entry.header) === 'servable') {
      const use = useOf(entry.header, now, demand);
      if (use === 'fresh') return this.#hit({ entry, tier: 'memory' }, use);
    }
    return this.#lookupSlowly(key, demand);
  }

  /** Whether an entry that a look-up found before may still be served now. */
  async isServable(entry: Entry): Promise<boolean> {
    const trust = await this.#log.trust();
    return trust.mode !== 'none' && (await this.#isServable(entry));
  }

  /**
   * What a look-up would find, whatever its age: for those who want to know of an entry and serve it
   * to nobody. Counts no hit and no miss, and copies nothing between the tiers.
   */
  async find(key: string): Promise<Found | undefined> {
    if ((await this.#log.trust()).mode === 'none') return undefined;
    for (const tier of [this.#memory, ...this.#lower]) {
      const entry = await this.#read(tier, key);
      if (entry) return { entry, tier: tier.name };
    }
    return undefined;
  }

  /** A newer computation of the key is known of: what memory holds of an older one goes. */
  supersede(key: string, newer: EntryIdentity): void {
    const held = this.#memory.getSync(key)?.header;
    if (held && isNewer(newer, held)) void this.#quietly(this.#memory.remove(key, held));
  }

  /** What each tier holds of the key, and what a look-up makes of it: for people who look closer. */
  async explain(key: string): Promise<readonly Explanation[]> {
    const explain = async (tier: Tier): Promise<Explanation> => {
      const entry = await tier.get(key).catch(() => undefined);
      if (!entry) return { tier: tier.name, state: 'absent' };
      if (!(await this.#isServable(entry))) return { tier: tier.name, state: 'fenced', entry };
      const use = useOf(entry.header, this.#now(), ANY);
      return { tier: tier.name, state: use === 'fresh' ? 'fresh' : 'stale', entry };
    };
    return await Promise.all([this.#memory, ...this.#lower].map(explain));
  }

  /** Whether this replica knows of invalidation `seq`, after asking the log if it has to. */
  async reaches(seq: number): Promise<boolean> {
    const reached = () => (this.#log.replica.position?.seq ?? 0) >= seq;
    if (!reached()) await this.#log.catchUp();
    return reached();
  }

  /** Resolves to the record's sequence number when no tier of any replica will serve the key again. */
  async invalidateKey(key: string): Promise<number> {
    const seq = await this.#log.invalidate(scopeOfKey(key));
    await Promise.all(
      [this.#memory, ...this.#lower].map((tier) => this.#quietly(tier.remove(key))),
    );
    return seq;
  }

  async invalidateTag(tag: string): Promise<number> {
    return await this.#log.invalidate(scopeOfTag(tag));
  }

  /** Also frees the space in the tiers that this process reaches; the log alone would be enough. */
  async invalidateAll(): Promise<number> {
    const seq = await this.#log.invalidate(SCOPE_ALL);
    await Promise.all([this.#memory, ...this.#lower].map((tier) => this.#quietly(tier.clear())));
    return seq;
  }

  async #lookupSlowly(key: string, demand: Demand): Promise<Lookup> {
    const trust = await this.#log.trust();
    if (trust.mode === 'none') return UNTRUSTED;
    const unverifiedMs = trust.mode === 'unverified' ? trust.sinceMs : undefined;
    let second: Candidate | undefined;
    for (const tier of [this.#memory, ...this.#lower]) {
      const entry = await this.#read(tier, key);
      if (!entry) {
        this.#counters.add(tierField(tier.name, 'misses'));
        continue;
      }
      const use = useOf(entry.header, this.#now(), demand);
      if (use === 'fresh') {
        this.#promote(entry, tier);
        return this.#hit({ entry, tier: tier.name }, use, unverifiedMs);
      }
      // A lower tier may hold what another replica has computed since.
      if (!second || isNewer(entry.header, second.entry.header))
        second = { entry, tier: tier.name, use };
    }
    if (!second) return MISS;
    const { use } = second;
    if (use === 'revalidate' || use === 'stale') return this.#hit(second, use, unverifiedMs);
    return { outcome: 'miss', refused: second };
  }

  /** What this tier holds, if it may be served. */
  async #read(tier: Tier, key: string): Promise<Entry | undefined> {
    let entry: Entry | undefined;
    try {
      entry = await tier.get(key);
    } catch {
      return undefined; // counted by the tier
    }
    if (!entry) return undefined;
    const verdict = await this.#judge(entry);
    if (verdict === 'servable') return entry;
    if (verdict === 'ahead') return undefined; // this replica is cut off; for others it is the newest
    this.#counters.add('fenced');
    await this.#quietly(tier.remove(key, entry.header));
    return undefined;
  }

  async #isServable(entry: Entry): Promise<boolean> {
    return (await this.#judge(entry)) === 'servable';
  }

  /** 'ahead' only where the log can not be asked. */
  async #judge({ header }: Entry): Promise<Verdict> {
    const { replica } = this.#log;
    let verdict = replica.judge(header);
    if (verdict === 'ahead') {
      // Written by somebody who has seen more of the log than this replica.
      await this.#log.catchUp();
      verdict = replica.judge(header);
    }
    if (verdict === 'ahead') {
      // Ahead of the head itself: the log has lost records. Only a new epoch is safe then.
      await this.#log.suspect(header.token);
      verdict = replica.judge(header);
    }
    return verdict;
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

  /** Tiers count their own errors; to the caller they are nothing. */
  async #quietly(work: Promise<unknown>): Promise<void> {
    await work.catch(() => undefined);
  }
}
