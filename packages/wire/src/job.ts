/** Presents jobs to clients (docs/api.md), in answers and in the payloads of webhooks. */
import { isFinal, type JobRecord, type JobStatus, type RunFailure } from '@deja/jobs';
import { jobProblem, type Problem, problemOfFailure } from './problem.ts';

/** What a job has come to: the members of its answer, a problem, or nothing yet. */
export type JobOutcome =
  | { readonly is: 'pending' }
  | { readonly is: 'answer'; readonly payload: Buffer }
  | { readonly is: 'problem'; readonly problem: Problem };

/** @param body The bytes with which the run ended; undefined: no longer kept. */
export function outcomeOfEnd(status: JobStatus, body: Buffer | undefined): JobOutcome {
  if (!isFinal(status)) return { is: 'pending' };
  if (status === 'canceled') return { is: 'problem', problem: jobProblem('job-canceled') };
  if (status === 'expired') return { is: 'problem', problem: jobProblem('job-expired') };
  if (!body) {
    const detail = 'its result had to make room; send the request again';
    return { is: 'problem', problem: jobProblem('job-gone', { detail }) };
  }
  if (status === 'succeeded') return { is: 'answer', payload: body };
  const failure = JSON.parse(body.toString()) as RunFailure;
  return { is: 'problem', problem: problemOfFailure(failure) };
}

export interface PresentJobOptions {
  /** How long finished jobs are kept. Unit: ms. */
  readonly retainMs: number;
  /** Epoch ms. */
  readonly readyAt?: number | undefined;
  readonly webhook?: object | undefined;
}

/** The job without its result, which is bytes already. Members without a value are absent. */
export function presentJob(
  job: JobRecord,
  outcome: JobOutcome,
  { retainMs, readyAt, webhook }: PresentJobOptions,
) {
  return {
    job_id: job.id,
    status: job.status,
    model: { name: job.model, version: job.version },
    cache_key: job.key,
    deduplicated: job.deduplicated,
    ...(job.missReason !== undefined && { miss_reason: job.missReason }),
    created_at: iso(job.createdAt),
    ...(job.startedAt !== undefined && { started_at: iso(job.startedAt) }),
    ...(job.finishedAt !== undefined && { finished_at: iso(job.finishedAt) }),
    deadline_at: iso(job.deadlineAt),
    retained_until: iso(retainedUntil(job, retainMs)),
    ...(job.wait?.place !== undefined && { queue_position: job.wait.place }),
    ...(readyAt !== undefined && { estimated_ready_at: iso(readyAt) }),
    ...(job.progress && { progress: job.progress }),
    ...(webhook && { webhook }),
    ...(outcome.is === 'problem' && { error: outcome.problem }),
  };
}

/** The time until which the job can be read. Unit: epoch ms. */
export function retainedUntil(
  job: Pick<JobRecord, 'finishedAt' | 'deadlineAt' | 'retainMs'>,
  retainMs: number,
): number {
  return (job.finishedAt ?? job.deadlineAt) + Math.min(job.retainMs ?? retainMs, retainMs);
}

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();
