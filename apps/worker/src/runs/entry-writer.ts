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
export type Sources = readonly Pick<EntryHeader, 'key' | 'tags' | 'derivedFrom'>[];

export interface EntryWriterOptions {
  /** Redis first. */
  readonly tiers: readonly Tier[];
  /**
   * Whether the Redis tier uses the connection that finalises runs: then it is enough that the
   * entry has been sent.
   */
  readonly sharesConnection: boolean;
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

  /**
   * Writes the answer and the artefacts of its computation. Resolves when the run may be finalised,
   * to a function that writes the rest.
   */
  async write(
    attempt: Attempt,
    model: Model,
    computed: Computed,
    sources: Sources,
  ): Promise<() => Promise<void>> {
    if (!attempt.store || !model.cache) return async () => {};
    const { defaultTtlMs, keepStaleMs, jitter } = this.#options;
    const { payload, report, computeMs } = computed;
    const { log, token, runSeq } = attempt;
    const createdAt = Date.now();
    const tags = union(attempt.tags, ...sources.map((source) => source.tags));
    const derivedFrom = union(...sources.map(({ key, derivedFrom = [] }) => [key, ...derivedFrom]));
    const common = {
      ...{ model: model.name, tenant: DEFAULT_TENANT, tags, createdAt },
      ...{ log, token, runSeq, computeMs },
      ...(derivedFrom.length > 0 && { derivedFrom }),
    };
    const { key } = attempt;
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
    const entries = [...artefacts, answer];
    const [redis, ...others] = this.#options.tiers;
    const puts = redis ? entries.map((entry) => this.#put(redis, entry)) : [];
    await Promise.all(puts.map(({ ahead }) => ahead));
    return async () => {
      const rest = entries.map((entry) => this.#in(others, (tier) => tier.put(entry)));
      await Promise.all([...puts.map(({ settled }) => settled), ...rest]);
    };
  }

  /** `ahead` resolves once everything sent to the queue Redis from then on arrives after the entry. */
  #put(tier: Tier, entry: Entry) {
    const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
    const settled = this.#in([tier], () => tier.put(entry, onSent));
    return {
      settled,
      ahead: this.#options.sharesConnection ? Promise.race([sent, settled]) : settled,
    };
  }

  /** Frees the space of an entry that no reader would serve. */
  async remove({ key, token, runSeq }: Attempt): Promise<void> {
    await this.#in(this.#options.tiers, (tier) => tier.remove(key, { token, runSeq }));
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

/** Moments as `toISOString` writes them, and how long a computation took. */
const TIMES = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"|"compute_ms":[\d.e+-]+/g;

/** Equal for two answers that differ only in when, and how fast, they were computed. */
export function digestOf(payload: string): string {
  return hash('sha256', payload.replace(TIMES, ''), 'hex').slice(0, 32);
}
