/**
 * The BullMQ queue that carries deliveries from the outbox to whoever sends them. BullMQ's id holds
 * the delivery's turn: it is never used twice, so a row that comes again while it is still being
 * worked on is a no-op, and the next turn never is.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Shard } from './shard.ts';
import type { Turn } from './webhook.ts';

export const WEBHOOK_QUEUE = 'webhooks';

export const waitListOf = ({ queuePrefix }: Shard): string =>
  `${queuePrefix}:${WEBHOOK_QUEUE}:wait`;

export interface WebhookQueue extends AsyncDisposable {
  add(rows: readonly Turn[]): Promise<void>;
}

/** `redis` must fail fast; see `createRunQueues`. */
export function createWebhookQueue(redis: Redis, shard: Shard): WebhookQueue {
  const queue = new Queue<Turn>(WEBHOOK_QUEUE, {
    connection: redis,
    prefix: shard.queuePrefix,
    skipWaitingForReady: true,
    skipVersionCheck: true,
  });
  queue.on('error', () => {}); // the connection's owner reports its errors
  return {
    async add(rows) {
      const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true };
      await queue.addBulk(
        rows.map(({ id, turn }) => ({
          name: 'deliver',
          data: { id, turn },
          opts: { ...opts, jobId: `${id}-${turn}` },
        })),
      );
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
    },
  };
}
