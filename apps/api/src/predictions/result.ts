/** What asking a model results in. wire/result.ts renders it. */
import type { TierName } from '@deja/cache-core';
import type { JobStatus, MissReason } from '@deja/jobs';
import type { Problem } from '@deja/wire';
import { problemErrorOf, problemOf } from '../wire/problem.ts';
import type { RateLimit } from '../wire/rate-limit.ts';

/** Why the cache did not answer a question. */
export type Forward =
  | 'miss'
  /** An entry is stored but is not fresh enough for this request. */
  | 'tooOld'
  | 'noCache'
  | 'noStore'
  /** The model is never cached. */
  | 'uncached';

/** A stored answer. All times: epoch ms. */
export interface Hit extends Rated {
  readonly outcome: 'hit';
  readonly key: string;
  readonly tier: TierName;
  readonly payload: Buffer;
  readonly createdAt: number;
  readonly freshUntil: number;
  readonly answeredAt: number;
  readonly isStale: boolean;
  /** Set while the log is out of reach: how long ago the view was confirmed. Unit: ms. */
  readonly unverifiedMs?: number;
  /** Set on a stale fallback (RFC 5861 section 4): the HTTP status of the error that it replaces. */
  readonly fallbackFor?: number;
  /** The finished job that was recorded for its webhook. */
  readonly job?: string;
}

/** The job is recorded, and its run has not ended while the request waited. */
export interface Accepted extends Waited, Rated {
  readonly outcome: 'accepted';
  readonly key: string;
  readonly forward: Forward;
  readonly missReason: MissReason | undefined;
  readonly job: string;
  readonly status: JobStatus;
  readonly deduplicated: boolean;
  /** Epoch ms. */
  readonly retainedUntil: number;
  /** How long until the run ends. Unit: ms. Undefined: nobody can say. */
  readonly leftMs: number | undefined;
}

/** The run ended with an answer while the request waited. */
export interface Computed extends Waited, Rated {
  readonly outcome: 'computed';
  readonly key: string;
  readonly forward: Forward;
  readonly missReason: MissReason | undefined;
  readonly payload: Buffer;
  readonly deduplicated: boolean;
  /** The run began before an invalidation: its answer is stored nowhere. */
  readonly fenced: boolean;
  /** Set on the replay of an Idempotency-Key: the job that had succeeded. */
  readonly job?: string;
}

/** The question was refused, or could not be put on a run, or its run ended without an answer. */
export interface Failed extends Waited, Rated {
  readonly outcome: 'failed';
  readonly problem: Problem;
  /** Of the refusal, such as when to try again. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the run that failed. Undefined: there was none, or it is lost. */
  readonly run?: Pick<Computed, 'key' | 'forward' | 'missReason'>;
}

interface Waited {
  /** The `Prefer: wait` that was granted. Unit: ms. Undefined: none was asked for. */
  readonly appliedWaitMs?: number;
}

/** Of its tenant, as it was counted. Undefined: it has no rate, or the question did not count. */
interface Rated {
  readonly rate?: RateLimit | undefined;
}

export type Result = Hit | Accepted | Computed | Failed;

/** The failure for an error; undefined for an unexpected one. */
export function failureOf(error: unknown): Failed | undefined {
  const known = problemErrorOf(error);
  if (!known) return undefined;
  const { problem, headers, rate } = known;
  return { outcome: 'failed', problem, headers, rate };
}

/** The result of one part of a request: any error fails that part alone. */
export async function settle(
  part: Promise<Result>,
  onUnexpected: (error: unknown) => void,
): Promise<Result> {
  try {
    return await part;
  } catch (error) {
    const failure = failureOf(error);
    if (failure) return failure;
    onUnexpected(error);
    return { outcome: 'failed', problem: problemOf('internal') };
  }
}
