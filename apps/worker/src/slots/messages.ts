/** What a worker and its slots say to each other over IPC. */
import type { Artefact, InputIssue, KeepOptions, Limits, SentimentEngine } from '@deja/models';

/** What a slot is started with: how it finds its models, and its limit. */
export interface SlotOptions extends SlotModels {
  /** Names of built-in models whose engines it loads before it is ready. */
  readonly warm: readonly string[];
  /** Its watchdog tells on `REPORTS_FD` what it uses beyond this: WASM and native memory, too. */
  readonly maxMemoryBytes: number;
}

/** Apart from the channel of messages: the watchdog is a thread, and the channel not its own. */
export const REPORTS_FD = 4;

/** How a slot finds its models. */
export interface SlotModels {
  readonly modulePaths: readonly string[];
  readonly cwd: string;
  /** Default: the models' own. */
  readonly limits?: Partial<Limits>;
  /** Default: wink. */
  readonly sentiment?: SentimentEngine;
}

/** An artefact on its way into a slot. */
export type FoundArtefact = Pick<Artefact, 'bytes' | 'tier' | 'createdAt'>;

/** One on its way out. */
export interface KeptArtefact extends KeepOptions {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a computation says beside its answer. */
export interface Report {
  /** The answer is fresh for no longer. Unit: ms. */
  readonly freshMs?: number;
  /** A better answer should be computed, without artefacts. */
  readonly provisional: boolean;
  readonly counts: readonly string[];
  readonly kept: readonly KeptArtefact[];
  /** Names of artefacts that were read and that the answer owes nothing to. */
  readonly dismissed: readonly string[];
}

/** `run`: which computation of the slot it is about. */
export type ToSlot =
  | {
      readonly type: 'run';
      readonly run: number;
      readonly model: string;
      readonly input: string;
      readonly mayTakeLong: boolean;
    }
  | {
      readonly type: 'artefact';
      readonly run: number;
      readonly name: string;
      readonly found?: FoundArtefact;
    }
  | { readonly type: 'abort'; readonly run: number };

export interface SlotFailure {
  /** After `ENGINE_TRAPPED` and `COMMAND_FAILED` the slot must end. */
  readonly code:
    | 'INPUT_REFUSED'
    | 'RETRYABLE'
    | 'ENGINE_TRAPPED'
    | 'COMMAND_FAILED'
    | 'TAKES_LONG'
    | 'MODEL_FAILED';
  readonly message: string;
  readonly issues?: readonly InputIssue[];
}

export type FromSlot =
  | { readonly type: 'ready'; readonly usedBytes: number }
  | { readonly type: 'unable'; readonly why: string }
  | AboutComputation;

/** `run`: which computation of the slot it is about. */
export type AboutComputation = { readonly run: number } & (
  | { readonly type: 'progress'; readonly fraction: number; readonly stage?: string }
  | { readonly type: 'read'; readonly name: string }
  | {
      readonly type: 'done';
      readonly payload: string;
      readonly report: Report;
      readonly usedBytes: number;
    }
  | { readonly type: 'failed'; readonly failure: SlotFailure; readonly usedBytes: number }
);
