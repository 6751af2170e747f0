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
import { freshnessOf } from './freshness.ts';
import type { InvalidationLog } from './log/invalidation-log.ts';
import { SCOPE_ALL, scopeOfKey, scopeOfTag } from './log/view.ts';
import type { Tier, TierName } from './tier.ts';
import type { MemoryTier } from './tiers/memory.ts';

export type Lookup =
  | {
      readonly outcome: 'hit';
      readonly entry: Entry;
      readonly tier: TierName;
      /** Set when the log is out of reach: how long ago the view was confirmed. Unit: ms. */
      readonly unverifiedMs?: number;
    }
  | { readonly outcome: 'miss' }
  /** The log has been out of reach for too long: nothing may be served. */
  | { readonly outcome: 'untrusted' };

export interface CacheOptions {
  readonly log: InvalidationLog;
  readonly memory: MemoryTier;
  /** Asked in this order after memory. */
  readonly lower: readonly Tier[];
  readonly counters: Counters;
  readonly now?: () => number;
}

const MISS: Lookup = { outcome: 'miss' };
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

  /** Synchronous for a verified hit in memory, which is most of them. Never rejects. */
  lookup(key: string): Lookup | Promise<Lookup> {
    const trust = this.#log.trust();
    if (!('mode' in trust) || trust.mode !== 'verified') return this.#lookupSlowly(key);
    const entry = this.#memory.getSync(key);
    if (entry && this.#isFresh(entry) && this.#log.view.judge(entry.header) === 'servable')
      return this.#hit(entry, 'memory');
    return this.#lookupSlowly(key);
  }

  /** The entry that a look-up would serve, or would once it is trusted: for people who look closer. */
  async inspect(key: string): Promise<{ entry: Entry; tier: TierName } | undefined> {
    for (const tier of [this.#memory, ...this.#lower]) {
      const entry = await this.#read(tier, key);
      if (entry) return { entry, tier: tier.name };
    }
    return undefined;
  }

  /** Whether this replica knows of invalidation `seq`, after asking the log if it has to. */
  async reaches(seq: number): Promise<boolean> {
    const reached = () => (this.#log.view.position?.seq ?? 0) >= seq;
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

  async #lookupSlowly(key: string): Promise<Lookup> {
    const trust = await this.#log.trust();
    if (trust.mode === 'none') return UNTRUSTED;
    for (const tier of [this.#memory, ...this.#lower]) {
      const entry = await this.#read(tier, key);
      if (!entry) {
        this.#counters.add(tierField(tier.name, 'misses'));
        continue;
      }
      this.#promote(entry, tier);
      return this.#hit(entry, tier.name, trust.mode === 'unverified' ? trust.sinceMs : undefined);
    }
    return MISS;
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
    if (!(await this.#isServable(entry))) {
      this.#counters.add('fenced');
      await this.#quietly(tier.remove(key, entry.header));
      return undefined;
    }
    return this.#isFresh(entry) ? entry : undefined;
  }

  async #isServable({ header }: Entry): Promise<boolean> {
    const { view } = this.#log;
    let verdict = view.judge(header);
    if (verdict === 'ahead') {
      // Written by somebody who has seen more of the log than this replica.
      await this.#log.catchUp();
      verdict = view.judge(header);
    }
    if (verdict === 'ahead') {
      // Ahead of the head itself: the log has lost records. Only a new epoch is safe then.
      await this.#log.suspect(header.token);
      verdict = view.judge(header);
    }
    return verdict === 'servable';
  }

  #isFresh({ header }: Entry): boolean {
    return freshnessOf(header, this.#now()) === 'fresh';
  }

  #hit(entry: Entry, tier: TierName, unverifiedMs?: number): Lookup {
    this.#counters.add(tierField(tier, 'hits'));
    return { outcome: 'hit', entry, tier, ...(unverifiedMs !== undefined && { unverifiedMs }) };
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
