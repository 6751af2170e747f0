/**
 * Writes a run's result to the tiers that outlive this process, before the run is announced as done
 * (protocol section 6). Whether the entry may be served is decided when it is read; a tier that
 * fails keeps nobody waiting: the run's own copy in the queue Redis answers those who asked.
 */
import { type Entry, lifetimeFor, type Tier } from '@deja/cache-core';
import type { Attempt } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger } from '@deja/runtime';
import type { Computed } from './attempt.ts';

export interface EntryWriterOptions {
  readonly tiers: readonly Tier[];
  readonly defaultTtlMs: number;
  /** How long a stale entry is kept, even where its model would not serve it. Unit: ms. */
  readonly keepStaleMs: number;
  readonly jitter: number;
  readonly log: Logger;
}

export class EntryWriter {
  readonly #options: EntryWriterOptions;

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  async write(attempt: Attempt, model: Model, { members, computeMs }: Computed): Promise<void> {
    if (!attempt.store || !model.cache) return;
    const { defaultTtlMs, keepStaleMs, jitter } = this.#options;
    const { key, token, no, tags } = attempt;
    const createdAt = Date.now();
    const freshMs = model.cache.freshMs ?? defaultTtlMs;
    const staleMs = Math.max(model.cache.staleMs, model.cache.staleIfErrorMs, keepStaleMs);
    const life = lifetimeFor(key, { freshMs, staleMs, jitter });
    const freshUntil = createdAt + life.freshMs;
    const staleUntil = freshUntil + life.staleMs;
    const header = { key, model: model.name, tags, createdAt, freshUntil, staleUntil };
    const entry = { header: { ...header, token, no, computeMs }, body: Buffer.from(members) };
    await this.#inEachTier((tier) => tier.put(entry satisfies Entry));
  }

  /** Frees the space of an entry that no reader would serve. */
  async remove({ key, token, no }: Attempt): Promise<void> {
    await this.#inEachTier((tier) => tier.remove(key, { token, no }));
  }

  async #inEachTier(work: (tier: Tier) => Promise<unknown>): Promise<void> {
    await Promise.all(
      this.#options.tiers.map(async (tier) => {
        try {
          await work(tier);
        } catch (err) {
          this.#options.log.warn({ err, tier: tier.name }, 'tier did not take the entry');
        }
      }),
    );
  }
}
