/** What a worker and its slots say to each other over IPC. */
import type { InputIssue } from '@deja/models';

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
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly fraction: number; readonly stage?: string }
  | { readonly type: 'done'; readonly members: string }
  | { readonly type: 'failed'; readonly failure: SlotFailure };
