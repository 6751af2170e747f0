/**
 * Writes a run's result to the tiers that outlive this process: to Redis before the run is
 * announced as ended (docs/protocol.md#entries), to the other tiers meanwhile. Readers decide
 * whether the entry may be served. A failing tier delays nobody: the run's own copy in the queue
 * Redis answers the waiters.
 */
import { hash } from 'node:crypto';
import {
  DEFAULT_TENANT,
  type Entry,
  type EntryHeader,
  lifetimeFor,
  type Tier,
} from '@deja/cache-core';
import type { Attempt } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { artefactKeyOf } from './artefact-reader.ts';
import type { Computed } from './attempt.ts';

/** The entries from which an answer was made. */
type Sources = readonly Pick<EntryHeader, 'key' | 'tags' | 'derivedFrom'>[];

/** An answer, and the attempt and model that gave it. */
export interface Published {
  readonly attempt: Attempt;
  readonly model: Model;
  readonly computed: Computed;
  readonly sources: Sources;
}

export interface EntryWriterOptions {
  /** Redis first. */
  readonly tiers: readonly Tier[];
  readonly defaultTtlMs: number;
  /** How long a stale entry is kept, even if its model would not serve it. Unit: ms. */
  readonly keepStaleMs: number;
  readonly jitter: number;
  readonly log: Logger;
}

export class EntryWriter {
  readonly #options: EntryWriterOptions;

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  /** The answer and the artefacts of its computation; nothing if it must not be stored. */
  entriesOf({ attempt, model, computed, sources }: Published): readonly Entry[] {
    if (!attempt.store || !model.cache) return [];
    const { defaultTtlMs, keepStaleMs, jitter } = this.#options;
    const { payload, report, computeMs } = computed;
    const { key, log, token, runSeq } = attempt;
    const createdAt = Date.now();
    const tags = union(attempt.tags, ...sources.map((source) => source.tags));
    const derivedFrom = union(...sources.map(({ key, derivedFrom = [] }) => [key, ...derivedFrom]));
    const common = {
      ...{ model: model.name, tenant: DEFAULT_TENANT, tags, createdAt },
      ...{ log, token, runSeq, computeMs },
      ...(derivedFrom.length > 0 && { derivedFrom }),
    };
    const ownMs = model.cache.freshMs ?? defaultTtlMs;
    const freshMs = Math.min(ownMs, report.freshMs ?? ownMs);
    const staleMs = Math.max(model.cache.staleMs, model.cache.staleIfErrorMs, keepStaleMs);
    const life = lifetimeFor(key, { freshMs, staleMs, jitter });
    const freshUntil = createdAt + life.freshMs;
    const staleUntil = freshUntil + life.staleMs;
    const answer = {
      header: { ...common, key, freshUntil, staleUntil, digest: digestOf(payload) },
      body: Buffer.from(payload),
    };
    const artefacts = report.kept.map(({ name, bytes, keepMs }): Entry => {
      const until = createdAt + Math.floor(keepMs);
      const times = { freshUntil: until, staleUntil: until };
      const own = { key: artefactKeyOf(attempt, model, name), ...times, digest: '' };
      return { header: { ...common, ...own }, body: Buffer.from(bytes) };
    });
    return [...artefacts, answer];
  }

  /** Resolves when the run may be finalised: the first tier has the entries, or has failed. */
  async writeFirst(entries: readonly Entry[]): Promise<void> {
    await this.#put(entries, this.#options.tiers.slice(0, 1));
  }

  /** Writes to the tiers for which nobody waits. */
  async writeOthers(entries: readonly Entry[]): Promise<void> {
    await this.#put(entries, this.#options.tiers.slice(1));
  }

  /** Frees the space of an entry that no reader would serve. */
  async remove({ key, token, runSeq }: Attempt): Promise<void> {
    await this.#in(this.#options.tiers, (tier) => tier.remove(key, { token, runSeq }));
  }

  async #put(entries: readonly Entry[], tiers: readonly Tier[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.#in(tiers, (tier) => tier.put(entry))));
  }

  async #in(tiers: readonly Tier[], work: (tier: Tier) => Promise<unknown>): Promise<void> {
    await Promise.all(
      tiers.map(async (tier) => {
        try {
          await work(tier);
        } catch (err) {
          this.#options.log.warn({ err, tier: tier.name }, 'tier did not take the entry');
        }
      }),
    );
  }
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

/** Matches times as `toISOString` writes them, and how long a computation took. */
const TIMES = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"|"compute_ms":[\d.e+-]+/g;

/** Equal for two answers that differ only in when and how fast they were computed. */
export function digestOf(payload: string): string {
  return hash('sha256', payload.replace(TIMES, ''), 'hex').slice(0, 32);
}
