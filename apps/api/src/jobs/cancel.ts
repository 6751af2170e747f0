/** `DELETE /jobs/{id}`. */
import type { RequestHandler } from 'express';
import { askedBy } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import { ProblemError } from '../wire/problem.ts';
import { send } from '../wire/reply.ts';
import { jobReply } from './outcome.ts';
import { found } from './route.ts';

/** Cancels this job. Its run stops only if no other job wants it. */
export function cancelRoute(context: ApiContext): RequestHandler {
  const { jobs, audit } = context;
  return async (req, res) => {
    const id = String(req.params.id);
    found(req, await jobs.read(id));
    await jobs.cancel(id);
    const job = found(req, await jobs.read(id));
    if (job.status !== 'canceled')
      throw new ProblemError('job-ended', `the job has ended: ${job.status}`);
    audit.record(askedBy(req, job.tenant), 'job.canceled', id);
    send(res, await jobReply(job, { is: 'pending' }, context));
  };
}
