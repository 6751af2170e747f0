/** Webhooks as they are recorded: who is called back, and how far its deliveries have come. */
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

/**
 * `pending` until it is over; `delivered`: the receiver took it; `gone`: it wants no more (410);
 * `dead`: given up.
 */
export type DeliveryState = 'pending' | 'delivered' | 'gone' | 'dead';

export interface DeliveryAttempt {
  /** When it began. Epoch ms on the queue Redis' clock. */
  readonly at: number;
  readonly durationMs: number;
  readonly statusCode: number | undefined;
  /** `delivered`, `gone`, or why it failed, in a word. */
  readonly outcome: string;
}

/** One event of one job on its way to its receiver. Times: epoch ms on the queue Redis' clock. */
export interface Delivery {
  /** `<job>-<event>`, also the `webhook-id`: the same for every attempt. */
  readonly id: string;
  readonly job: string;
  readonly event: JobEventName;
  readonly url: string;
  readonly state: DeliveryState;
  readonly createdAt: number;
  /** When it is attempted next; undefined once it is over. */
  readonly nextAttemptAt: number | undefined;
  /** Attempts so far. */
  readonly tries: number;
  readonly lastStatusCode: number | undefined;
  /** The last 30, the first one first. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** A delivery as it is handed over; `turn` grows with every decision about it. */
export interface Turn {
  readonly id: string;
  readonly turn: number;
}

/** Which event a job's status is; a queued one is none. */
const EVENT_OF: Readonly<Record<string, JobEventName>> = {
  running: 'started',
  succeeded: 'completed',
  failed: 'failed',
  canceled: 'canceled',
  expired: 'expired',
};

export const deliveryIdOf = (job: string, event: JobEventName): string => `${job}-${event}`;

/** The delivery that tells of this status; undefined when the webhook does not want it. */
export function deliveryOfStatus(job: string, status: string, { events }: Webhook) {
  const event = EVENT_OF[status];
  return event && events.includes(event) ? deliveryIdOf(job, event) : undefined;
}
