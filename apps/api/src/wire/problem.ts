/**
 * Problem documents (RFC 9457). This is the only place that gives an error an HTTP status.
 *
 * `type` is `urn:deja:problem:<name>`. docs/problems.md lists the names, which never change.
 */
import {
  CanonicalFormError,
  type LogUnavailableError,
  TooManyInvalidationsError,
} from '@deja/cache-core';
import { type JobsError, TenantLimitError } from '@deja/jobs';
import type { KeysError } from '@deja/keys';
import { InputError, type InputIssue } from '@deja/models';
import { isRedisAway } from '@deja/redis';
import { JOB_PROBLEMS, type Problem, problemDocument } from '@deja/wire';
import { type RateLimit, rateLimitHeaders } from './rate-limit.ts';

/** Every kind of problem, with its status and title. */
export const PROBLEMS = {
  ...JOB_PROBLEMS,
  'malformed-json': [400, 'The body is not JSON'],
  'malformed-request': [400, 'A header or the query is malformed'],
  unauthenticated: [401, 'A valid key is needed'],
  'auth-needed': [403, 'Clients of a proxy are let in with AUTH set only'],
  'insufficient-scope': [403, 'The key has not the scope that this needs'],
  'model-not-allowed': [403, 'The key is not for this model'],
  'foreign-origin': [403, 'Requests from this origin are not allowed'],
  'not-found': [404, 'There is nothing here'],
  'job-unknown': [404, 'There is no such job'],
  'entry-unknown': [404, 'There is no such entry'],
  'series-unknown': [404, 'There is no such series'],
  'run-unknown': [404, 'There is no such run'],
  'delivery-unknown': [404, 'There is no such delivery'],
  'key-unknown': [404, 'There is no such key'],
  'method-not-allowed': [405, 'This method is not allowed here'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'job-ended': [409, 'The job has ended otherwise'],
  'run-ended': [409, 'The run has ended'],
  'key-ended': [409, 'The key has no rights to hand on'],
  'last-admin-key': [409, 'No other key manages keys'],
  'too-many-keys': [409, 'There are as many keys as there may be'],
  'delivery-pending': [409, 'The delivery has not ended'],
  'delivery-gone': [410, 'What the delivery would say is no longer kept'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be application/json in UTF-8'],
  'host-refused': [421, 'This server is not reached under this name'],
  'webhooks-off': [422, 'Webhooks are not set up here'],
  'webhook-refused': [422, 'No webhook is sent to this URL'],
  'idempotency-conflict': [422, 'This Idempotency-Key was used for another question'],
  'rate-limited': [429, 'There were too many requests of this kind'],
  'quota-exceeded': [429, 'The tenant has as much as it may'],
  'too-many-failures': [429, 'Too many wrong keys or passwords'],
  'headers-too-large': [431, 'The headers are too large'],
  internal: [500, 'Something went wrong on our side'],
  'queue-full': [503, 'The queue is full'],
  overloaded: [503, 'Too much is in memory at the moment'],
  'streams-full': [503, 'Too many event streams are open'],
  'connections-full': [503, 'Too many connections are open'],
  'queue-unavailable': [503, 'The queue cannot be reached'],
  'list-unavailable': [503, 'The list of fitted models cannot be read'],
  'cache-untrusted': [503, 'The invalidation log has been out of reach for too long'],
  'not-cached': [504, 'Nothing is stored that would do, and only that was asked for'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemName = keyof typeof PROBLEMS;

/** Thrown in a handler, it answers the request with a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code = 'PROBLEM';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  readonly rate: RateLimit | undefined;

  constructor(name: ProblemName, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? PROBLEMS[name][1]);
    this.problem = problemOf(name, detail, options.errors);
    this.rate = options.rate;
    this.headers = { ...options.headers, ...rateLimitHeaders([options.rate]) };
  }
}

interface ProblemOptions {
  readonly errors?: readonly InputIssue[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Of its tenant. Its headers are sent. Default: none. */
  readonly rate?: RateLimit | undefined;
}

export function problemOf(
  name: ProblemName,
  detail?: string,
  errors?: readonly InputIssue[],
): Problem {
  return problemDocument(name, PROBLEMS[name], {
    detail: detail && cut(detail, MAX_DETAIL_CHARS),
    errors: errors?.slice(0, MAX_ISSUES).map(({ path, message }) => ({
      path: cutPointer(path),
      message: cut(message, MAX_TEXT_CHARS),
    })),
  });
}

/** What a client sent comes back in part: a batch may have a thousand problems. */
const MAX_ISSUES = 20;
const MAX_DETAIL_CHARS = 1000;
const MAX_TEXT_CHARS = 200;

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars).toWellFormed()}…`;
}

/** The nearest place above that has a short path. */
function cutPointer(path: string): string {
  let end = path.length;
  while (end > MAX_TEXT_CHARS) end = path.lastIndexOf('/', end - 1);
  return path.slice(0, Math.max(0, end));
}

// A new error code does not compile until it has a row.
const NAME_OF_CODE = {
  QUEUE_FULL: 'queue-full',
  QUEUE_UNAVAILABLE: 'queue-unavailable',
  IDEMPOTENCY_CONFLICT: 'idempotency-conflict',
  LOG_UNAVAILABLE: 'queue-unavailable',
  SHARD_COUNT: 'queue-unavailable',
  RATE_LIMITED: 'rate-limited',
  QUOTA_EXCEEDED: 'quota-exceeded',
  KEY_NOT_FOUND: 'key-unknown',
  KEY_ENDED: 'key-ended',
  LAST_ADMIN_KEY: 'last-admin-key',
  TOO_MANY_KEYS: 'too-many-keys',
} as const satisfies Record<(JobsError | KeysError | LogUnavailableError)['code'], ProblemName>;

/** The problem that a client sees for an error; undefined for an unexpected error. */
export function problemErrorOf(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof InputError)
    return new ProblemError('input-refused', error.message, { errors: error.issues });
  if (error instanceof CanonicalFormError)
    return new ProblemError('input-refused', error.message, {
      errors: [{ path: error.path, message: error.message }],
    });
  if (error instanceof TooManyInvalidationsError)
    return new ProblemError('rate-limited', `${error.message}: MAX_INVALIDATIONS_PER_MINUTE`, {
      headers: { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1000)) },
      rate: {
        ...{ policy: 'invalidations', perMinute: error.maxPerMinute },
        ...{ left: 0, resetMs: error.retryAfterMs },
      },
    });
  if (error instanceof TenantLimitError)
    return new ProblemError(NAME_OF_CODE[error.code], error.message, {
      headers: { 'Retry-After': String(Math.ceil(error.retryMs / 1000)) },
      rate: error.rate && { ...error.rate, policy: 'computed' },
    });
  if (isRedisAway(error)) return new ProblemError('queue-unavailable');
  if (error instanceof Error && 'code' in error && isKnown(error.code))
    return new ProblemError(NAME_OF_CODE[error.code], error.message);
  return undefined;
}

const isKnown = (code: unknown): code is keyof typeof NAME_OF_CODE =>
  typeof code === 'string' && Object.hasOwn(NAME_OF_CODE, code);
