/**
 * The two steps of a MISS: `submit` puts the question on a run, `waitForResult` waits for its end,
 * if the request does.
 *
 * JOIN finds or opens the key's only run (request coalescing) and says which runs are to be added to
 * BullMQ: this one, also to joiners, since the opener may have died in between; one that has waited longer;
 * or none, if BullMQ has enough. The reconciler adds what nobody could (R31).
 *
 * All calls to the queue Redis that one request makes share one deadline: a server that hangs costs
 * the client about a second in all, not a second for each call.
 */
import { artefactKeyFor, lifetimeFor } from '@deja/cache-core';
import type { Asked, EndedJob, JobStatus, Lane, MissReason, RunListener, Wait } from '@deja/jobs';
import type { Model, PreparedInput } from '@deja/models';
import { isRedisAway } from '@deja/redis';
import { inSpan, SpanKind } from '@deja/runtime/tracing';
import { retainedUntil } from '@deja/wire';
import type { ApiContext } from '../context.ts';
import { askedOf } from '../explain/asked.ts';
import { withDeadline } from '../http/deadline.ts';
import { outcomeOf } from '../jobs/outcome.ts';
import type { Directives } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import type { RateLimit } from '../wire/rate-limit.ts';
import { limitsOf, ownIdentityOf, type Question, turnOf } from './question.ts';
import type { Accepted, Computed, Failed, Forward } from './result.ts';

/** A job that has joined its run. */
interface Joined {
  readonly job: string;
  readonly run: string;
  readonly deduplicated: boolean;
  /** Default: queued. */
  readonly status?: JobStatus;
  readonly deadlineAt: number;
  /** How long the job can be read after its end, if not for the usual time. Unit: ms. */
  readonly retainMs: number | undefined;
  readonly wait: Wait;
  /** How long the request waits for its end. */
  readonly waitMs: number;
  /** Listens since before the run was opened, if this request opened it. */
  readonly listener?: RunListener | undefined;
  /** Why the cache did not answer. */
  readonly missReason: MissReason | undefined;
  /** Of its tenant. Default: it has none, or the question did not count. */
  readonly rate?: RateLimit | undefined;
  /** Set if the job had ended before: an Idempotency-Key was replayed. */
  readonly ended?: EndedJob;
}

export type Submitted =
  | ({ readonly outcome: 'accepted' } & Omit<Joined, 'waitMs'>)
  /** The run of this key ended between the look-up and the join. */
  | {
      readonly outcome: 'done';
      readonly finishedAt: number;
      readonly payload: Buffer;
      /** Unit: ms. */
      readonly freshMs: number;
    };

/** A `no-store` job is deleted this long after it ended. */
const NO_STORE_RETAIN_MS = 600_000;

export interface SubmitOptions {
  /** The id of the run if a new one is needed. */
  readonly run: string;
  /** What the look-up says about the reason of the miss. */
  readonly seen: Asked['seen'];
}

/**
 * @throws QueueUnavailableError, QueueFullError
 */
export async function submit(
  question: Question,
  options: SubmitOptions,
  context: ApiContext,
): Promise<Submitted> {
  // One request may ask thousands: their runs then lead to the request's own span.
  if (question.isBulk) return await join(question, options, context);
  const attributes = { 'deja.model': question.model.name, 'deja.cache.key': question.key };
  const own = { kind: SpanKind.PRODUCER, attributes };
  return await inSpan('deja.join', own, async (span) => {
    const submitted = await join(question, options, context);
    span.setAttribute('deja.join.outcome', submitted.outcome);
    if (submitted.outcome === 'done') return submitted;
    const { job, run, deduplicated } = submitted;
    span.setAttribute('deja.join.deduplicated', deduplicated);
    for (const one of [span, question.span])
      one?.setAttributes({ 'deja.job.id': job, 'deja.run.id': run });
    return submitted;
  });
}

async function join(
  { principal, model, key, directives, webhook, deadline, isBulk, claim, ...question }: Question,
  { run: newRun, seen }: SubmitOptions,
  { runs, queues, waiter, cache, config, log }: ApiContext,
): Promise<Submitted> {
  const { tenant } = principal;
  const { cacheTtlJitter: jitter } = config;
  const ownMs = (model.cache ? model.cache.freshMs : undefined) ?? config.cacheTtlMs;
  const { freshMs } = lifetimeFor(key, { freshMs: ownMs, staleMs: 0, jitter });
  const prepared = question.prepared();
  const asksAnew = directives.noCache || directives.noStore || !model.cache;
  const usual = () =>
    asksAnew
      ? ownLane(model, prepared)
      : withDeadline(deadline, laneFor({ model, prepared, tenant }, cache));
  const request = {
    job: runs.newJobId(key),
    run: newRun,
    key,
    model: model.name,
    version: model.version,
    engine: model.engine,
    tags: prepared.tags,
    lane: isBulk ? 'bulk' : await usual(),
    deadlineMs: Math.min(directives.cancelAfterMs ?? Infinity, config.jobDeadlineMs),
    ...(model.maxQueueMs !== undefined && !isBulk && { maxQueueMs: model.maxQueueMs }),
    nocache: directives.noCache,
    nostore: !model.cache || directives.noStore,
    retainMs: directives.noStore ? NO_STORE_RETAIN_MS : undefined,
    maxAgeMs: maxAgeOf(directives.demand, freshMs),
    ...((directives.waitMs !== undefined || isBulk) && {
      replyChannel: waiter.replyChannel,
    }),
    webhook,
    claim,
    asked: askedOf(model, prepared, { key, freshMs: ownMs, jitter, seen, tenant }),
    ...turnOf(principal),
    ...(tenant !== undefined && { limits: limitsOf(principal, config.tenantLimits) }),
  };
  const reply = await withDeadline(deadline, runs.join(request, JSON.stringify(prepared.input)));
  question.submitted?.();
  if (reply.outcome === 'done') {
    const { finishedAt, body } = reply;
    const leastMs = Math.min(freshMs, reply.freshMs ?? freshMs);
    return { outcome: 'done', finishedAt, payload: Buffer.from(body), freshMs: leastMs };
  }
  const { job, run, deadlineAt, wait, missReason, hand } = reply;
  const rate = reply.rate && ({ ...reply.rate, policy: 'computed' } as const);
  const added = Promise.all(hand.map((pending) => queues.addJoined(pending)));
  await withDeadline(deadline, added).catch((err: unknown) => {
    log.warn({ err, run }, 'runs not handed to the queue, the reconciler will');
  });
  const { retainMs } = request;
  const deduplicated = reply.outcome === 'joined';
  const told = { retainMs, wait, missReason, rate };
  return { outcome: 'accepted', job, run, deduplicated, deadlineAt, ...told };
}

/**
 * Long work that an artefact can probably serve goes to the short lane, so that it never waits behind
 * training. If the slot finds that it must train after all, the run moves to the long lane.
 */
async function laneFor(
  {
    model,
    prepared,
    tenant,
  }: { model: Model; prepared: PreparedInput; tenant?: string | undefined },
  cache: ApiContext['cache'],
): Promise<Lane> {
  const lane = ownLane(model, prepared);
  if (lane === 'short') return lane;
  const identity = ownIdentityOf(model, prepared, tenant);
  for (const name of model.artefacts?.(prepared.input) ?? [])
    if (await cache.find(artefactKeyFor({ ...identity, name }), tenant)) return 'short';
  return lane;
}

function ownLane(model: Model, { input }: PreparedInput): Lane {
  return model.laneOf?.(input) ?? model.lane;
}

/** The oldest success that may answer this JOIN. -1: none may. */
function maxAgeOf({ maxAgeMs, minFreshMs = 0 }: Directives['demand'], freshMs: number): number {
  if (maxAgeMs === 0) return -1;
  return Math.min(maxAgeMs ?? Number.MAX_SAFE_INTEGER, freshMs - minFreshMs);
}

/** Waits for as long as the request was granted. */
export async function waitForResult(
  question: Question,
  forward: Forward,
  joined: Joined,
  context: ApiContext,
): Promise<Accepted | Computed | Failed> {
  const { key, directives, clientSignal } = question;
  const { cache, config, jobs, estimator } = context;
  const { job, status = 'queued', deduplicated, wait, waitMs, missReason, rate } = joined;
  const askedMs = Math.min(directives.waitMs ?? 0, config.maxWaitMs);
  const waited =
    directives.waitMs === undefined || waitMs < askedMs ? {} : { appliedWaitMs: waitMs };
  try {
    const ended = joined.ended ?? (await endOf(joined, clientSignal, context));
    if (ended?.computation) cache.supersede(key, ended.computation);
    const outcome = ended && (await outcomeOf(ended, jobs));
    if (ended && outcome?.is === 'answer') {
      const { payload } = outcome;
      const { fenced } = ended;
      const replayed = joined.ended && { job };
      const answer = { key, forward, missReason, payload, deduplicated, fenced, rate };
      return { outcome: 'computed', ...answer, ...replayed, ...waited };
    }
    if (outcome?.is === 'problem')
      return {
        ...{ outcome: 'failed', problem: outcome.problem, rate },
        ...{ run: { key, forward, missReason }, ...waited },
      };
  } catch (error) {
    if (!isRedisAway(error)) throw error; // the job is recorded; only waiting for it has failed
  }
  return {
    outcome: 'accepted',
    ...{ key, forward, missReason, job, status, deduplicated, rate },
    retainedUntil: retainedUntil({ ...joined, finishedAt: undefined }, config.jobLimits.retainMs),
    leftMs: estimator.tell(joined.run, wait),
    ...waited,
  };
}

/** The ended job, if it ended while the request was allowed to wait; otherwise undefined. */
async function endOf(
  { job, run, waitMs: timeoutMs, listener }: Joined,
  signal: AbortSignal,
  { waiter }: ApiContext,
): Promise<EndedJob | undefined> {
  if (timeoutMs === 0) return undefined;
  const seen = await waiter.waitForEnd(job, run, { timeoutMs, signal, listener });
  if (!seen) return undefined; // Redis is unavailable, but the job is recorded
  if (seen.outcome === 'found') return seen.job;
  throw new ProblemError('queue-unavailable', 'the queue lost this job; send it again');
}
