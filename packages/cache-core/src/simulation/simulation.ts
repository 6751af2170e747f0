/**
 * What if a tier were larger or smaller, or answers were fresh for longer? Miniatures of the tiers see
 * the look-ups of this process that concern a sample of the keys (miniature.ts, sample.ts).
 *
 *  - the memory tier is simulated with its own policy, and the lowest tier that is bounded with its own;
 *  - an entry that was invalidated or replaced is no hit in a miniature either;
 *  - at most `maxKeys` keys are followed; the sample is halved where there are more;
 *  - a look-up of a key outside the sample costs a comparison and a few additions, and so do repeated
 *    hits of one entry within a second.
 *
 * An entry of which this process has seen nothing yet counts as held by the lower tier that gave it.
 */

import type { EntryHeader } from '../entry.ts';
import type { Found } from '../lookup.ts';
import type { TierName } from '../tier.ts';
import { addCounts, Counts, FACTORS, type TierCounts } from './counts.ts';
import { FollowedKey, type FollowedRequest } from './followed-key.ts';
import { createMiniature, type Miniature, type SizedHeader } from './miniature.ts';
import { KeySample } from './sample.ts';
import { StoredSizes } from './stored-sizes.ts';

export interface SimulatedTier {
  readonly tier: TierName;
  readonly maxBytes: number;
  /** Default: no bound. */
  readonly maxEntries?: number;
}

export interface SimulationOptions {
  /** Memory first. */
  readonly tiers: readonly SimulatedTier[];
  /** Whether an entry may be served as far as invalidations go. */
  readonly isServable: (header: EntryHeader) => boolean;
  /** How long answers of a model are fresh. Unit: ms. */
  readonly freshMsOf: (model: string) => number;
  /** By how much jitter may shorten that. In 0..1. */
  readonly jitter: number;
  /** Most keys to follow. Default: 4096. */
  readonly maxKeys?: number;
  readonly now?: () => number;
}

export interface SimulationReport {
  readonly counts: Counts;
  readonly followedKeys: number;
  readonly tiers: readonly SimulatedTier[];
}

const DAY_MS = 86_400_000;

export class CacheSimulation {
  readonly #options: Required<SimulationOptions>;
  readonly #sample = new KeySample();
  readonly #sizes = new StoredSizes();
  readonly #keys = new Map<string, FollowedKey>();
  /** By tier, then by factor. */
  readonly #miniatures: readonly (readonly Miniature[])[];
  #before: Counts | undefined;
  #counts: Counts;

  constructor(options: SimulationOptions) {
    this.#options = {
      ...{ maxKeys: 4096, now: Date.now },
      ...options,
    };
    this.#counts = new Counts(this.#options.now(), options.tiers.length);
    this.#miniatures = this.#create();
  }

  /** A look-up found a fresh entry. */
  hit({ entry, tier }: Found): void {
    const { header, body } = entry;
    const now = this.#sample.has(header.key) ? this.#tick() : undefined;
    const counts = this.#counts;
    const model = this.#request(header.model);
    const [memory, lower] = counts.tiers;
    if (memory && tier === 'memory') countReal(memory, header);
    if (lower) countReal(lower, header);
    if (now === undefined) return;
    const key = this.#follow(header.key, now);
    if (tier === 'memory' && key.isRepeat(header, now)) return;
    const weight = this.#sample.weight * key.look(now);
    const before = key.header;
    const isOther = key.take(
      header,
      body.byteLength,
      model,
      () => !!before && !this.#options.isServable(before),
    );
    if (isOther) this.#sizes.learn(entry);
    this.#requestOf(key, header.model, { now, weight });
    const current = key.header ?? header;
    for (let at = 0; at < this.#miniatures.length; at += 1) {
      const miniatures = this.#miniatures[at] as readonly Miniature[];
      const ofTier = counts.tiers[at] as TierCounts;
      // What memory answers never reaches a lower tier, whatever its size.
      const isPast = at > 0 && tier === 'memory';
      const isHit = isPast || (at > 0 && isOther);
      for (let index = 0; index < miniatures.length; index += 1) {
        const miniature = miniatures[index] as Miniature;
        const held = isPast ? undefined : miniature.get(header.key, now);
        const isHeld = !!held && held.runSeq === current.runSeq && held.freshUntil > now;
        if (isHit || isHeld) countSimulated(ofTier, index, weight, current);
        if (!isPast && !isHeld) miniature.put(this.#sized(key, current), now);
      }
    }
  }

  /** How long a look-up in a lower tier took, which a hit in memory saves. Unit: ms. */
  lookedUp(ms: number): void {
    this.#counts.lowerLookups += 1;
    this.#counts.lowerMs += ms;
  }

  /** A look-up found nothing, so the answer is computed. */
  missed(name: string, model: string): void {
    const now = this.#sample.has(name) ? this.#tick() : undefined;
    this.#request(model);
    if (now === undefined) return;
    const { isServable } = this.#options;
    const key = this.#follow(name, now);
    if (key.header && !isServable(key.header)) key.forget();
    key.look(now); // repeats before it were hits, as what is not counted is
    const { weight } = this.#sample;
    this.#requestOf(key, model, { now, weight });
    for (const [at, miniatures] of this.#miniatures.entries())
      for (const [index, miniature] of miniatures.entries()) {
        const held = miniature.get(name, now);
        if (held && held.freshUntil > now && isServable(held))
          countSimulated(this.#counts.tiers[at] as TierCounts, index, weight, held);
      }
  }

  /** Of one to two days. */
  report(): SimulationReport {
    const counts = new Counts(
      this.#before?.since ?? this.#counts.since,
      this.#options.tiers.length,
    );
    for (const each of [this.#before, this.#counts]) if (each) addCounts(counts, each);
    return { counts, followedKeys: this.#keys.size, tiers: this.#options.tiers };
  }

  /** The time, of which only requests of sampled keys ask: reading the clock takes longer than all else. */
  #tick(): number {
    const now = this.#options.now();
    if (now - this.#counts.since > DAY_MS) {
      this.#before = this.#counts;
      this.#counts = new Counts(now, this.#options.tiers.length);
    }
    return now;
  }

  #request(model: string) {
    const counts = this.#counts;
    const ofModel = counts.modelOf(model);
    counts.all += 1;
    ofModel.all += 1;
    return ofModel;
  }

  #requestOf(key: FollowedKey, model: string, at: Pick<FollowedRequest, 'now' | 'weight'>): void {
    const { freshMsOf, jitter } = this.#options;
    this.#counts.sampled += at.weight;
    const freshMs = freshMsOf(model);
    const least = freshMs * (1 - jitter) - 1000;
    key.request({ ...at, freshMs, least }, this.#counts.modelOf(model));
  }

  #sized(key: FollowedKey, header: EntryHeader): SizedHeader {
    const { bodyBytes } = key;
    return { header, bodyBytes, storedBytes: this.#sizes.of(header.model, bodyBytes) };
  }

  #follow(name: string, now: number): FollowedKey {
    const known = this.#keys.get(name);
    const key = known ?? new FollowedKey();
    key.seenAt = now;
    if (known) return key;
    this.#keys.set(name, key);
    if (this.#keys.size > this.#options.maxKeys) this.#makeRoom(now);
    return key;
  }

  /** Forgets keys that nobody asked for within a day; if that is not enough, every other key. */
  #makeRoom(now: number): void {
    for (const [name, { seenAt }] of this.#keys) if (now - seenAt > DAY_MS) this.#keys.delete(name);
    if (this.#keys.size <= this.#options.maxKeys * 0.9) return;
    this.#sample.halve();
    const all = this.#miniatures.flat();
    for (const name of this.#keys.keys()) {
      if (this.#sample.has(name)) continue;
      this.#keys.delete(name);
      for (const miniature of all) miniature.remove(name);
    }
    for (const miniature of all) miniature.scale(this.#sample.rate);
  }

  #create(): Miniature[][] {
    return this.#options.tiers.map(({ tier, maxBytes, maxEntries = Number.MAX_SAFE_INTEGER }) =>
      FACTORS.map((factor) => createMiniature({ tier, maxBytes: maxBytes * factor, maxEntries })),
    );
  }
}

function countReal(tier: TierCounts, { computeMs }: EntryHeader): void {
  tier.hits += 1;
  tier.savedMs += computeMs;
}

function countSimulated(
  { simulatedHits, simulatedMs }: TierCounts,
  factor: number,
  weight: number,
  { computeMs }: EntryHeader,
): void {
  simulatedHits[factor] = (simulatedHits[factor] as number) + weight;
  simulatedMs[factor] = (simulatedMs[factor] as number) + weight * computeMs;
}
