/**
 * The figures of now, over the page's only stream. When it breaks, the page says so and tries again:
 * after 2 s, then twice as long each time, up to 30 s. A stream that is silent for 10 s is broken too;
 * the first answer may take 3 min, because the browser may ask for a password meanwhile.
 */
import { computed, signal } from '@preact/signals';
import { ApiError, read } from '../api/client.ts';
import type { Overview } from '../api/documents.ts';
import { eventsOf } from '../api/event-stream.ts';
import { noteFigures } from './session.ts';

export type Link =
  | { readonly state: 'connecting' | 'live' }
  | {
      readonly state: 'away';
      readonly title: string;
      readonly reason: string;
      /** Undefined: it tries again when somebody asks for it. */
      readonly nextTryAt: number | undefined;
    };

export const overview = signal<Overview | undefined>(undefined);
export const link = signal<Link>({ state: 'connecting' });
export const isPaused = signal(false);
/** Epoch ms of the last figures, also while paused. */
export const heardAt = signal<number | undefined>(undefined);

/** How often the stream came back. */
export const healings = signal(0);

/** Changes five seconds into each minute, when the one before it is in the history. */
export const minute = computed(() =>
  overview.value === undefined ? 0 : Math.floor((Date.parse(overview.value.at) - 5000) / 60_000),
);
/** Changes whenever a run began, moved or ended. */
export const runsMark = computed(() => JSON.stringify(overview.value?.runs));

const FIRST_PAUSE_MS = 2000;
const MAX_PAUSE_MS = 30_000;
const SILENT_MS = 10_000;
/** At first the browser may ask for the password: somebody has to find and type it. */
const FIRST_ANSWER_MS = 180_000;

/** @param tries How often it failed in a row. */
export const pauseMs = (tries: number): number =>
  Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1));

let wake = () => {};

/** Tries now instead of later. */
export const retryNow = (): void => wake();

/** Never ends. */
export async function followLive(): Promise<never> {
  for (let tries = 0; ; ) {
    const { isRefused, ...said } = await followOnce(() => {
      tries = 0;
    });
    tries += 1;
    const waitMs = isRefused ? undefined : pauseMs(tries);
    const nextTryAt = waitMs === undefined ? undefined : Date.now() + waitMs;
    link.value = { state: 'away', ...said, nextTryAt };
    await untilWoken(waitMs);
  }
}

function untilWoken(waitMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

interface End {
  readonly title: string;
  readonly reason: string;
  /** Without the right password each try would open the browser's question for it; or somebody must log in. */
  readonly isRefused: boolean;
}

const AWAY = { title: 'The API is away.', isRefused: false } as const;

async function followOnce(onFigures: () => void): Promise<End> {
  const silent = new AbortController();
  let timer = 0;
  const expect = (withinMs = SILENT_MS) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => silent.abort(), withinMs);
  };
  expect(heardAt.value === undefined ? FIRST_ANSWER_MS : SILENT_MS);
  try {
    // A plain request first: a browser asks for the password on it, and figures are there at once.
    show(await read<Overview>('/admin/overview', silent.signal));
    expect();
    for await (const { event, data } of eventsOf('/admin/live', silent.signal)) {
      expect();
      if (event !== 'overview') continue;
      onFigures();
      show(JSON.parse(data) as Overview);
    }
    return { ...AWAY, reason: 'It ended the stream.' };
  } catch (error) {
    if (silent.signal.aborted) return { ...AWAY, reason: 'It is silent.' };
    if (!(error instanceof ApiError)) return { ...AWAY, reason: 'The stream broke.' };
    const { status } = error.problem;
    if (status === 0) return { ...AWAY, reason: error.message };
    return {
      title: 'The API refuses its figures.',
      reason: error.message,
      isRefused: status === 401,
    };
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

function show(figures: Overview): void {
  if (link.value.state === 'away') healings.value += 1;
  link.value = { state: 'live' };
  heardAt.value = Date.now();
  noteFigures();
  if (!isPaused.value || overview.value === undefined) overview.value = figures;
}
