/**
 * Reads the artefacts that earlier computations kept, and only those that this run may use (R28).
 *
 * An artefact is an entry in the tiers under its own key. This process has no copy of the
 * invalidation log, so the queue Redis judges at every read whether the run may use the artefact.
 * In the same step the run takes on the artefact's scopes. So whoever joins the run, publishes it,
 * or reads its result later also judges it by these scopes.
 */
import { artefactKeyFor, type EntryHeader, type Tier } from '@deja/cache-core';
import type { Attempt, RunStore } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { FoundArtefact, GivenArtefact } from '../isolation/messages.ts';

export interface Reader {
  /** Reads what the model says can serve this input, if it is small; see `read`. */
  readonly readAhead: () => Promise<readonly GivenArtefact[]>;
  /** Never rejects: an artefact that cannot be read counts as absent. */
  readonly read: (name: string) => Promise<FoundArtefact | undefined>;
  /** The artefacts that were handed out, except those that the computation dismissed. */
  readonly sources: (dismissed: readonly string[]) => EntryHeader[];
}

export interface ReaderOptions {
  readonly runs: Pick<RunStore, 'inheritScopes'>;
  readonly tiers: readonly Pick<Tier, 'name' | 'get'>[];
  readonly now?: () => number;
}

/** Most names that one computation may read; the run's record holds the scopes of each. */
const MAX_READS = 16;

export function createReader(attempt: Attempt, model: Model, options: ReaderOptions): Reader {
  const { runs, tiers, now = Date.now } = options;
  const handedOut = new Map<string, EntryHeader>();
  let reads = 0;
  const read = async (name: string): Promise<FoundArtefact | undefined> => {
    reads += 1;
    if (attempt.bypassArtefacts || reads > MAX_READS) return undefined;
    const key = artefactKeyOf(attempt, model, name);
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
  const readAhead = async () => {
    if (attempt.bypassArtefacts) return [];
    const { artefacts } = factsOf(attempt, model);
    return await Promise.all(artefacts.map(async (name) => ({ name, found: await read(name) })));
  };
  const sources = (dismissed: readonly string[]) =>
    [...handedOut].filter(([name]) => !dismissed.includes(name)).map(([, header]) => header);
  return { read, readAhead, sources };
}

/** What the worker itself must know of an input. */
interface InputFacts {
  readonly group: string | undefined;
  /** A model whose work is long can tell that this is short. */
  readonly isSmall: boolean;
  /** Names of artefacts that can serve it; none of a large input, whose own slot has more time for it. */
  readonly artefacts: readonly string[];
}

/** Above this length the names of its artefacts take a ms and more. */
const MAX_AHEAD_CHARS = 65_536;
/** By attempt: knowing them requires parsing the input. */
const facts = new WeakMap<Attempt, InputFacts>();

export function factsOf(attempt: Attempt, model: Model): InputFacts {
  let known = facts.get(attempt);
  known ??= readFacts(attempt, model);
  facts.set(attempt, known);
  return known;
}

function readFacts({ input: json }: Attempt, model: Model): InputFacts {
  try {
    const input: unknown = JSON.parse(json);
    return {
      group: model.group?.(input),
      isSmall: model.lane === 'long' && model.laneOf?.(input) === 'short',
      artefacts: json.length > MAX_AHEAD_CHARS ? [] : (model.artefacts?.(input) ?? []),
    };
  } catch {
    return { group: undefined, isSmall: false, artefacts: [] }; // the slot says what is wrong
  }
}

/** Artefacts are found by a name, so they are the tenant's own whatever the scope of the model is. */
export function artefactKeyOf(attempt: Attempt, model: Model, name: string): string {
  const { group } = factsOf(attempt, model);
  const { name: modelName, version, engine } = model;
  const { tenant } = attempt;
  return artefactKeyFor({ model: modelName, version, engine, tenant, group, name });
}
