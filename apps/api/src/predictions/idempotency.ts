/** `Idempotency-Key`: equal keys on equal questions name one job for a day. */
import { createHash } from 'node:crypto';
import { newJobId } from '@deja/jobs';
import type { ApiContext } from '../context.ts';
import { withDeadline } from '../http/deadline.ts';
import { ProblemError } from '../wire/problem.ts';
import type { Question } from './question.ts';

/**
 * The job of this Idempotency-Key. It is chosen before JOIN, so that repeated requests share it.
 *
 * @throws ProblemError when the key belongs to another question.
 */
export async function claimJob(
  question: Question,
  idempotencyKey: string,
  { idempotency, shard }: ApiContext,
): Promise<string> {
  const claim = idempotency.claim(idempotencyKey, newJobId(shard), identityOf(question));
  const claimed = await withDeadline(question.deadline, claim);
  if (claimed !== undefined) return claimed;
  throw new ProblemError('idempotency-conflict', 'it belongs to another question for a day');
}

/** Two questions with the same identity are the same question for an Idempotency-Key. */
function identityOf({ key, webhook }: Question): string {
  if (!webhook) return key;
  const { url, events } = webhook;
  return `${key} ${createHash('sha256')
    .update(JSON.stringify([url, events]))
    .digest('hex')}`;
}
