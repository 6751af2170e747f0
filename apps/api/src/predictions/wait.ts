/** The result of a job while its request waits: computed or failed; accepted when the time is up. */
import type { EndedJob, JobStatus, Wait } from '@deja/jobs';
import { isRedisAway } from '@deja/redis';
import type { ApiContext } from '../context.ts';
import { outcomeOf } from '../jobs/outcome.ts';
import { ProblemError } from '../wire/problem.ts';
import type { Question } from './question.ts';
import type { Accepted, Computed, Failed, Forward } from './result.ts';
import { NO_STORE_RETAIN_MS } from './submit.ts';

/** A job that has joined its run. */
export interface Joined {
  readonly job: string;
  readonly run: string;
  readonly deduplicated: boolean;
  /** Default: queued. */
  readonly status?: JobStatus;
  readonly wait: Wait;
}

/** Waits for as long as the request asks and MAX_WAIT allows. */
export async function waitForResult(
  question: Question,
  forward: Forward,
  joined: Joined,
  context: ApiContext,
): Promise<Accepted | Computed | Failed> {
  const { key, directives } = question;
  const { cache, config, jobs, estimator } = context;
  const { job, status = 'queued', deduplicated, wait } = joined;
  const waitMs = Math.min(directives.waitMs ?? 0, config.maxWaitMs);
  const waited = directives.waitMs === undefined ? {} : { appliedWaitMs: waitMs };
  try {
    const ended = await endOf(joined, waitMs, question.clientSignal, context);
    if (ended?.computation) cache.supersede(key, ended.computation);
    const outcome = ended && (await outcomeOf(ended, jobs));
    if (ended && outcome?.is === 'answer') {
      const { payload } = outcome;
      const { fenced } = ended;
      return { outcome: 'computed', key, forward, payload, deduplicated, fenced, ...waited };
    }
    if (outcome?.is === 'problem')
      return { outcome: 'failed', problem: outcome.problem, run: { key, forward }, ...waited };
  } catch (error) {
    if (!isRedisAway(error)) throw error; // the job is recorded; only waiting for it has failed
  }
  const retainMs = directives.noStore ? NO_STORE_RETAIN_MS : config.jobLimits.retainMs;
  return {
    outcome: 'accepted',
    ...{ key, forward, job, status, deduplicated },
    retainedUntil: Date.now() + config.jobDeadlineMs + retainMs,
    leftMs: estimator.leftMs(wait),
    ...waited,
  };
}

/** The ended job, if it ended while the request was allowed to wait; otherwise undefined. */
async function endOf(
  { job, run }: Joined,
  timeoutMs: number,
  signal: AbortSignal,
  { config, waiter }: ApiContext,
): Promise<EndedJob | undefined> {
  if (timeoutMs === 0 || waiter.size >= config.maxWaiters) return undefined;
  const seen = await waiter.waitForEnd(job, run, { timeoutMs, signal });
  if (!seen) return undefined; // Redis is unavailable, but the job is recorded
  if (seen.outcome === 'found') return seen.job;
  throw new ProblemError('queue-unavailable', 'the queue lost this job; send it again');
}
