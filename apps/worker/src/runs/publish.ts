/**
 * Publishes an answer.
 *
 *  entries to Redis, artefacts listed → FINALISE, entries to disk → what goes with the answer
 *
 * Whoever hears that the run has ended finds its entry and its artefacts. What goes with an answer is
 * best effort and delays nobody: the answer is counted, the uses of artefacts are recorded, and if it
 * is provisional, a background run computes a better one.
 */
import { type Counters, modelField } from '@deja/cache-core';
import type { ArtefactIndex } from '@deja/cache-core/redis';
import {
  type Attempt,
  type FinaliseReply,
  type RunQueues,
  type RunStore,
  submitRefresh,
} from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import { artefactKeyOf } from './artefact-reader.ts';
import type { EntryWriter, Published } from './entry-writer.ts';

export interface PublishOptions {
  readonly writer: EntryWriter;
  readonly index: Pick<ArtefactIndex, 'add' | 'used'>;
  readonly runs: Pick<RunStore, 'join'>;
  readonly queues: Pick<RunQueues, 'add'>;
  readonly counters: Counters;
  readonly log: Logger;
}

/** @param finalise Ends the run with the answer. */
export type Publish = (
  published: Published,
  finalise: () => Promise<FinaliseReply>,
) => Promise<void>;

/** A background refresh that has not ended by then is abandoned. */
const REFRESH_DEADLINE_MS = 3_600_000;
const MODEL_ID = 'model_id:';

export function createPublish(options: PublishOptions): Publish {
  const { writer } = options;
  return async (published, finalise) => {
    const entries = writer.entriesOf(published);
    await Promise.all([writer.writeFirst(entries), listArtefacts(published, options)]);
    const [reply] = await Promise.all([finalise(), writer.writeOthers(entries)]);
    if (reply.outcome !== 'ok') return;
    if (reply.fenced) await writer.remove(published.attempt);
    afterwards(published, options);
  };
}

async function listArtefacts(
  { attempt, model, computed: { report } }: Published,
  { index, log }: PublishOptions,
): Promise<void> {
  const id = attempt.tags.find((tag) => tag.startsWith(MODEL_ID));
  if (!attempt.store || id === undefined) return;
  const listing = report.kept.map(async ({ name, facts, keepMs }) => {
    if (facts === undefined) return;
    const artefact = { group: `${model.name}/${id}`, key: artefactKeyOf(attempt, model, name) };
    await quietly(log, 'list of artefacts', index.add({ ...artefact, facts, keepMs }));
  });
  await Promise.all(listing);
}

function afterwards(
  { attempt, model, computed: { report }, sources }: Published,
  options: PublishOptions,
): void {
  const { counters, index, log } = options;
  for (const what of report.counts) counters.add(modelField(model.name, `outcome:${what}`));
  for (const { key } of sources) void quietly(log, 'use of an artefact', index.used(key));
  if (report.provisional && attempt.store)
    void quietly(log, 'background refresh', replaceProvisional(attempt, options));
}

/** The run that replaces a provisional answer: it uses no artefact. */
async function replaceProvisional(attempt: Attempt, options: PublishOptions): Promise<void> {
  const { key, model, version, engine, tags, runSeq: afterRunSeq, input } = attempt;
  const refresh = { key, model, version, engine, tags, afterRunSeq };
  const more = { bypassArtefacts: true, deadlineMs: REFRESH_DEADLINE_MS };
  await submitRefresh(options, { ...refresh, ...more }, input);
}

async function quietly(log: Logger, what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((err: unknown) => log.debug({ err }, what));
}
