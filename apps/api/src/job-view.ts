/** Jobs as clients see them (docs/api.md). */
import { isFinal, type JobRecord, type RunFailure, type RunStore } from '@deja/jobs';
import type { ApiDependencies } from './dependencies.ts';
import { type Problem, problemOf, problemOfFailure } from './problem.ts';

/** What a job has come to: the members of its answer, a problem, or nothing yet. */
export type JobOutcome =
  | { readonly is: 'pending' }
  | { readonly is: 'answer'; readonly members: Buffer }
  | { readonly is: 'problem'; readonly problem: Problem };

export async function outcomeOf(job: JobRecord, runs: RunStore): Promise<JobOutcome> {
  if (!isFinal(job.status)) return { is: 'pending' };
  if (job.status === 'canceled') return { is: 'problem', problem: problemOf('job-canceled') };
  if (job.status === 'expired') return { is: 'problem', problem: problemOf('job-expired') };
  const body = await runs.readResult(job.run);
  if (!body) {
    const detail = 'its result had to make room; send the request again';
    return { is: 'problem', problem: problemOf('job-gone', detail) };
  }
  if (job.status === 'succeeded') return { is: 'answer', members: body };
  const failure = JSON.parse(body.toString()) as RunFailure;
  return { is: 'problem', problem: problemOfFailure(failure) };
}

/** Until when the job can be read at least. Unit: epoch ms. */
function retainedUntil(job: JobRecord, retainMs: number): number {
  return (job.finishedAt ?? job.deadlineAt) + Math.min(job.retainMs ?? retainMs, retainMs);
}

/** Everything of the job but its result, which is bytes already. Members without a value are absent. */
export function jobView(
  job: JobRecord,
  outcome: JobOutcome,
  { config, estimator }: Pick<ApiDependencies, 'config' | 'estimator'>,
) {
  const leftMs = job.wait && estimator.leftMs(job.wait, runningForMs(job));
  return {
    job_id: job.id,
    status: job.status,
    model: { name: job.model, version: job.version },
    cache_key: job.key,
    deduplicated: job.deduplicated,
    created_at: iso(job.createdAt),
    ...(job.startedAt !== undefined && { started_at: iso(job.startedAt) }),
    ...(job.finishedAt !== undefined && { finished_at: iso(job.finishedAt) }),
    deadline_at: iso(job.deadlineAt),
    retained_until: iso(retainedUntil(job, config.retainMs)),
    ...(job.wait?.place !== undefined && { queue_position: job.wait.place }),
    ...(leftMs !== undefined && { estimated_ready_at: iso(Date.now() + leftMs) }),
    ...(job.progress && { progress: job.progress }),
    ...(outcome.is === 'problem' && { error: outcome.problem }),
  };
}

export const runningForMs = ({ startedAt }: JobRecord): number =>
  startedAt === undefined ? 0 : Math.max(0, Date.now() - startedAt);

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();
