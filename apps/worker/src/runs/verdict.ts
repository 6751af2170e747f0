/** Decides what follows from an attempt that ended without an answer. */
import type { Attempt, RunFailure } from '@deja/jobs';
import type { SlotFailure } from '../isolation/messages.ts';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
} from '../slots/errors.ts';
import { RunStoppedError } from './errors.ts';

export type Verdict =
  /** Nobody wants the run, or another attempt has it. */
  | { readonly is: 'stopped' }
  /** Compute it in a slot of its own: it may not be to blame. */
  | { readonly is: 'alone' }
  | { readonly is: 'takes-long' }
  /** A retry may work. */
  | Failing<'again'>
  /** A retry would fail again. `bug`: the fault of the worker itself, not of the model. */
  | (Failing<'failed'> & { readonly bug?: unknown });

interface Failing<Is extends string> {
  readonly is: Is;
  /** For clients: of what a model throws, they see only the words of an `InputError`. */
  readonly failure: RunFailure;
  /** For the log: what the model threw. */
  readonly thrown?: string;
}

/** @param run Its id leads from what a client sees to the log. */
export function verdictOf(error: unknown, run: string): Verdict {
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
  if (error instanceof ComputeFailedError) return verdictOfModel(error.failure, run);
  const failure = { code: 'MODEL_FAILED', message: 'the worker failed' } as const;
  return { is: 'failed', failure, bug: error };
}

function verdictOfModel({ code, message, issues }: SlotFailure, run: string): Verdict {
  if (code === 'TAKES_LONG') return { is: 'takes-long' };
  if (code === 'INPUT_REFUSED')
    return { is: 'failed', failure: { code, message, ...(issues && { issues }) } };
  const failure = {
    code: 'MODEL_FAILED',
    message: `the model failed; the worker's log says how, at run ${run}`,
  } as const;
  return { is: code === 'RETRYABLE' ? 'again' : 'failed', failure, thrown: message };
}

/** What the log says of a failure. */
export function said(
  { run, model }: Attempt,
  { failure: { code, message }, thrown = message }: Extract<Verdict, { is: 'again' | 'failed' }>,
) {
  return { run, model, code, message: thrown };
}
