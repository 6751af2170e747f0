/** Idempotency-Keys: each belongs to one job for 24 h, from when the job is made (lua/claims.ts). */
import { createHash } from 'node:crypto';
import { IdempotencyConflictError } from '../errors.ts';
import type { QueueRedis } from '../queue-redis.ts';

const HELD_MS = 86_400_000;

/** What JOIN and ANSWERED need to give a key to the job that they make. */
export interface Claim {
  readonly digest: string;
  /** The identity of what is asked. */
  readonly question: string;
  readonly heldMs: number;
}

export function claimFor(idempotencyKey: string, question: string): Claim {
  const digest = createHash('sha256').update(idempotencyKey).digest('hex');
  return { digest, question, heldMs: HELD_MS };
}

export class IdempotencyKeys {
  readonly #queue: QueueRedis;

  constructor(queue: QueueRedis) {
    this.#queue = queue;
  }

  /**
   * The job that the key has already, if any.
   *
   * @throws IdempotencyConflictError if it is another question's.
   */
  async jobOf({ digest, question }: Claim): Promise<string | undefined> {
    const { redis, shard } = this.#queue;
    const [job, asked] = await redis.hmget(`${shard.prefix}x:${digest}`, 'job', 'body');
    if (!job) return undefined;
    if (asked === question) return job;
    throw new IdempotencyConflictError();
  }
}
