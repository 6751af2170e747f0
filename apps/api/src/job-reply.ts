import type { JobRecord } from '@deja/jobs';
import { type JobOutcome, jobView } from './job-view.ts';
import { jsonReply, membersReply, type Reply } from './reply.ts';

/** The job with its result, whose bytes are not looked at. */
export function jobReply(job: JobRecord, outcome: JobOutcome, retainMs: number): Reply {
  const view = jobView(job, outcome, retainMs);
  if (outcome.is !== 'answer') return jsonReply(view);
  return membersReply(view, Buffer.concat([RESULT, outcome.members, BRACE]));
}

const RESULT = Buffer.from('{"result":');
const BRACE = Buffer.from('}');
