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

/** @param tenant Whose key it is. Default: keys of the API are off. */
export function claimFor(idempotencyKey: string, question: string, tenant?: string): Claim {
  const hash = createHash('sha256');
  if (tenant !== undefined) hash.update(`${tenant}\n`); // no tenant's name and no header has a line break
  const digest = hash.update(idempotencyKey).digest('hex');
  return { digest, question, heldMs: HELD_MS };
}
