/** What a worker and its slots say to each other over IPC. */
import type { InputIssue } from '@deja/models';

/** What a slot is started with: how it finds its models, and its limit. */
export interface SlotOptions extends SlotModels {
  /** Its watchdog tells on `REPORTS_FD` what it uses beyond this: WASM and native memory, too. */
  readonly maxMemoryBytes: number;
}

/** Apart from the channel of messages: the watchdog is a thread, and the channel not its own. */
export const REPORTS_FD = 4;

/** How a slot finds its models. */
export interface SlotModels {
  readonly modulePaths: readonly string[];
  readonly cwd: string;
}

export type ToSlot =
  | { readonly type: 'run'; readonly model: string; readonly input: string }
  | { readonly type: 'abort' };

export interface SlotFailure {
  readonly code: 'INPUT_REFUSED' | 'RETRYABLE' | 'ENGINE_TRAPPED' | 'MODEL_FAILED';
  readonly message: string;
  readonly issues?: readonly InputIssue[];
}

export type FromSlot =
  | { readonly type: 'ready'; readonly usedBytes: number }
  | { readonly type: 'unable'; readonly why: string }
  | { readonly type: 'progress'; readonly fraction: number; readonly stage?: string }
  | { readonly type: 'done'; readonly members: string; readonly usedBytes: number }
  | { readonly type: 'failed'; readonly failure: SlotFailure; readonly usedBytes: number };
