/** `POST /forecast`, `POST /predict` and `POST /models/{name}/run`: the same, for different models. */
import { createHash } from 'node:crypto';
import {
  type Found,
  type Hit,
  isDue,
  type Lookup,
  lifetimeFor,
  modelField,
} from '@deja/cache-core';
import { isRedisAway, type JobRecord } from '@deja/jobs';
import { InputError, type Model, type PreparedInput } from '@deja/models';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import {
  type Forward,
  sendAccepted,
  sendComputed,
  sendDone,
  sendHit,
  sendInsteadOfError,
  xCacheOf,
} from '../answer.ts';
import { parseJson } from '../body.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Directives, directivesOf } from '../directives.ts';
import { outcomeOf } from '../job-view.ts';
import { ProblemError, problemErrorOf } from '../problem.ts';
import { sendProblem } from '../send-problem.ts';
import { BUDGET_MS, keyOf, NO_STORE_RETAIN_MS, type Submitted, submit } from '../submit.ts';

/** Bodies seen before: digest of model and raw bytes → cache key. About 3 MB when full. */
const SEEN_MAX = 10_000;
const RETRY = { headers: { 'Retry-After': '1' } };

/** One question on its way. `prepared` is made when it is needed: most hits never need it. */
interface Question {
  readonly model: Model;
  readonly key: string;
  readonly directives: Directives;
  readonly prepared: () => PreparedInput;
  readonly deadline: number;
  readonly dependencies: ApiDependencies;
}

export function askRoute(
  modelOf: (req: Request) => Model,
  dependencies: ApiDependencies,
): RequestHandler {
  const seen = new LRUCache<string, string>({ max: SEEN_MAX });
  return async (req, res) => {
    const model = modelOf(req);
    const directives = directivesOf(req.headers);
    const bytes: Uint8Array = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    if (directives.minSeq !== undefined) await reach(directives.minSeq, dependencies);

    const digest = createHash('sha256').update(`${model.name}\n`).update(bytes).digest('base64');
    const prepared = once(() => prepare(model, parseJson(bytes)));
    const key = seen.get(digest) ?? keyOf(model, prepared());
    seen.set(digest, key);
    const deadline = performance.now() + BUDGET_MS;
    const question = { model, key, directives, prepared, deadline, dependencies };
    const lookup = await lookUp(question);
    if (lookup.outcome === 'hit') return answerHit(res, question, lookup);
    if (lookup.outcome === 'untrusted') throw new ProblemError('cache-untrusted', undefined, RETRY);
    if (directives.onlyIfCached) throw new ProblemError('not-cached');
    await compute(res, question, lookup);
  };
}

type Miss = Extract<Lookup, { outcome: 'miss' }>;

const NOTHING: Miss = { outcome: 'miss' };

function lookUp({ model, key, directives, dependencies }: Question): Lookup | Promise<Lookup> {
  if (!model.cache || directives.noStore) return NOTHING;
  const { cache } = dependencies;
  if (!directives.noCache) {
    const staleWhileRevalidateMs = model.cache.staleMs;
    return cache.lookup(key, { ...directives.demand, staleWhileRevalidateMs });
  }
  // What is stored does not answer `no-cache`, but it may stand in for an error.
  return directives.staleIfErrorMs === undefined ? NOTHING : cache.lookup(key, { maxAgeMs: 0 });
}

function answerHit(res: Response, question: Question, hit: Hit): void {
  const { model, key, directives, prepared, dependencies } = question;
  const { header } = hit.entry;
  count(question, 'hits', header.computeMs);
  if (hit.use !== 'fresh') count(question, 'stale');
  const eager = model.cache ? model.cache.eagerRefresh : undefined;
  const isLate = eager !== undefined && hit.use === 'fresh' && isDue(header, Date.now(), eager);
  const { refresher } = dependencies;
  if ((hit.use === 'revalidate' || isLate) && !directives.onlyIfCached && refresher.wants(key))
    refresher.start({ model, key, prepared: prepared(), no: header.no });
  sendHit(res, key, hit);
}

async function compute(res: Response, question: Question, lookup: Miss): Promise<void> {
  const { model, key, directives, prepared, deadline, dependencies } = question;
  const forward = forwardOf(question, lookup);
  const standIn =
    lookup.refused && mayStandIn(question, lookup.refused) ? lookup.refused : undefined;
  try {
    const asked = { model, key, prepared: prepared(), directives, freshMs: freshMsOf(question) };
    const submitted = await submit(asked, dependencies, deadline);
    if (submitted.outcome === 'done') {
      count(question, 'hits');
      const { finishedAt, members } = submitted;
      return sendDone(res, { key, members, finishedAt, freshMs: asked.freshMs });
    }
    count(question, xCacheOf(forward) === 'MISS' ? 'misses' : 'bypass');
    if (submitted.deduplicated) count(question, 'collapsed');
    await respond(res, question, forward, submitted, standIn);
  } catch (error) {
    const status = problemErrorOf(error)?.problem.status ?? 0;
    if (!standIn || status < 500 || !(await dependencies.cache.isServable(standIn.entry)))
      throw error;
    sendStandIn(res, question, standIn, status);
  }
}

async function respond(
  res: Response,
  question: Question,
  forward: Forward,
  submitted: Extract<Submitted, { outcome: 'accepted' }>,
  standIn: Found | undefined,
): Promise<void> {
  const { key, directives, dependencies } = question;
  const { cache, config, runs } = dependencies;
  try {
    const ended = await waitFor(res, submitted, directives.waitMs, dependencies);
    if (ended?.computation) cache.supersede(key, ended.computation);
    const outcome = ended && (await outcomeOf(ended, runs));
    if (ended && outcome?.is === 'answer')
      return sendComputed(res, { key, members: outcome.members, forward, job: ended });
    if (outcome?.is === 'problem') {
      const { status } = outcome.problem;
      if (standIn && status >= 500 && (await cache.isServable(standIn.entry)))
        return sendStandIn(res, question, standIn, status);
      res.set({ 'X-Cache': xCacheOf(forward), 'X-Cache-Key': key });
      return sendProblem(res, outcome.problem);
    }
  } catch (error) {
    if (!isRedisAway(error)) throw error; // the job is recorded; only waiting for it has failed
  }
  const { job, deduplicated } = submitted;
  const retainMs = directives.noStore ? NO_STORE_RETAIN_MS : config.retainMs;
  const retainedUntil = Date.now() + config.jobDeadlineMs + retainMs;
  sendAccepted(res, { job, key, forward, deduplicated, retainedUntil });
}

function forwardOf({ model, directives }: Question, { refused }: Miss): Forward {
  if (!model.cache) return 'uncached';
  if (directives.noStore) return 'noStore';
  if (directives.noCache) return 'noCache';
  return refused?.use === 'too-old' ? 'tooOld' : 'miss';
}

/** Has this answer been stale for less than the request, or its model, allows when computing fails? */
function mayStandIn({ model, directives }: Question, { entry }: Found): boolean {
  const ownMs = model.cache ? model.cache.staleIfErrorMs : 0;
  const allowedMs = directives.staleIfErrorMs ?? ownMs;
  return allowedMs > 0 && Date.now() - entry.header.freshUntil <= allowedMs;
}

function sendStandIn(res: Response, question: Question, found: Found, errorStatus: number): void {
  count(question, 'hits', found.entry.header.computeMs);
  count(question, 'stale');
  sendInsteadOfError(res, question.key, found, errorStatus);
}

/** The job if it ended while the request was allowed to wait for it; undefined otherwise. */
async function waitFor(
  res: Response,
  { job, run }: { readonly job: string; readonly run: string },
  askedMs: number | undefined,
  { config, waiter }: ApiDependencies,
): Promise<JobRecord | undefined> {
  if (askedMs === undefined) return undefined;
  const timeoutMs = Math.min(askedMs, config.maxWaitMs);
  res.set('Preference-Applied', `wait=${Math.floor(timeoutMs / 1000)}`);
  if (timeoutMs === 0 || waiter.size >= config.maxWaiters) return undefined;
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const seen = await waiter.wait(job, run, { timeoutMs, signal: gone.signal });
  if (seen.outcome === 'found') return seen.job;
  throw new ProblemError('queue-unavailable', 'the queue lost this job; send it again', RETRY);
}

/** `webhook` belongs to the submission, not to the input; it is refused until it can be honoured. */
function prepare(model: Model, body: unknown): PreparedInput {
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'webhook'))
    throw new InputError([{ path: '/webhook', message: 'webhooks are not supported yet' }]);
  return model.prepare(body);
}

async function reach(seq: number, { log, cache }: ApiDependencies): Promise<void> {
  if (await cache.reaches(seq)) return;
  log.debug({ seq }, 'asked for an invalidation that is not in the log');
  const why = `this replica does not know of invalidation ${seq}`;
  throw new ProblemError('cache-untrusted', why, RETRY);
}

function freshMsOf({ model, key, dependencies: { config } }: Question): number {
  const freshMs = (model.cache ? model.cache.freshMs : undefined) ?? config.cacheTtlMs;
  return lifetimeFor(key, { freshMs, staleMs: 0, jitter: config.cacheTtlJitter }).freshMs;
}

function count({ model, dependencies }: Question, what: string, savedMs = 0): void {
  const { counters } = dependencies;
  counters.add(what);
  counters.add(modelField(model.name, what));
  if (savedMs === 0) return;
  counters.add('compute_ms_saved', savedMs);
  counters.add(modelField(model.name, 'compute_ms_saved'), savedMs);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
