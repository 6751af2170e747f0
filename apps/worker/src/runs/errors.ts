/** The worker is stopping and has given the run back. */
export class GivenBackError extends Error {
  override readonly name = 'GivenBackError';
  readonly code = 'GIVEN_BACK';

  constructor(options?: ErrorOptions) {
    super('the worker is stopping', options);
  }
}

/** Nobody wants the run any more, or another attempt has taken it over. */
export class RunStoppedError extends Error {
  override readonly name = 'RunStoppedError';
  readonly code = 'RUN_STOPPED';

  constructor() {
    super('nobody wants this run any more');
  }
}
