/** Decides what follows from an attempt that ended without an answer. */
import type { RunFailure } from '@deja/jobs';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
} from '../slots/errors.ts';
import type { SlotFailure } from '../slots/messages.ts';
import { RunStoppedError } from './errors.ts';

export type Verdict =
  /** Nobody wants the run, or another attempt has it. */
  | { readonly is: 'stopped' }
  /** Compute it in a slot of its own: it may not be to blame. */
  | { readonly is: 'alone' }
  | { readonly is: 'takes-long' }
  /** A retry may work. */
  | { readonly is: 'again'; readonly failure: RunFailure }
  /** A retry would fail again. `bug`: the fault of the worker itself, not of the model. */
  | { readonly is: 'failed'; readonly failure: RunFailure; readonly bug?: unknown };

export function verdictOf(error: unknown): Verdict {
  if (error instanceof RunStoppedError) return { is: 'stopped' };
  if (error instanceof SlotSharedError) return { is: 'alone' };
  if (error instanceof SlotDiedError)
    return { is: 'again', failure: { code: 'RUN_POISONED', message: error.message } };
  if (error instanceof ComputeOutOfMemoryError) {
    const failure = { code: 'MODEL_OUT_OF_MEMORY', message: error.message } as const;
    return { is: error.isLeftover ? 'again' : 'failed', failure };
  }
  if (error instanceof ComputeTimedOutError)
    return { is: 'failed', failure: { code: 'MODEL_TIMED_OUT', message: error.message } };
  if (error instanceof ComputeFailedError) return verdictOfModel(error.failure);
  const failure = { code: 'MODEL_FAILED', message: 'the worker failed' } as const;
  return { is: 'failed', failure, bug: error };
}

function verdictOfModel({ code, message, issues }: SlotFailure): Verdict {
  if (code === 'TAKES_LONG') return { is: 'takes-long' };
  if (code === 'RETRYABLE') return { is: 'again', failure: { code: 'MODEL_FAILED', message } };
  const refused = code === 'INPUT_REFUSED';
  const failure = { code: refused ? code : ('MODEL_FAILED' as const), message };
  return { is: 'failed', failure: { ...failure, ...(issues && { issues }) } };
}
