/** `Idempotency-Key`: equal keys on equal questions name one job for a day. */
import { createHash } from 'node:crypto';
import { type Claim, claimFor } from '@deja/jobs';
import type { Question } from './question.ts';

/** Two questions with the same identity are the same question for an Idempotency-Key. */
export function claimOf(
  { principal: { tenant }, key, webhook }: Question,
  idempotencyKey: string,
): Claim {
  if (!webhook) return claimFor(idempotencyKey, key, tenant);
  const { url, events } = webhook;
  const digest = createHash('sha256')
    .update(JSON.stringify([url, events]))
    .digest('hex');
  return claimFor(idempotencyKey, `${key} ${digest}`, tenant);
}
