/** The job of a question that was answered at once: finished when it is recorded, and called back. */
import { QueueFullError } from '../errors.ts';
import { newRunId } from '../ids.ts';
import { answeredScript } from '../lua/answered.ts';
import type { QueueRedis } from '../queue-redis.ts';
import { hookOf, type Webhook } from '../webhook.ts';
import type { Lane } from './run.ts';

export interface AnsweredQuestion {
  readonly job: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly lane: Lane;
  readonly deadlineMs: number;
  readonly webhook: Webhook;
}

/**
 * Records the job, and in the same script the row of its delivery.
 *
 * @param payload The members of the answer, as FINALISE would have stored them.
 * @throws QueueFullError when too many deliveries are pending.
 */
export async function recordAnswered(
  queue: QueueRedis,
  { webhook, ...question }: AnsweredQuestion,
  payload: Buffer,
): Promise<void> {
  const request = { ...question, run: newRunId(), hook: hookOf(webhook) };
  const reply = await queue.ask(answeredScript, JSON.stringify(request), payload);
  if (reply.text('outcome') === 'full') throw new QueueFullError(reply.text('why'));
}
