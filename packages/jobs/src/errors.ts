import type { RateState } from './runs/run.ts';

/** A bound of the queue is reached; the message says which. Nothing was added. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  readonly code = 'QUEUE_FULL';

  /** @param why Which bound it is, its value, and its setting. */
  constructor(why: string) {
    super(`the queue is full: ${why}`);
  }
}

/** A bound of the tenant is reached; the message says which. Nothing was added. */
export class TenantLimitError extends Error {
  override readonly name = 'TenantLimitError';
  readonly code: 'RATE_LIMITED' | 'QUOTA_EXCEEDED';
  /** When it may be tried again, if nothing else is asked. Unit: ms. */
  readonly retryMs: number;
  /** How often the tenant may ask. Undefined: as often as it likes. */
  readonly rate: RateState | undefined;

  /** @param why Which bound it is, its value, and its setting. */
  constructor(
    code: TenantLimitError['code'],
    why: string,
    { retryMs, rate }: Pick<TenantLimitError, 'retryMs' | 'rate'>,
  ) {
    super(why);
    this.rate = rate;
    this.code = code;
    this.retryMs = retryMs;
  }
}

/** The queue Redis did not answer in time. Whether the call took effect is unknown. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'QUEUE_UNAVAILABLE';

  constructor(options?: ErrorOptions) {
    super('the queue is out of reach', options);
  }
}

/** The Idempotency-Key has the job of another question. Nothing was added. */
export class IdempotencyConflictError extends Error {
  override readonly name = 'IdempotencyConflictError';
  readonly code = 'IDEMPOTENCY_CONFLICT';

  constructor() {
    super('it belongs to another question for a day');
  }
}

/** This process has another number of shards than the installation. It did nothing, and must end. */
export class ShardCountError extends Error {
  override readonly name = 'ShardCountError';
  readonly code = 'SHARD_COUNT';

  constructor(count: number, own: number) {
    super(
      `QUEUE_SHARDS is ${own}, but this installation has ${count}: set QUEUE_SHARDS=${count}, or change its number first (docs/operations.md, "Changing QUEUE_SHARDS")`,
    );
  }
}

/** Everything this package throws on purpose. Switch on `code`, not on `message`. */
export type JobsError =
  | QueueFullError
  | TenantLimitError
  | QueueUnavailableError
  | IdempotencyConflictError
  | ShardCountError;
