/** Webhooks as jobs record them: who is called back, and for which events. */

/** What a webhook can be told of a job. On the wire: `job.<event>`. */
export const JOB_EVENTS = ['started', 'completed', 'failed', 'canceled', 'expired'] as const;
export type JobEventName = (typeof JOB_EVENTS)[number];

/** What it is told unless it says otherwise. */
export const DEFAULT_JOB_EVENTS: readonly JobEventName[] = JOB_EVENTS.filter(
  (event) => event !== 'started',
);

export interface Webhook {
  readonly url: string;
  readonly events: readonly JobEventName[];
  /** W3C Trace Context of the submission, passed on with every delivery. */
  readonly trace?: string | undefined;
}

/** As the scripts read it: with the host and port, since the outbox counts by them. */
export const hookOf = (webhook: Webhook): string =>
  JSON.stringify({ ...webhook, host: new URL(webhook.url).host });
