/**
 * Publishes an answer.
 *
 *  entries to Redis, artefacts listed → FINALISE, entries to disk → what goes with the answer
 *
 * If entries share the queue's server, FINALISE itself stores the answer's and those of small artefacts:
 * fewer messages.
 *
 * Whoever hears that the run has ended finds its entry and its artefacts (docs/protocol.md#entries).
 * Readers decide whether an entry may be served. A failing tier delays nobody: the run's own copy in
 * the queue Redis answers the waiters. What goes with an answer is best effort: the answer is counted,
 * the uses of artefacts are recorded, and if it is provisional, a background run computes a better one.
 */
import { hash } from 'node:crypto';
import {
  artefactGroupFor,
  type Counters,
  DEFAULT_TENANT,
  type Entry,
  type EntryHeader,
  lifetimeFor,
  modelField,
  type Tier,
  tierField,
} from '@deja/cache-core';
import type { ArtefactIndex, LowerTiers, ScriptArgument } from '@deja/cache-core/redis';
import {
  type Attempt,
  type FinaliseReply,
  type RunQueues,
  type RunStore,
  submitRefresh,
} from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { inSpan } from '@deja/runtime/tracing';
import { artefactKeyOf } from './artefact-reader.ts';
import type { Computed } from './attempt.ts';
import type { NoteSeries } from './note-series.ts';

export interface PublishOptions {
  /** Redis first. */
  readonly tiers: readonly Tier[];
  /** Set if FINALISE can store entries in the first tier. Default: the tier itself does. */
  readonly storeArguments?: LowerTiers['storeArguments'];
  readonly defaultTtlMs: number;
  /** How long a stale entry is kept, even if its model would not serve it. Unit: ms. */
  readonly keepStaleMs: number;
  readonly jitter: number;
  readonly index: Pick<ArtefactIndex, 'add' | 'used'>;
  readonly runs: Pick<RunStore, 'join' | 'newRunId'>;
  readonly queues: Pick<RunQueues, 'add'>;
  readonly counters: Counters;
  /** Default: what models note of their answers is not kept. */
  readonly noteSeries?: NoteSeries;
  readonly log: Logger;
}

/** An answer, the attempt and the model that gave it, and the entries from which it was made. */
export interface Published {
  readonly attempt: Attempt;
  readonly model: Model;
  readonly computed: Computed;
  readonly sources: readonly Pick<EntryHeader, 'key' | 'tags' | 'derivedFrom'>[];
}

/** @param finalise Ends the run with the answer, and stores the entries that it is given. */
export type Publish = (
  published: Published,
  finalise: (entries: readonly ScriptArgument[]) => Promise<FinaliseReply>,
) => Promise<void>;

/** A background refresh that has not ended by then is abandoned. */
const REFRESH_DEADLINE_MS = 3_600_000;
/** Larger artefacts are put before FINALISE. */
const MOST_WITH_THE_END_BYTES = 64 * 1024;
const MODEL_ID = 'model_id:';

export function createPublish(options: PublishOptions): Publish {
  const { tiers, log } = options;
  const [first, others] = [tiers.slice(0, 1), tiers.slice(1)];
  return async (published, finalise) => {
    const entries = entriesOf(published, options);
    const putIn = (some: readonly Tier[], which = entries) =>
      Promise.all(which.map((entry) => inTiers(some, (tier) => tier.put(entry), log)));
    const stored = await inSpan('deja.entry.write', {}, async () => {
      const atEnd = await Promise.all(entries.map((entry) => storeArguments(entry, options)));
      const before = entries.filter((_, at) => !atEnd[at]);
      await Promise.all([putIn(first, before), listArtefacts(published, options)]);
      return atEnd;
    });
    const together = stored.flatMap((args) => args ?? []);
    const [reply] = await Promise.all([finalise(together), putIn(others)]);
    if (reply.outcome !== 'ok') return;
    const { key, token, runSeq } = published.attempt;
    if (reply.evicted > 0) options.counters.add(tierField('redis', 'evicted:bytes'), reply.evicted);
    // No reader would serve it.
    if (reply.fenced) await inTiers(tiers, (tier) => tier.remove(key, { token, runSeq }), log);
    afterwards(published, options);
  };
}

/** Undefined: the entry is put before FINALISE. A large one would hold up Redis' other scripts. */
async function storeArguments(
  entry: Entry,
  options: PublishOptions,
): Promise<readonly ScriptArgument[] | undefined> {
  const isAnswer = entry.header.digest !== '';
  if (!isAnswer && entry.body.length > MOST_WITH_THE_END_BYTES) return undefined;
  return await options.storeArguments?.(entry).catch(() => undefined);
}

/** The artefacts of a computation, and its answer; nothing if it must not be stored. */
function entriesOf(
  { attempt, model, computed, sources }: Published,
  { defaultTtlMs, keepStaleMs, jitter }: PublishOptions,
): readonly Entry[] {
  if (!attempt.store || !model.cache) return [];
  const { payload, report, computeMs } = computed;
  const { key, log, token, runSeq } = attempt;
  const createdAt = Date.now();
  const own = model.scope === 'tenant' ? attempt.tenant : undefined;
  const tags = union(attempt.tags, ...sources.map((source) => source.tags));
  const derivedFrom = union(...sources.map(({ key, derivedFrom = [] }) => [key, ...derivedFrom]));
  const common = {
    ...{ model: model.name, tenant: own ?? DEFAULT_TENANT, tags, createdAt },
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
    const { tenant = DEFAULT_TENANT } = attempt;
    const named = { key: artefactKeyOf(attempt, model, name), ...times, tenant, digest: '' };
    return { header: { ...common, ...named }, body: Buffer.from(bytes) };
  });
  return [...artefacts, answer];
}

async function inTiers(
  tiers: readonly Tier[],
  work: (tier: Tier) => Promise<unknown>,
  log: Logger,
): Promise<void> {
  const warn = (tier: Tier) => (err: unknown) =>
    log.warn({ err, tier: tier.name }, 'tier did not take the entry');
  await Promise.all(tiers.map((tier) => work(tier).catch(warn(tier))));
}

const modelIdOf = ({ tags }: Attempt): string | undefined =>
  tags.find((tag) => tag.startsWith(MODEL_ID))?.slice(MODEL_ID.length);

async function listArtefacts(
  { attempt, model, computed: { report } }: Published,
  { index, log }: PublishOptions,
): Promise<void> {
  const id = modelIdOf(attempt);
  if (!attempt.store || id === undefined) return;
  const listing = report.kept.map(async ({ name, facts, keepMs }) => {
    if (facts === undefined) return;
    const artefact = {
      group: artefactGroupFor(model.name, `${MODEL_ID}${id}`, attempt.tenant),
      key: artefactKeyOf(attempt, model, name),
    };
    await quietly(log, 'list of artefacts', index.add({ ...artefact, facts, keepMs }));
  });
  await Promise.all(listing);
}

function afterwards(
  { attempt, model, computed: { report, computeMs: tookMs }, sources }: Published,
  options: PublishOptions,
): void {
  const { counters, index, noteSeries, log } = options;
  for (const what of report.counts) counters.add(modelField(model.name, `outcome:${what}`));
  for (const { key } of sources) void quietly(log, 'use of an artefact', index.used(key));
  const id = attempt.store ? modelIdOf(attempt) : undefined;
  if (report.note && id !== undefined && noteSeries)
    void quietly(
      log,
      'log of a series',
      noteSeries(
        model.name,
        { id, tenant: attempt.tenant, key: attempt.key },
        { facts: report.note, tookMs },
      ),
    );
  if (report.provisional && attempt.store)
    void quietly(log, 'background refresh', replaceProvisional(attempt, options));
}

/** The run that replaces a provisional answer: it uses no artefact. */
async function replaceProvisional(attempt: Attempt, options: PublishOptions): Promise<void> {
  const { key, model, version, engine, tags, tenant, runSeq: afterRunSeq, input } = attempt;
  const refresh = { key, model, version, engine, tags, tenant, afterRunSeq };
  const more = { bypassArtefacts: true, deadlineMs: REFRESH_DEADLINE_MS };
  await submitRefresh(options, { ...refresh, ...more }, input);
}

async function quietly(log: Logger, what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((err: unknown) => log.debug({ err }, what));
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
