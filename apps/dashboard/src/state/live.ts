/**
 * The figures of now, over the page's only stream. When it breaks, the page says so and tries again:
 * after 2 s, then twice as long each time, up to 30 s. A stream that is silent for 10 s is broken too.
 */
import { computed, signal } from '@preact/signals';
import { ApiError, read } from '../api/client.ts';
import type { Overview } from '../api/documents.ts';
import { eventsOf } from '../api/event-stream.ts';

export type Link =
  | { readonly state: 'connecting' | 'live' }
  | { readonly state: 'away'; readonly reason: string; readonly nextTryAt: number };

export const overview = signal<Overview | undefined>(undefined);
export const link = signal<Link>({ state: 'connecting' });
export const isPaused = signal(false);
/** Epoch ms of the last figures, also while paused. */
export const heardAt = signal<number | undefined>(undefined);

/** Changes five seconds into each minute, when the one before it is in the history. */
export const minute = computed(() =>
  overview.value === undefined ? 0 : Math.floor((Date.parse(overview.value.at) - 5000) / 60_000),
);
/** Changes whenever a run began, moved or ended. */
export const runsMark = computed(() => JSON.stringify(overview.value?.runs));

const FIRST_PAUSE_MS = 2000;
const MAX_PAUSE_MS = 30_000;
const SILENT_MS = 10_000;

/** @param tries How often it failed in a row. */
export const pauseMs = (tries: number): number =>
  Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1));

let wake = () => {};

/** Tries now instead of later. */
export const retryNow = (): void => wake();

/** Never ends. */
export async function followLive(): Promise<never> {
  for (let tries = 1; ; tries += 1) {
    const reason = await followOnce(() => {
      tries = 0;
    });
    const waitMs = pauseMs(Math.max(1, tries));
    link.value = { state: 'away', reason, nextTryAt: Date.now() + waitMs };
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Resolves with the reason why it ended. */
async function followOnce(onFigures: () => void): Promise<string> {
  const silent = new AbortController();
  let timer = 0;
  const expect = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => silent.abort(), SILENT_MS);
  };
  expect();
  try {
    // A plain request first: a browser asks for the password on it, and figures are there at once.
    show(await read<Overview>('/admin/overview', silent.signal));
    for await (const { event, data } of eventsOf('/admin/live', silent.signal)) {
      expect();
      if (event !== 'overview') continue;
      onFigures();
      show(JSON.parse(data) as Overview);
    }
    return 'The API ended the stream.';
  } catch (error) {
    if (silent.signal.aborted) return 'The API does not answer.';
    return error instanceof ApiError ? error.message : 'The stream broke.';
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

function show(figures: Overview): void {
  link.value = { state: 'live' };
  heardAt.value = Date.now();
  if (!isPaused.value || overview.value === undefined) overview.value = figures;
}
