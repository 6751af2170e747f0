/** Idempotency-Keys: each belongs to one job for 24 h. */
import { createHash } from 'node:crypto';
import { claimScript } from '../lua/claim.ts';
import type { QueueRedis } from '../queue-redis.ts';

const HELD_MS = 86_400_000;

export class IdempotencyKeys {
  readonly #queue: QueueRedis;

  constructor(queue: QueueRedis) {
    this.#queue = queue;
  }

  /**
   * The job that belongs to the key for the next 24 h: `job`, or the job that claimed the key first.
   * Undefined if another question has claimed it.
   */
  async claim(idempotencyKey: string, job: string, question: string): Promise<string | undefined> {
    const digest = createHash('sha256').update(idempotencyKey).digest('hex');
    const claimed = await this.#queue.call(claimScript, digest, job, question, HELD_MS);
    return String(claimed) || undefined;
  }
}
