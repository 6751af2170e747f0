/**
 * Idempotency-Keys: each belongs to one job for 24 h, from when the job is made (lua/claims.ts). A key
 * lies in the shard of its own digest.
 */
import { IdempotencyConflictError, QueueFullError } from '../errors.ts';
import { claimScript, settleClaimScript } from '../lua/claim.ts';
import type { QueueShards } from '../queue-redis.ts';
import type { Claim } from './claim.ts';

/** What makes a job: a submission, or the record of one that was answered at once. */
interface Claimant {
  readonly key: string;
  readonly job: string;
  readonly claim?: Claim | undefined;
}

/**
 * Gives `make` the job and the claim with which it makes its job. Where the claim lies in the question's
 * own shard, `make` keeps it in the same script; otherwise it gets the job that the claim has.
 *
 * @param isMade Whether there is a job. A call that did not answer may have made it.
 * @throws IdempotencyConflictError if the key has another question's job.
 */
export async function withClaim<T>(
  queues: QueueShards,
  { key, job, claim }: Claimant,
  make: (asked: Pick<Claimant, 'job' | 'claim'>) => Promise<T>,
  isMade: (made: T) => boolean = () => true,
): Promise<T> {
  if (!claim) return await make({ job });
  const home = queues.ofKey(claim.digest);
  const { shard } = queues.ofKey(key);
  const asked = { ...claim, within: `${shard.index}-` };
  if (home.shard.index === shard.index) return await make({ job, claim: asked });
  const json = JSON.stringify(asked);
  const reply = await home.ask(claimScript, json, job);
  if (reply.text('outcome') === 'conflict') throw new IdempotencyConflictError();
  const claimed = reply.text('job');
  let isKept = true;
  try {
    const made = await make({ job: claimed });
    isKept = isMade(made);
    return made;
  } catch (error) {
    if (error instanceof QueueFullError) isKept = false;
    throw error;
  } finally {
    await home.call(settleClaimScript, json, claimed, isKept ? 1 : 0).catch(() => undefined);
  }
}

export class IdempotencyKeys {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /**
   * The job that the key has already, if any.
   *
   * @throws IdempotencyConflictError if it is another question's.
   */
  async jobOf({ digest, question }: Claim): Promise<string | undefined> {
    const { redis, shard } = this.#queues.ofKey(digest);
    const [job, asked] = await redis.hmget(`${shard.prefix}x:${digest}`, 'job', 'body');
    if (!job) return undefined;
    if (asked === question) return job;
    throw new IdempotencyConflictError();
  }
}
