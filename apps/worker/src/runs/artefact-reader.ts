/**
 * What a computation may use of what earlier ones left (R28).
 *
 * An artefact is an entry in the tiers, under a key of its own. This process has no copy of the
 * invalidation log: whether an artefact may be used is judged by the queue Redis, at every read, and in the
 * same step the run takes on its scopes. So whoever joins the run, publishes it, or reads its result
 * later, judges it by the artefact's scopes, too.
 */
import { artefactKeyFor, type EntryHeader, type Tier } from '@deja/cache-core';
import type { Attempt, RunStore } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { FoundArtefact } from '../slots/messages.ts';

export interface Reader {
  /** Never rejects: an artefact that can not be had is none. */
  readonly read: (name: string) => Promise<FoundArtefact | undefined>;
  /** What was handed out, but for the names that the computation has dismissed. */
  readonly sources: (dismissed: readonly string[]) => EntryHeader[];
}

export interface ReaderOptions {
  readonly runs: Pick<RunStore, 'inheritScopes'>;
  readonly tiers: readonly Pick<Tier, 'name' | 'get'>[];
  readonly now?: () => number;
}

/** Names that one computation may read; the run's record holds the scopes of each. */
const MAX_READS = 16;

export function createReader(attempt: Attempt, model: Model, options: ReaderOptions): Reader {
  const { runs, tiers, now = Date.now } = options;
  const handedOut = new Map<string, EntryHeader>();
  let reads = 0;
  const read = async (name: string): Promise<FoundArtefact | undefined> => {
    reads += 1;
    if (attempt.bypassArtefacts || reads > MAX_READS) return undefined;
    const key = artefactKeyOf(model, name);
    for (const tier of tiers) {
      const entry = await tier.get(key).catch(() => undefined);
      if (!entry || entry.header.freshUntil <= now()) continue;
      const mayUse = await runs
        .inheritScopes(attempt.run, attempt.attemptId, entry.header)
        .catch(() => false);
      if (!mayUse) continue;
      handedOut.set(name, entry.header);
      return { bytes: entry.body, tier: tier.name, createdAt: entry.header.createdAt };
    }
    return undefined;
  };
  const sources = (dismissed: readonly string[]) =>
    [...handedOut].filter(([name]) => !dismissed.includes(name)).map(([, header]) => header);
  return { read, sources };
}

export function artefactKeyOf({ name: model, version, engine }: Model, name: string): string {
  return artefactKeyFor({ model, version, engine, name });
}
