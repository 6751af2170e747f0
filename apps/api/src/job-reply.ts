import type { JobRecord } from '@deja/jobs';
import type { ApiDependencies } from './dependencies.ts';
import { type JobOutcome, jobView } from './job-view.ts';
import { jsonReply, membersReply, type Reply } from './reply.ts';

/** The job with its result, whose bytes are not looked at. */
export function jobReply(
  job: JobRecord,
  outcome: JobOutcome,
  dependencies: Pick<ApiDependencies, 'config' | 'estimator'>,
): Reply {
  const view = jobView(job, outcome, dependencies);
  if (outcome.is !== 'answer') return jsonReply(view);
  return membersReply(view, Buffer.concat([RESULT, outcome.members, BRACE]));
}

const RESULT = Buffer.from('{"result":');
const BRACE = Buffer.from('}');
