/** More invalidations than the log takes in a minute. Nothing was added. */
export class TooManyInvalidationsError extends Error {
  override readonly name = 'TooManyInvalidationsError';
  readonly code = 'TOO_MANY_INVALIDATIONS';
  readonly maxPerMinute: number;
  readonly retryAfterMs: number;

  constructor(maxPerMinute: number, retryAfterMs: number) {
    super(`there were ${maxPerMinute} invalidations within a minute`);
    this.maxPerMinute = maxPerMinute;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The invalidation log could not be reached or did not answer in time. Nothing is promised. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
  readonly code = 'LOG_UNAVAILABLE';

  constructor(options?: ErrorOptions) {
    super('the invalidation log is out of reach', options);
  }
}
