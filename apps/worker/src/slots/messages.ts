/** The messages between a worker and its slots over IPC. */
import type { Artefact, InputIssue, KeepOptions, LoadModelsOptions } from '@deja/models';

/** The start message of a slot: how it finds its models, and its limits. */
export interface SlotOptions extends LoadModelsOptions {
  /** Built-in models whose engines the slot loads before it is ready. */
  readonly warm: readonly string[];
  /** Its watchdog reports on `REPORTS_FD` when it uses more than this, including WASM and native memory. */
  readonly maxMemoryBytes: number;
}

/** Separate from the message channel, which belongs to the main thread and not to the watchdog. */
export const REPORTS_FD = 4;

/** An artefact that is sent to a slot. */
export type FoundArtefact = Pick<Artefact, 'bytes' | 'tier' | 'createdAt'>;

/** An artefact that a slot sends to be kept. */
export interface KeptArtefact extends KeepOptions {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a computation reports besides its answer. */
export interface Report {
  /** The longest time that the answer is fresh. Unit: ms. */
  readonly freshMs?: number;
  /** The answer is provisional: a better one should be computed without artefacts. */
  readonly provisional: boolean;
  readonly counts: readonly string[];
  readonly kept: readonly KeptArtefact[];
  /** Names of artefacts that were read but not used for the answer. */
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
  readonly code: 'INPUT_REFUSED' | 'RETRYABLE' | 'COMMAND_FAILED' | 'TAKES_LONG' | 'MODEL_FAILED';
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
