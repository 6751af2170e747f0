/** `POST /forecast`, `POST /predict` and `POST /models/{name}/run`: the same, for different models. */
import { createHash } from 'node:crypto';
import { lifetimeFor, modelField } from '@deja/cache-core';
import { isRedisAway } from '@deja/jobs';
import { InputError, type Model, type PreparedInput } from '@deja/models';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { type Forward, sendAccepted, sendComputed, sendDone, sendHit } from '../answer.ts';
import { parseJson } from '../body.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Directives, directivesOf } from '../directives.ts';
import { outcomeOf } from '../job-view.ts';
import { ProblemError } from '../problem.ts';
import { sendProblem } from '../send-problem.ts';
import { BUDGET_MS, keyOf, type Submitted, submit } from '../submit.ts';

/** Bodies seen before: digest of model and raw bytes → cache key. About 3 MB when full. */
const SEEN_MAX = 10_000;
const RETRY = { headers: { 'Retry-After': '1' } };

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
    const deadline = performance.now() + BUDGET_MS;
    let prepared: PreparedInput | undefined;
    let key = seen.get(digest);
    if (key === undefined) {
      prepared = prepare(model, parseJson(bytes));
      key = keyOf(model, prepared);
      seen.set(digest, key);
    }
    const context = { model, key, directives, dependencies };
    if (model.cache && !directives.noCache) {
      const lookup = await dependencies.cache.lookup(key);
      if (lookup.outcome === 'hit') {
        count(dependencies, model, 'hits', lookup.entry.header.computeMs);
        return sendHit(res, key, lookup);
      }
      if (lookup.outcome === 'untrusted')
        throw new ProblemError('cache-untrusted', undefined, RETRY);
    }
    prepared ??= prepare(model, parseJson(bytes));
    const question = { model, prepared, key, noCache: directives.noCache };
    await respond(res, context, await submit(question, dependencies, deadline));
  };
}

interface Context {
  readonly model: Model;
  readonly key: string;
  readonly directives: Directives;
  readonly dependencies: ApiDependencies;
}

async function respond(res: Response, context: Context, answer: Submitted): Promise<void> {
  const { model, key, directives, dependencies } = context;
  if (answer.outcome === 'done') {
    count(dependencies, model, 'hits');
    const { finishedAt, members } = answer;
    return sendDone(res, { key, members, finishedAt, freshMs: freshMsOf(context) });
  }
  const forward: Forward = model.cache ? (directives.noCache ? 'request' : 'uri-miss') : 'bypass';
  count(dependencies, model, forward === 'uri-miss' ? 'misses' : 'bypass');
  if (answer.deduplicated) count(dependencies, model, 'collapsed');

  const { job, run, deduplicated } = answer;
  const { config, runs } = dependencies;
  try {
    const ended = await waitFor(res, { job, run }, directives.waitMs, dependencies);
    if (ended) {
      const outcome = await outcomeOf(ended, runs);
      if (outcome.is === 'answer')
        return sendComputed(res, { key, members: outcome.members, forward, job: ended });
      if (outcome.is === 'problem') {
        res.set({ 'X-Cache': forward === 'uri-miss' ? 'MISS' : 'BYPASS', 'X-Cache-Key': key });
        return sendProblem(res, outcome.problem);
      }
    }
  } catch (error) {
    if (!isRedisAway(error)) throw error; // the job is recorded; only waiting for it has failed
  }
  const retainedUntil = Date.now() + config.jobDeadlineMs + config.retainMs;
  sendAccepted(res, { job, key, forward, deduplicated, retainedUntil });
}

/** The job if it ended while the request was allowed to wait for it; undefined otherwise. */
async function waitFor(
  res: Response,
  { job, run }: { readonly job: string; readonly run: string },
  askedMs: number | undefined,
  { config, waiter }: ApiDependencies,
) {
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

function freshMsOf({ model, key, dependencies: { config } }: Context): number {
  const freshMs = (model.cache ? model.cache.freshMs : undefined) ?? config.cacheTtlMs;
  return lifetimeFor(key, { freshMs, staleMs: 0, jitter: config.cacheTtlJitter }).freshMs;
}

function count({ counters }: ApiDependencies, model: Model, what: string, savedMs = 0): void {
  counters.add(what);
  counters.add(modelField(model.name, what));
  if (savedMs === 0) return;
  counters.add('compute_ms_saved', savedMs);
  counters.add(modelField(model.name, 'compute_ms_saved'), savedMs);
}
