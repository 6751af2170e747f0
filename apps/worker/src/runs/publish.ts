/**
 * What follows a computed answer. While it is published, its artefacts are listed. Afterwards it is
 * counted, the uses of artefacts are recorded, and if it is provisional, a background run computes a
 * better one. All of this is best effort and delays nobody.
 */
import { type Counters, modelField } from '@deja/cache-core';
import type { ArtefactIndex } from '@deja/cache-core/redis';
import { type Attempt, newRunId, type RunQueues, type RunStore, refreshJobId } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { artefactKeyOf } from './artefact-reader.ts';
import type { Computed } from './attempt.ts';
import type { Sources } from './entry-writer.ts';

export interface Published {
  readonly attempt: Attempt;
  readonly model: Model;
  readonly computed: Computed;
  readonly sources: Sources;
}

export interface ListingOptions {
  readonly index: ArtefactIndex;
  readonly log: Logger;
}

export interface PublishedOptions extends ListingOptions {
  readonly runs: RunStore;
  readonly queues: Pick<RunQueues, 'add'>;
  readonly counters: Counters;
}

/** A background refresh that has not ended by then is abandoned. */
const REFRESH_DEADLINE_MS = 3_600_000;
const MODEL_ID = 'model_id:';

/** Sent before FINALISE, so that whoever has the answer finds its artefacts in the list. */
export function listArtefacts({ index, log }: ListingOptions): (published: Published) => void {
  return ({ attempt, model, computed: { report } }) => {
    const id = attempt.tags.find((tag) => tag.startsWith(MODEL_ID));
    if (!attempt.store || id === undefined) return;
    for (const { name, facts, keepMs } of report.kept) {
      if (facts === undefined) continue;
      const artefact = { group: `${model.name}/${id}`, key: artefactKeyOf(attempt, model, name) };
      quietly(log, 'list of artefacts', index.add({ ...artefact, facts, keepMs }));
    }
  };
}

export function onPublished(options: PublishedOptions): (published: Published) => void {
  const { counters, index, log } = options;
  return ({ attempt, model, computed: { report }, sources }) => {
    for (const what of report.counts) counters.add(modelField(model.name, `outcome:${what}`));
    for (const { key } of sources) quietly(log, 'use of an artefact', index.used(key));
    if (report.provisional && attempt.store)
      quietly(log, 'background refresh', computeAnew(attempt, options));
  };
}

function quietly(log: Logger, what: string, work: Promise<unknown>): void {
  work.catch((err: unknown) => log.debug({ err }, what));
}

/** The run that replaces a provisional answer. It uses no artefact and waits behind all other work. */
async function computeAnew(
  { key, model, version, engine, tags, runSeq, input }: Attempt,
  { runs, queues }: PublishedOptions,
): Promise<void> {
  const run = newRunId();
  const request = {
    ...{ run, key, model, version, engine, tags, job: refreshJobId(run) },
    ...({ lane: 'refresh', refresh: true, bypassArtefacts: true } as const),
    deadlineMs: REFRESH_DEADLINE_MS,
    afterRunSeq: runSeq, // a computation that others started since is as new as this one would be
  };
  const reply = await runs.join(request, input);
  if (reply.outcome !== 'done') await queues.add({ run: reply.run, key, lane: reply.lane });
}
