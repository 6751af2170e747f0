/**
 * One question to a model, from its key to its answer.
 *
 *   look-up ──► hit (perhaps stale, and refreshed behind the scenes)
 *      └─ miss ──► submit: join a run ──► wait, if the client does ──► the answer, or its problem
 *                                     └─► accepted
 *
 * If the server fails, a stale answer is served instead, where the request or the model allows it
 * (the stale fallback).
 */

import { createHash } from 'node:crypto';
import {
  type Found,
  type Hit,
  isDue,
  type Lookup,
  lifetimeFor,
  modelField,
} from '@deja/cache-core';
import { type EndedJob, type JobRecord, newJobId, type Wait, type Webhook } from '@deja/jobs';
import type { Model, PreparedInput } from '@deja/models';
import { isRedisAway } from '@deja/redis';
import type { ApiContext } from '../context.ts';
import { withDeadline } from '../http/deadline.ts';
import { outcomeOf } from '../jobs/outcome.ts';
import {
  acceptedReply,
  computedReply,
  doneReply,
  type Forward,
  forwardHeaders,
  hitReply,
  staleFallbackReply,
  withJob,
  xCacheOf,
} from '../wire/answer.ts';
import type { Directives } from '../wire/directives.ts';
import { ProblemError, problemErrorOf } from '../wire/problem.ts';
import { problemReply, type Reply } from '../wire/reply.ts';
import { NO_STORE_RETAIN_MS, submit } from './submit.ts';

export interface Question {
  readonly model: Model;
  readonly key: string;
  readonly directives: Directives;
  /** Prepares the input on first use: most hits never need it. */
  readonly prepared: () => PreparedInput;
  /** When all calls to the queue Redis that this request makes must have ended. */
  readonly deadline: number;
  /** Aborts when the client has gone away. */
  readonly clientSignal: AbortSignal;
  /** The id that its job must have. Default: a new id. */
  readonly job?: string;
  readonly webhook: Webhook | undefined;
}

type Miss = Extract<Lookup, { outcome: 'miss' }>;

/** A job that has joined its run. */
interface Joined {
  readonly job: string;
  readonly run: string;
  readonly deduplicated: boolean;
  /** Default: queued. */
  readonly status?: JobRecord['status'];
  readonly wait: Wait;
}

const NOTHING: Miss = { outcome: 'miss' };
const NO_WAIT: Wait = { place: undefined, usualMs: undefined };
const RETRY = { headers: { 'Retry-After': '1' } };

export class Asker {
  readonly #context: ApiContext;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** @throws ProblemError, InputError, QueueFullError, and the errors of an unavailable Redis. */
  async ask(asked: Question): Promise<Reply> {
    const { idempotencyKey } = asked.directives;
    if (idempotencyKey === undefined) return await this.#answer(asked);
    const job = await this.#claim(asked, idempotencyKey);
    const seen = await withDeadline(asked.deadline, this.#context.jobs.read(job));
    if (seen.outcome !== 'found') return await this.#answer({ ...asked, job });
    // A repeated question gets the same job, before any look-up or admission.
    const { run, status, deduplicated, wait = NO_WAIT } = seen.job;
    const forward = forwardOf(asked, NOTHING);
    return await this.#respond(asked, forward, { job, run, status, deduplicated, wait });
  }

  /** The job of this Idempotency-Key. It is chosen before JOIN, so that repeated requests share it. */
  async #claim(asked: Question, idempotencyKey: string): Promise<string> {
    const { idempotency, shard } = this.#context;
    const claim = idempotency.claim(idempotencyKey, newJobId(shard), identityOf(asked));
    const claimed = await withDeadline(asked.deadline, claim);
    if (claimed !== undefined) return claimed;
    throw new ProblemError('idempotency-conflict', 'it belongs to another question for a day');
  }

  async #answer(question: Question): Promise<Reply> {
    const lookup = await this.#lookUp(question);
    if (lookup.outcome === 'hit') {
      const job = question.webhook && (await this.#recordCall(question, lookup.entry.body));
      const reply = this.#hit(question, lookup);
      return job === undefined ? reply : withJob(reply, job);
    }
    if (lookup.outcome === 'untrusted') throw new ProblemError('cache-untrusted', undefined, RETRY);
    if (question.directives.onlyIfCached) throw new ProblemError('not-cached');
    return await this.#compute(question, lookup);
  }

  #lookUp({ model, key, directives }: Question): Lookup | Promise<Lookup> {
    if (!model.cache || directives.noStore) return NOTHING;
    const { cache } = this.#context;
    if (!directives.noCache) {
      const staleWhileRevalidateMs = model.cache.staleMs;
      return cache.lookup(key, { ...directives.demand, staleWhileRevalidateMs });
    }
    // A stored entry cannot answer `no-cache`, but it can replace an error.
    return directives.staleIfErrorMs === undefined ? NOTHING : cache.lookup(key, { maxAgeMs: 0 });
  }

  #hit(question: Question, hit: Hit): Reply {
    const { model, key, directives, prepared } = question;
    const { header } = hit.entry;
    this.#count(model, 'hits', header.computeMs);
    if (hit.use !== 'fresh') this.#count(model, 'stale');
    const eager = model.cache ? model.cache.eagerRefresh : undefined;
    const isLate = eager !== undefined && hit.use === 'fresh' && isDue(header, Date.now(), eager);
    const { refresher } = this.#context;
    if ((hit.use === 'revalidate' || isLate) && !directives.onlyIfCached && refresher.wants(key))
      refresher.start({ model, key, prepared: prepared(), runSeq: header.runSeq });
    return hitReply(key, hit);
  }

  /**
   * Records a finished job for a question that is answered at once and has a webhook, so that the
   * webhook is sent. Resolves to the job's id, or to undefined without a webhook.
   */
  async #recordCall(question: Question, payload: Buffer): Promise<string | undefined> {
    const { deliveries, config, shard } = this.#context;
    const { model, key, directives, webhook, deadline, job = newJobId(shard) } = question;
    if (!webhook) return undefined;
    const { name, version, lane } = model;
    const deadlineMs = Math.min(directives.cancelAfterMs ?? Infinity, config.jobDeadlineMs);
    const answered = { job, key, model: name, version, lane, deadlineMs, webhook };
    await withDeadline(deadline, deliveries.answered(answered, payload));
    return job;
  }

  async #compute(question: Question, miss: Miss): Promise<Reply> {
    const { model, key, directives, prepared, deadline } = question;
    const forward = forwardOf(question, miss);
    const staleFallback =
      miss.refused && mayFallBack(question, miss.refused) ? miss.refused : undefined;
    try {
      const freshMs = this.#freshMs(question);
      const { job, webhook } = question;
      const asked = { model, key, prepared: prepared(), directives, freshMs, job, webhook };
      const submitted = await submit(asked, this.#context, deadline);
      if (submitted.outcome === 'done') {
        const { outcome: _, ...done } = submitted;
        const calling = await this.#recordCall(question, done.payload);
        this.#count(model, 'hits');
        const reply = doneReply({ key, ...done });
        return calling === undefined ? reply : withJob(reply, calling);
      }
      this.#count(model, xCacheOf(forward) === 'MISS' ? 'misses' : 'bypass');
      if (submitted.deduplicated) this.#count(model, 'collapsed');
      const reply = await this.#respond(question, forward, submitted);
      const isFailure = reply.status >= 500;
      return isFailure
        ? ((await this.#staleFallback(question, staleFallback, reply.status)) ?? reply)
        : reply;
    } catch (error) {
      const status = problemErrorOf(error)?.problem.status ?? 0;
      // A webhook needs a job: without a recorded job, a stale answer would promise a webhook in vain.
      const reply =
        status >= 500 && !question.webhook
          ? await this.#staleFallback(question, staleFallback, status)
          : undefined;
      if (reply) return reply;
      throw error;
    }
  }

  async #respond(question: Question, forward: Forward, submitted: Joined): Promise<Reply> {
    const { key, directives } = question;
    const { cache, config, jobs } = this.#context;
    const waitMs = Math.min(directives.waitMs ?? 0, config.maxWaitMs);
    const applied: Record<string, string> =
      directives.waitMs === undefined
        ? {}
        : { 'Preference-Applied': `wait=${Math.floor(waitMs / 1000)}` };
    const withApplied = (reply: Reply) => ({ ...reply, headers: { ...reply.headers, ...applied } });
    try {
      const ended = await this.#waitFor(submitted, waitMs, question.clientSignal);
      if (ended?.computation) cache.supersede(key, ended.computation);
      const outcome = ended && (await outcomeOf(ended, jobs));
      if (ended && outcome?.is === 'answer') {
        const how = { deduplicated: submitted.deduplicated, fenced: ended.fenced };
        return withApplied(computedReply({ key, payload: outcome.payload, forward, job: how }));
      }
      if (outcome?.is === 'problem')
        return withApplied(problemReply(outcome.problem, forwardHeaders(key, forward)));
    } catch (error) {
      if (!isRedisAway(error)) throw error; // the job is recorded; only waiting for it has failed
    }
    const { job, deduplicated, status = 'queued' } = submitted;
    const retainMs = directives.noStore ? NO_STORE_RETAIN_MS : config.jobLimits.retainMs;
    const retainedUntil = Date.now() + config.jobDeadlineMs + retainMs;
    const accepted = { job, status, key, forward, deduplicated, retainedUntil };
    const retryAfterS = this.#context.estimator.retryAfterS(submitted.wait);
    return withApplied(acceptedReply({ ...accepted, retryAfterS }));
  }

  /** The ended job, if it ended while the request was allowed to wait; otherwise undefined. */
  async #waitFor(
    { job, run }: Joined,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<EndedJob | undefined> {
    const { config, waiter } = this.#context;
    if (timeoutMs === 0 || waiter.size >= config.maxWaiters) return undefined;
    const seen = await waiter.waitForEnd(job, run, { timeoutMs, signal });
    if (!seen) return undefined; // Redis is unavailable, but the job is recorded
    if (seen.outcome === 'found') return seen.job;
    throw new ProblemError('queue-unavailable', 'the queue lost this job; send it again', RETRY);
  }

  async #staleFallback(
    { model, key }: Question,
    found: Found | undefined,
    errorStatus: number,
  ): Promise<Reply | undefined> {
    if (!found || !(await this.#context.cache.isServable(found.entry))) return undefined;
    this.#count(model, 'hits', found.entry.header.computeMs);
    this.#count(model, 'stale');
    return staleFallbackReply(key, found, errorStatus);
  }

  #freshMs({ model, key }: Question): number {
    const { cacheTtlMs, cacheTtlJitter: jitter } = this.#context.config;
    const freshMs = (model.cache ? model.cache.freshMs : undefined) ?? cacheTtlMs;
    return lifetimeFor(key, { freshMs, staleMs: 0, jitter }).freshMs;
  }

  #count({ name }: Model, what: string, savedMs = 0): void {
    const { counters } = this.#context;
    counters.add(what);
    counters.add(modelField(name, what));
    if (savedMs === 0) return;
    counters.add('compute_ms_saved', savedMs);
    counters.add(modelField(name, 'compute_ms_saved'), savedMs);
  }
}

/** Two questions with the same identity are the same question for an Idempotency-Key. */
function identityOf({ key, webhook }: Question): string {
  if (!webhook) return key;
  const { url, events } = webhook;
  return `${key} ${createHash('sha256')
    .update(JSON.stringify([url, events]))
    .digest('hex')}`;
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
