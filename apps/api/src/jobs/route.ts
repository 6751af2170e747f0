/** `GET /jobs/{id}`, its `/result` and `/events`. */
import { isFinal, isLastEvent, type JobLookup, type JobRecord } from '@deja/jobs';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiContext } from '../context.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import { requestDeadline, withDeadline } from '../http/deadline.ts';
import { isOwn, principalOf } from '../http/principal.ts';
import { waitOf } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import { problemReply, send } from '../wire/reply.ts';
import { preferenceApplied, resultReply } from '../wire/result.ts';
import { UNAVAILABLE_RETRY_S } from '../wire/retry-after.ts';
import { openStream, streamJob } from './event-stream.ts';
import { jobReply, outcomeOf } from './outcome.ts';

export function jobRoute(context: ApiContext): RequestHandler {
  const { jobs } = context;
  return async (req, res) => {
    const job = await readJob(req, res, context);
    const outcome = await outcomeOf(job, jobs);
    send(res, await jobReply(job, outcome, context));
  };
}

/** The answer that the submission would have got if it had waited. */
export function jobResultRoute(context: ApiContext): RequestHandler {
  const { jobs } = context;
  return async (req, res) => {
    const job = await readJob(req, res, context);
    const outcome = await outcomeOf(job, jobs);
    if (outcome.is === 'problem') return send(res, problemReply(outcome.problem));
    if (outcome.is === 'answer') {
      const { key, deduplicated, fenced, missReason } = job;
      const { payload } = outcome;
      const answer = { key, missReason, payload, deduplicated, fenced };
      const computed = { ...answer, forward: 'miss' } as const;
      return send(res, resultReply({ outcome: 'computed', ...computed }));
    }
    res.set('Location', `/jobs/${job.id}`);
    send(res, { ...(await jobReply(job, outcome, context)), status: 202 });
  };
}

/** The job's events as a stream. Nothing follows `done`, so a client that has seen it gets 204. */
export function jobEventsRoute(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.id);
    const clientSignal = clientSignalOf(res, context.stopping);
    const job = found(req, await withDeadline(requestDeadline(), context.jobs.read(id)));
    const after = req.get('last-event-id');
    if (after !== undefined && isLastEvent(after)) return void res.status(204).end();
    if (req.method === 'HEAD') return void openStream(res).end();
    const { tenant } = principalOf(req);
    refuseStream(tenant, context);
    await streamJob(res, job, { after, clientSignal, tenant }, context);
  };
}

/** @throws ProblemError if as many are open as may be, or as the tenant leaves for others. */
function refuseStream(tenant: string | undefined, { streams }: ApiContext): void {
  const fullFor = streams.fullFor(tenant);
  if (fullFor === 'all')
    throw new ProblemError('streams-full', `MAX_EVENT_STREAMS (${streams.max}) are open`);
  if (fullFor === undefined) return;
  const held = streams.held.get(tenant ?? '');
  const why = `${held} event streams of this tenant are open, as many as are left for others of MAX_EVENT_STREAMS (${streams.max})`;
  throw new ProblemError('quota-exceeded', why, {
    headers: { 'Retry-After': String(UNAVAILABLE_RETRY_S) },
  });
}

async function readJob(
  req: Request,
  res: Response,
  { cache, config, jobs, waiter, waits, stopping }: ApiContext,
): Promise<JobRecord> {
  const id = String(req.params.id);
  const signal = clientSignalOf(res, stopping);
  let seen = await withDeadline(requestDeadline(), jobs.read(id));
  const waitMs = Math.min(waitOf(req.headers.prefer) ?? 0, config.maxWaitMs);
  found(req, seen);
  const { tenant } = principalOf(req);
  const mayWait = waitMs > 0 && !signal.aborted && waits.fullFor(tenant) === undefined;
  if (mayWait && seen.outcome === 'found' && !isFinal(seen.job.status)) {
    using _ = waits.hold(tenant);
    res.set(preferenceApplied({ appliedWaitMs: waitMs }));
    seen = (await waiter.wait(id, seen.job.run, { timeoutMs: waitMs, signal })) ?? seen;
  }
  const job = found(req, seen);
  if (job.computation) cache.supersede(job.key, job.computation);
  return job;
}

/** The job, or the problem that says where it is. Another tenant's is nowhere. */
export function found(req: Request, seen: JobLookup): JobRecord {
  if (seen.outcome === 'found' && isOwn(principalOf(req), seen.job)) return seen.job;
  throw seen.outcome === 'expired'
    ? new ProblemError('job-gone', 'send the request again')
    : new ProblemError('job-unknown', `no job ${req.params.id}`);
}
