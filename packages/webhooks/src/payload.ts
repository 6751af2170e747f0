/** The payload of a webhook (docs/api.md): the event, and the job as it was at that moment. */
import { iso, type JobOutcome, outcomeOfEnd, presentJob } from '@deja/wire';
import type { Sendable } from './outbox.ts';

export interface PayloadOptions {
  /** How long finished jobs are kept. Unit: ms. */
  readonly retainMs: number;
  /** Where clients reach the API, without a trailing slash. Empty: unknown. */
  readonly publicUrl: string;
}

/** A payload larger than this has the result's address instead of the result. */
const MAX_BYTES = 20_000;

export function webhookPayload(
  { event, createdAt, job, body }: Pick<Sendable, 'event' | 'createdAt' | 'job' | 'body'>,
  { retainMs, publicUrl }: PayloadOptions,
): string {
  const isTooLarge = event === 'completed' && body === undefined;
  const outcome: JobOutcome = isTooLarge ? { is: 'pending' } : outcomeOfEnd(job.status, body);
  const view = presentJob(job, outcome, { retainMs });
  const withData = (data: string) =>
    `{"type":"job.${event}","timestamp":"${iso(createdAt)}","data":${data}}`;
  if (outcome.is === 'answer') {
    const data = `${JSON.stringify(view).slice(0, -1)},"result":${outcome.payload}}`;
    const whole = withData(data);
    if (Buffer.byteLength(whole) <= MAX_BYTES) return whole;
  } else if (!isTooLarge) {
    return withData(JSON.stringify(view));
  }
  const resultUrl = `${publicUrl}/jobs/${job.id}/result`;
  return withData(JSON.stringify({ ...view, result_url: resultUrl }));
}
