/** One thing that is wrong with an input. `path` is a JSON Pointer (RFC 6901) into the body. */
export interface InputIssue {
  readonly path: string;
  readonly message: string;
}

/**
 * The model refuses this input, and would refuse it again: final, never retried, never cached.
 * Thrown by `prepare` (schema, normalise) and allowed in `compute` for what only the engine sees.
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

/** Something outside the input failed and may work the next time: the run is tried again. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code = 'RETRYABLE';
}

/**
 * A WASM engine trapped or panicked. Its memory can no longer be trusted: whoever runs the slot
 * reports the failure and then ends the process. Says nothing about the input being wrong.
 */
export class EngineTrappedError extends Error {
  override readonly name = 'EngineTrappedError';
  readonly code = 'ENGINE_TRAPPED';
}

/**
 * Thrown by `beginLongWork` in the short lane, for the worker: let it pass. The run begins again in
 * the long lane.
 */
export class TakesLongError extends Error {
  override readonly name = 'TakesLongError';
  readonly code = 'TAKES_LONG';
}

/**
 * The process of a `commandModel` crashed, or wrote what is no answer. It and what it started must
 * end: whoever runs the slot reports the failure and then ends the slot's process group.
 */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly code = 'COMMAND_FAILED';
}

/** An engine that was asked for is an optional package, and not installed. The message says how to. */
export class EngineMissingError extends Error {
  override readonly name = 'EngineMissingError';
  readonly code = 'ENGINE_MISSING';
}

/** A model module could not be loaded, or what it exports is not a model. Nothing was registered. */
export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
  readonly code = 'MODEL_LOAD';
}

/** Everything this package throws on purpose. Switch on `code`, not on `message`. */
export type ModelsError =
  | InputError
  | RetryableError
  | EngineTrappedError
  | TakesLongError
  | EngineMissingError
  | CommandFailedError
  | ModelLoadError;
