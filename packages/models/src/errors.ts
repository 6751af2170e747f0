/** One fault of an input. `path` is a JSON Pointer (RFC 6901) into the body. */
export interface InputIssue {
  readonly path: string;
  readonly message: string;
}

/**
 * The model refuses this input and would refuse it again: final, never retried, never cached.
 * `prepare` throws it (schema, normalise), and `compute` may, for faults that only the engine
 * notices.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code = 'INPUT_REFUSED';
  readonly issues: readonly InputIssue[];

  constructor(issues: string | readonly InputIssue[], options?: ErrorOptions) {
    const list = typeof issues === 'string' ? [{ path: '', message: issues }] : issues;
    super(
      list.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
      options,
    );
    this.issues = list;
  }
}

/** Something other than the input failed and may work the next time: the run is retried. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code = 'RETRYABLE';
}

/**
 * `beginLongWork` throws it in the short lane, for the worker: do not catch it. The run begins
 * again in the long lane.
 */
export class TakesLongError extends Error {
  override readonly name = 'TakesLongError';
  readonly code = 'TAKES_LONG';
}

/**
 * The process of a `commandModel` crashed, or wrote something that is not an answer. It and
 * whatever it started must end, so the slot reports the failure and then ends its process group.
 */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly code = 'COMMAND_FAILED';
}

/** The configured engine is an optional package and not installed. The message says how to install it. */
export class EngineMissingError extends Error {
  override readonly name = 'EngineMissingError';
  readonly code = 'ENGINE_MISSING';
}

/** A model module could not be loaded, or its export is not a model. Nothing was registered. */
export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
  readonly code = 'MODEL_LOAD';
}

/** Everything this package throws on purpose. Switch on `code`, not on `message`. */
export type ModelsError =
  | InputError
  | RetryableError
  | TakesLongError
  | EngineMissingError
  | CommandFailedError
  | ModelLoadError;
