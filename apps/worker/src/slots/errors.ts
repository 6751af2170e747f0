import type { SlotFailure } from '../isolation/messages.ts';

/** The model answered with an error; `failure` says which kind. The slot stays alive. */
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

/** The slot ended by itself during a computation: it crashed, or the system killed it. */
export class SlotDiedError extends Error {
  override readonly name = 'SlotDiedError';
  readonly code = 'SLOT_DIED';

  constructor(how: string) {
    super(`the process that ran the model ended: ${how}`);
  }
}

/**
 * The slot ended while it held several computations, and as far as is known this one did not cause
 * it. Alone in a slot it may succeed.
 */
export class SlotSharedError extends Error {
  override readonly name = 'SlotSharedError';
  readonly code = 'SLOT_SHARED';

  constructor(how: string) {
    super(`the process that ran the model and others beside it ended: ${how}`);
  }
}

/** The computation used more memory than a slot may have; its slot has been killed. */
export class ComputeOutOfMemoryError extends Error {
  override readonly name = 'ComputeOutOfMemoryError';
  readonly code = 'COMPUTE_OUT_OF_MEMORY';
  /** Memory that earlier computations left behind made the difference: in a fresh slot it may succeed. */
  readonly isLeftover: boolean;

  constructor(usedBytes: number, maxBytes: number, isLeftover: boolean) {
    const [used, max] = [usedBytes, maxBytes].map((bytes) => Math.round(bytes / 1024 / 1024));
    super(`the model's process used ${used} MB of memory; SLOT_MAX_MEMORY_MB allows ${max} MB`);
    this.isLeftover = isLeftover;
  }
}

/** A slot ended or hung before it could compute. */
export class SlotStartError extends Error {
  override readonly name = 'SlotStartError';
  readonly code = 'SLOT_START';

  constructor(why: string) {
    super(`a slot cannot start: ${why}`);
  }
}

/** The pool was closed before a slot could take the computation, or while it ran. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
  readonly code = 'POOL_CLOSED';
}
