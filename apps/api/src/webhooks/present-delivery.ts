/** Presents deliveries of webhooks to clients (docs/api.md). URLs come without their query. */
import { isFinal, type JobRecord } from '@deja/jobs';
import { type Delivery, type DeliveryStore, displayUrl } from '@deja/webhooks';
import { iso } from '@deja/wire';

export function deliveryView(delivery: Delivery) {
  const { id, job, event, url, createdAt, attempts } = delivery;
  return {
    delivery_id: id,
    job_id: job,
    type: `job.${event}`,
    url: displayUrl(url),
    created_at: iso(createdAt),
    ...progressOf(delivery),
    log: attempts.map(({ at, durationMs, statusCode, outcome }) => ({
      at: iso(at),
      duration_ms: durationMs,
      outcome,
      ...(statusCode !== undefined && { status_code: statusCode }),
    })),
  };
}

/**
 * The `webhook` member of a job: the state of the delivery of its last event. `waiting`: no event
 * that the webhook asks for has happened yet. `none`: the job ended and none will.
 */
export async function webhookView(
  { id, status, webhook }: JobRecord,
  deliveries: DeliveryStore,
): Promise<object | undefined> {
  if (!webhook) return undefined;
  const last = (await deliveries.ofJob(id)).at(-1);
  const nothing = { status: isFinal(status) ? 'none' : 'waiting', attempts: 0 };
  return { url: displayUrl(webhook.url), ...(last ? progressOf(last) : nothing) };
}

function progressOf({ state, tries, lastStatusCode, nextAttemptAt }: Delivery) {
  return {
    status: state,
    attempts: tries,
    ...(lastStatusCode !== undefined && { last_status_code: lastStatusCode }),
    ...(nextAttemptAt !== undefined && { next_attempt_at: iso(nextAttemptAt) }),
  };
}
