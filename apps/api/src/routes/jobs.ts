/** `GET /jobs/{id}` and `GET /jobs/{id}/result`. */
import { isFinal, type JobRecord } from '@deja/jobs';
import type { Request, RequestHandler, Response } from 'express';
import { sendComputed, sendMembers } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { waitOf } from '../directives.ts';
import { type JobOutcome, jobView, outcomeOf } from '../job-view.ts';
import { ProblemError } from '../problem.ts';
import { sendProblem } from '../send-problem.ts';

export function jobRoute(dependencies: ApiDependencies): RequestHandler {
  const { config, runs } = dependencies;
  return async (req, res) => {
    const job = await readJob(req, res, dependencies);
    const outcome = await outcomeOf(job, runs);
    if (outcome.is === 'pending') res.set('Retry-After', '1');
    sendJob(res, job, outcome, config.retainMs);
  };
}

/** The answer as the submission itself would have given it, had it waited. */
export function jobResultRoute(dependencies: ApiDependencies): RequestHandler {
  const { config, runs } = dependencies;
  return async (req, res) => {
    const job = await readJob(req, res, dependencies);
    const outcome = await outcomeOf(job, runs);
    if (outcome.is === 'problem') return sendProblem(res, outcome.problem);
    if (outcome.is === 'answer') {
      const { members } = outcome;
      return sendComputed(res, { key: job.key, members, forward: 'miss', job });
    }
    res.status(202).set({ 'Retry-After': '1', Location: `/jobs/${job.id}` });
    sendJob(res, job, outcome, config.retainMs);
  };
}

async function readJob(
  req: Request,
  res: Response,
  { cache, config, runs, waiter }: ApiDependencies,
): Promise<JobRecord> {
  const id = String(req.params.id);
  let seen = await runs.readJob(id);
  const waitMs = Math.min(waitOf(req.headers.prefer) ?? 0, config.maxWaitMs);
  if (seen.outcome === 'found' && !isFinal(seen.job.status) && waitMs > 0) {
    res.set('Preference-Applied', `wait=${Math.floor(waitMs / 1000)}`);
    if (waiter.size < config.maxWaiters) {
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      const options = { timeoutMs: waitMs, signal: gone.signal };
      seen = await waiter.wait(id, seen.job.run, options);
    }
  }
  if (seen.outcome === 'found') {
    if (seen.job.computation) cache.supersede(seen.job.key, seen.job.computation);
    return seen.job;
  }
  throw seen.outcome === 'gone'
    ? new ProblemError('job-gone', 'send the request again')
    : new ProblemError('job-unknown', `no job ${id}`);
}

function sendJob(res: Response, job: JobRecord, outcome: JobOutcome, retainMs: number): void {
  const view = jobView(job, outcome, retainMs);
  if (outcome.is !== 'answer') return void res.json(view);
  sendMembers(res, view, Buffer.concat([Buffer.from('{"result":'), outcome.members, BRACE]));
}

const BRACE = Buffer.from('}');
