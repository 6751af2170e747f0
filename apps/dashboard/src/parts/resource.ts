/**
 * What a view loads on demand. What is there stays while it is loaded again; what failed because the API
 * was away is loaded again when it is back.
 */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { Problem } from '../api/documents.ts';
import { healings } from '../state/live.ts';

export interface Resource<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * Loads when `key` or `mark` changes, and when `reload` is called. An undefined key loads nothing.
 *
 * @param mark What is there stays in sight while another mark is loaded; with another key it does not.
 */
export function useResource<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
  mark: string | number = '',
): Resource<T> {
  const [held] = useState(() => ({
    key: signal<string | undefined>(undefined),
    value: signal<T | undefined>(undefined),
    problem: signal<Problem | undefined>(undefined),
    isLoading: signal(false),
    turn: signal(0),
  }));
  const turn = held.turn.value;
  useEffect(() => {
    if (held.key.peek() !== key) {
      held.value.value = undefined;
      held.problem.value = undefined;
      held.key.value = key;
    }
    if (key === undefined) return;
    const left = new AbortController();
    held.isLoading.value = true;
    load(left.signal).then(
      (value) => {
        if (left.signal.aborted) return;
        held.value.value = value;
        held.problem.value = undefined;
        held.isLoading.value = false;
      },
      (error: unknown) => {
        if (left.signal.aborted) return;
        held.problem.value = problemFrom(error);
        held.isLoading.value = false;
      },
    );
    return () => left.abort();
  }, [key, mark, turn]);
  const healed = healings.value;
  useEffect(() => {
    if (healed > 0 && held.problem.peek()?.status === 0) held.turn.value += 1;
  }, [healed]);
  return {
    value: held.value.value,
    problem: held.problem.value,
    isLoading: key !== held.key.value || (key !== undefined && held.isLoading.value),
    reload: () => {
      held.turn.value += 1;
    },
  };
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: 'about:blank', title: 'The page failed', status: 0, detail };
}
