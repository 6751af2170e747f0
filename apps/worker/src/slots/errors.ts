import type { SlotFailure } from './messages.ts';

/** The model answered with an error; `failure` says which kind. The slot lives on. */
export class ComputeFailedError extends Error {
  override readonly name = 'ComputeFailedError';
  readonly code = 'COMPUTE_FAILED';
  readonly failure: SlotFailure;

  constructor(failure: SlotFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The computation took longer than its model allows; its slot has been killed. */
export class ComputeTimedOutError extends Error {
  override readonly name = 'ComputeTimedOutError';
  readonly code = 'COMPUTE_TIMED_OUT';

  constructor(timeoutMs: number) {
    super(`the model did not answer within ${timeoutMs} ms`);
  }
}

/** The slot ended by itself in the middle of a computation: a crash, or the system killed it. */
export class SlotDiedError extends Error {
  override readonly name = 'SlotDiedError';
  readonly code = 'SLOT_DIED';

  constructor(how: string) {
    super(`the process that ran the model ended: ${how}`);
  }
}

/** The pool was closed before a slot could take the computation, or while it ran. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
  readonly code = 'POOL_CLOSED';
}
