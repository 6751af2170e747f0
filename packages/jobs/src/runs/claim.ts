import { createHash } from 'node:crypto';

const HELD_MS = 86_400_000;

/** What JOIN and ANSWERED need to give a key to the job that they make. */
export interface Claim {
  readonly digest: string;
  /** The identity of what is asked. */
  readonly question: string;
  readonly heldMs: number;
  /** How ids of jobs begin in the question's shard. Default: anyhow. */
  readonly within?: string;
}

export function claimFor(idempotencyKey: string, question: string): Claim {
  const digest = createHash('sha256').update(idempotencyKey).digest('hex');
  return { digest, question, heldMs: HELD_MS };
}
