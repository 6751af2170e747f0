/** Everything that the client throws on purpose. An aborted signal's reason is thrown as it is. */
import type { JobHandle, Problem } from './types.ts';

/** The server cannot be reached, broke its answer off, or did not answer in time. It may have read the request. */
export class DejaConnectionError extends Error {
  override readonly name = 'DejaConnectionError';
  readonly code = 'connection';
}

/** The wait is over and the job goes on: `job.result()` waits for longer. */
export class DejaTimeoutError extends Error {
  override readonly name = 'DejaTimeoutError';
  readonly code = 'timeout';
  readonly job: JobHandle;

  constructor(job: JobHandle, waitMs: number) {
    super(`job ${job.id} is still ${job.status} after ${Math.round(waitMs / 100) / 10} s`);
    this.job = job;
  }
}

export interface ProblemContext {
  /** What `Retry-After` says. Unit: s. */
  readonly retryAfterS?: number | undefined;
  /** `X-Request-Id`: the server's log has it. */
  readonly requestId?: string | undefined;
}

/**
 * The server refused, or the job ended without a result. `code` is the last part of the problem's type
 * (docs/problems.md), such as `queue-full`; it is `about:blank` if the answer came from something that is not Deja.
 */
export class DejaProblemError extends Error {
  override readonly name = 'DejaProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  /** The document. Of refused input, its `errors` say what is wrong: `path` is a JSON Pointer. */
  readonly problem: Problem;
  readonly retryAfterS: number | undefined;
  readonly requestId: string | undefined;

  constructor(problem: Problem, { retryAfterS, requestId }: ProblemContext = {}) {
    super(problem.detail === undefined ? problem.title : `${problem.title}: ${problem.detail}`);
    this.code = problem.type.replace(/^urn:deja:problem:/, '') as ProblemCode;
    this.status = problem.status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
    this.requestId = requestId;
  }
}

/** The call does not come from Deja, or is too old: answer 401 and do not act on it. */
export class DejaWebhookError extends Error {
  override readonly name = 'DejaWebhookError';
  readonly code = 'webhook';
}

export type DejaError =
  | DejaConnectionError
  | DejaTimeoutError
  | DejaProblemError
  | DejaWebhookError;

/** docs/problems.md says what each means. A later server may have others. */
export type ProblemCode =
  | 'about:blank'
  | 'auth-needed'
  | 'body-too-large'
  | 'cache-untrusted'
  | 'connections-full'
  | 'delivery-gone'
  | 'delivery-pending'
  | 'delivery-unknown'
  | 'entry-unknown'
  | 'foreign-origin'
  | 'headers-too-large'
  | 'host-refused'
  | 'idempotency-conflict'
  | 'input-refused'
  | 'insufficient-scope'
  | 'internal'
  | 'job-canceled'
  | 'job-ended'
  | 'job-expired'
  | 'job-gone'
  | 'job-unknown'
  | 'key-ended'
  | 'key-unknown'
  | 'last-admin-key'
  | 'list-unavailable'
  | 'malformed-json'
  | 'malformed-request'
  | 'method-not-allowed'
  | 'model-failed'
  | 'model-not-allowed'
  | 'model-out-of-memory'
  | 'model-timed-out'
  | 'not-cached'
  | 'not-found'
  | 'overloaded'
  | 'queue-full'
  | 'queue-unavailable'
  | 'quota-exceeded'
  | 'rate-limited'
  | 'request-timeout'
  | 'run-ended'
  | 'run-poisoned'
  | 'run-unknown'
  | 'series-unknown'
  | 'streams-full'
  | 'too-many-failures'
  | 'too-many-keys'
  | 'unauthenticated'
  | 'unsupported-media-type'
  | 'webhook-refused'
  | 'webhooks-off'
  | (string & {});
