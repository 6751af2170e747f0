/**
 * One question to a model, from its key to its result.
 *
 *   look-up ──► hit (perhaps stale, and refreshed in the background)
 *      └─ miss ──► submit: join a run ──► wait, if the client does ──► computed, or failed
 *                                     └─► accepted
 *
 * If the server fails, a stale answer is served instead, where the request or the model allows it
 * (the stale fallback).
 */
import type { Found, Lookup } from '@deja/cache-core';
import { isFinal, type Wait } from '@deja/jobs';
import type { ApiContext } from '../context.ts';
import { seenIn } from '../explain/seen.ts';
import { withDeadline } from '../http/deadline.ts';
import { ProblemError } from '../wire/problem.ts';
import type { RateLimit } from '../wire/rate-limit.ts';
import { countForward } from './count.ts';
import { grantWait } from './granted-wait.ts';
import { finishedHit, staleFallback, storedHit } from './hit.ts';
import { claimOf } from './idempotency.ts';
import { type Question, rpmOf } from './question.ts';
import { type Forward, failureOf, type Result } from './result.ts';
import { submit, waitForResult } from './submit.ts';

type Miss = Extract<Lookup, { outcome: 'miss' }>;

const NOTHING: Miss = { outcome: 'miss' };
const NO_WAIT: Wait = {
  ...{ lane: 'long', place: undefined, runningMs: undefined, usualMs: undefined },
};
const BYPASSES: ReadonlySet<Forward> = new Set(['noCache', 'noStore', 'uncached']);

/** Refusals, and a Redis that is away, are results. Rejects with an unexpected error only. */
export async function predict(question: Question, context: ApiContext): Promise<Result> {
  const { idempotencyKey } = question.directives;
  return await settled(
    idempotencyKey === undefined
      ? answer(question, context)
      : answerOnce(question, idempotencyKey, context),
  );
}

async function answer(question: Question, context: ApiContext): Promise<Result> {
  const lookup = await lookUp(question, context);
  if (lookup.outcome === 'hit') {
    const rate = takeOfRate(question, context);
    const job = question.webhook && (await recordJob(question, lookup.entry.body, context));
    const hit = storedHit(question, lookup, job, context);
    return rate ? { ...hit, rate } : hit;
  }
  if (lookup.outcome === 'untrusted') throw new ProblemError('cache-untrusted');
  if (question.directives.onlyIfCached) throw new ProblemError('not-cached');
  return await computeOrFallBack(question, lookup, context);
}

/**
 * Counts an answer of the cache. What is computed counts in JOIN.
 *
 * @throws ProblemError if the tenant has asked too often.
 */
function takeOfRate(
  { principal }: Question,
  { hitRates, config }: ApiContext,
): RateLimit | undefined {
  const rpm = rpmOf(principal, config.tenantLimits);
  const taken = hitRates.take(principal.tenant, rpm, Date.now());
  const rate = taken && ({ ...taken, policy: 'stored' } as const);
  if (!taken || taken.waitMs === 0) return rate;
  throw new ProblemError('rate-limited', `${rpm} questions a minute are the most: TENANT_RPM`, {
    headers: { 'Retry-After': String(Math.ceil(taken.waitMs / 1000)) },
    rate,
  });
}

/** The same question under the same Idempotency-Key is the same job: replayed before any look-up. */
async function answerOnce(
  question: Question,
  idempotencyKey: string,
  context: ApiContext,
): Promise<Result> {
  const { jobs, idempotency } = context;
  const claim = claimOf(question, idempotencyKey);
  const job = await withDeadline(question.deadline, idempotency.jobOf(claim));
  const seen = job && (await withDeadline(question.deadline, jobs.read(job)));
  if (!job || !seen || seen.outcome !== 'found')
    return await answer({ ...question, claim }, context);
  const { wait = NO_WAIT, status } = seen.job;
  const ended = isFinal(status) ? { ended: seen.job } : {};
  using granted = grantWait(question, context);
  const joined = { ...seen.job, job, wait, waitMs: granted.waitMs, ...ended };
  return await waitForResult(question, forwardOf(question, NOTHING), joined, context);
}

function lookUp(
  { principal: { tenant }, model, key, directives }: Question,
  { cache }: ApiContext,
): Lookup | Promise<Lookup> {
  if (!model.cache || directives.noStore) return NOTHING;
  if (!directives.noCache) {
    const staleWhileRevalidateMs = model.cache.staleMs;
    return cache.lookup(key, { ...directives.demand, staleWhileRevalidateMs }, tenant);
  }
  // A stored entry cannot answer `no-cache`, but it can replace an error.
  if (directives.staleIfErrorMs === undefined) return NOTHING;
  return cache.lookup(key, { maxAgeMs: 0 }, tenant);
}

/**
 * Records a finished job for a question that is answered at once and has a webhook, so that the
 * webhook is sent. Resolves to the job's id, or to undefined without a webhook.
 */
async function recordJob(
  question: Question,
  payload: Buffer,
  { deliveries, config, runs }: ApiContext,
): Promise<string | undefined> {
  const { principal, model, key, directives, webhook, deadline, claim } = question;
  if (!webhook) return undefined;
  const { name, version, lane } = model;
  const deadlineMs = Math.min(directives.cancelAfterMs ?? Infinity, config.jobDeadlineMs);
  const job = runs.newJobId(key);
  const { tenant } = principal;
  const answered = { job, key, model: name, version, lane, deadlineMs, webhook, claim, tenant };
  return await withDeadline(deadline, deliveries.answered(answered, payload));
}

async function computeOrFallBack(
  question: Question,
  miss: Miss,
  context: ApiContext,
): Promise<Result> {
  const { refused } = miss;
  const fallback = refused && mayFallBack(question, refused) ? refused : undefined;
  const result = await settled(compute(question, miss, context));
  if (!fallback || result.outcome !== 'failed' || result.problem.status < 500) return result;
  // A webhook needs a job: without a recorded job, a stale answer would promise a webhook in vain.
  if (question.webhook && !result.run) return result;
  return (await staleFallback(question, fallback, result.problem.status, context)) ?? result;
}

async function compute(question: Question, miss: Miss, context: ApiContext): Promise<Result> {
  const { model, directives } = question;
  const forward = forwardOf(question, miss);
  const run = context.runs.newRunId(question.key);
  using granted = grantWait(question, context);
  const { waitMs } = granted;
  // From before the run exists, so that its end cannot be missed.
  using listener = waitMs > 0 ? context.waiter.listen(run) : undefined;
  const submitted = await submit(question, { run, seen: seenIn(model, directives, miss) }, context);
  if (submitted.outcome === 'done') {
    const job = await recordJob(question, submitted.payload, context);
    return finishedHit(question, submitted, job, context);
  }
  if (submitted.run !== run) listener?.[Symbol.dispose](); // another run's end is waited for
  const { deduplicated: collapsed, missReason } = submitted;
  countForward(context, question, { isBypass: BYPASSES.has(forward), collapsed, missReason });
  if (forward === 'miss') context.simulation.missed(question.key, model.name);
  return await waitForResult(question, forward, { ...submitted, waitMs, listener }, context);
}

function forwardOf({ model, directives }: Question, { refused }: Miss): Forward {
  if (!model.cache) return 'uncached';
  if (directives.noStore) return 'noStore';
  if (directives.noCache) return 'noCache';
  return refused?.use === 'too-old' ? 'tooOld' : 'miss';
}

/** Whether the request or the model accepts this stale answer instead of an error. */
function mayFallBack({ model, directives }: Question, { entry }: Found): boolean {
  const ownMs = model.cache ? model.cache.staleIfErrorMs : 0;
  const allowedMs = directives.staleIfErrorMs ?? ownMs;
  return allowedMs > 0 && Date.now() - entry.header.freshUntil <= allowedMs;
}

/** Turns an expected error into its failure. */
async function settled(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    const failure = failureOf(error);
    if (failure) return failure;
    throw error;
  }
}
