/** A delivery: one event of one job on its way to its receiver. Its row is a hash, `h:<id>`. */
import type { JobEventName, QueueRedis, QueueShards } from '@deja/jobs';

/**
 * `pending` until it is over; `delivered`: the receiver took it; `gone`: the endpoint wants no more
 * (410); `dead`: given up.
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

/** Times: epoch ms on the queue Redis' clock. */
export interface Delivery {
  /** `<job>-<event>`, also the `webhook-id`: the same for every attempt. */
  readonly id: string;
  readonly job: string;
  /** Whose it is. Undefined: it was made while keys were off. */
  readonly tenant: string | undefined;
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

/** A delivery as a worker takes it; the version grows with every decision about it. */
export interface DeliveryVersion {
  readonly id: string;
  readonly version: number;
}

export const deliveryIdOf = (job: string, event: JobEventName): string => `${job}-${event}`;

export const jobOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));

/** The shard of a delivery's job; the first one for what is no delivery, and is not found there. */
export const queueOf = (queues: QueueShards, id: string): QueueRedis =>
  queues.ofJob(id) ?? queues.all[0];

/** Some fields of a row; undefined where there are none. */
export async function readRow<Field extends string>(
  { redis, shard }: QueueRedis,
  id: string,
  fields: readonly Field[],
): Promise<Partial<Record<Field, Buffer>>> {
  const values = await redis.hmgetBuffer(`${shard.prefix}h:${id}`, ...fields);
  const row: Partial<Record<Field, Buffer>> = {};
  for (const [at, field] of fields.entries()) row[field] = values[at] ?? undefined;
  return row;
}
