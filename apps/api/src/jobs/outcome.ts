/** Presents jobs in the API: the shared document, and what only an API process knows. */
import type { EndedJob, JobRecord, JobStore } from '@deja/jobs';
import { type JobOutcome, outcomeOfEnd, presentJob } from '@deja/wire';
import type { ApiContext } from '../context.ts';
import { webhookView } from '../webhooks/present-delivery.ts';
import { type Headers, jsonReply, memberReply, type Reply } from '../wire/reply.ts';
import { retryAfterS } from '../wire/retry-after.ts';

export async function outcomeOf(job: EndedJob, jobs: JobStore): Promise<JobOutcome> {
  const { status, run, result } = job;
  const isKept = status === 'succeeded' || status === 'failed';
  return outcomeOfEnd(status, isKept ? (result ?? (await jobs.readResult(run))) : undefined);
}

/** The job with its result, whose bytes are copied, not parsed. `Retry-After` while it is open. */
export async function jobReply(
  job: JobRecord,
  outcome: JobOutcome,
  { config, estimator, deliveries }: Pick<ApiContext, 'config' | 'estimator' | 'deliveries'>,
): Promise<Reply> {
  const leftMs = job.wait && estimator.leftMs(job.wait);
  const headers: Headers = job.wait ? { 'Retry-After': String(retryAfterS(leftMs)) } : {};
  const view = presentJob(job, outcome, {
    retainMs: config.jobLimits.retainMs,
    readyAt: leftMs === undefined ? undefined : Date.now() + leftMs,
    webhook: await webhookView(job, deliveries),
  });
  if (outcome.is !== 'answer') return jsonReply(view, { headers });
  return memberReply(view, 'result', outcome.payload, headers);
}
