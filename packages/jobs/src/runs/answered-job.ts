/** The job of a question that was answered at once: finished when it is recorded, and called back. */
import { IdempotencyConflictError } from '../errors.ts';
import { newRunId } from '../ids.ts';
import { answeredScript } from '../lua/answered.ts';
import type { QueueShards } from '../queue-redis.ts';
import { throwRefusal } from '../refusal.ts';
import { hookOf, type Webhook } from '../webhook.ts';
import type { Claim } from './claim.ts';
import { withClaim } from './idempotency.ts';
import type { Lane } from './run.ts';

export interface AnsweredQuestion {
  readonly job: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly lane: Lane;
  readonly deadlineMs: number;
  readonly webhook: Webhook;
  /** The Idempotency-Key of the submission. Default: none. */
  readonly claim?: Claim | undefined;
  /** Who asks. Default: keys are off. */
  readonly tenant?: string | undefined;
}

/**
 * Records the job, and in the same script the row of its delivery.
 *
 * @param payload The members of the answer, as FINALISE would have stored them.
 * @throws QueueFullError when too many deliveries are pending, TenantLimitError when too many of the tenant are.
 * @throws IdempotencyConflictError if the request's key has another question's job.
 * @returns The job: another than the question's, if its Idempotency-Key had one.
 */
export async function recordAnswered(
  queues: QueueShards,
  { webhook, ...question }: AnsweredQuestion,
  payload: Buffer,
): Promise<string> {
  const queue = queues.ofKey(question.key);
  const run = newRunId(queue.shard);
  return await withClaim(queues, question, async (claimed) => {
    const request = { ...question, claim: undefined, ...claimed, run, hook: hookOf(webhook) };
    const reply = await queue.ask(answeredScript, JSON.stringify(request), payload);
    throwRefusal(reply);
    if (reply.text('outcome') === 'conflict') throw new IdempotencyConflictError();
    return reply.text('job');
  });
}
