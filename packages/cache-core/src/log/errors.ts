/** The invalidation log could not be reached or did not answer in time. Nothing is promised. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
  readonly code = 'LOG_UNAVAILABLE';

  constructor(options?: ErrorOptions) {
    super('the invalidation log is out of reach', options);
  }
}
