/**
 * One attempt of a run: START gave it, a slot computes it, the beat keeps it.
 *
 * The beat goes on until the outcome is published, from this process and never from the slot, so
 * that it is on time whatever the model does. A beat that is told to stop stops the slot; one that
 * gets no answer (Redis is away) changes nothing: FINALISE decides later.
 */
import type { Attempt, Progress, RunStore } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Report } from '../slots/messages.ts';
import type { SlotPool } from '../slots/slot-pool.ts';
import type { Reader } from './artefact-reader.ts';

/** What an attempt needs of the pool. */
export type Slots = Pick<SlotPool, 'run'>;

/** Nobody wants the run any more, or another attempt has taken it over. */
export class RunStoppedError extends Error {
  override readonly name = 'RunStoppedError';
  readonly code = 'RUN_STOPPED';
}

const HEARTBEAT_MS = 1000;
const PROGRESS_MS = 250;

export interface ComputeOptions {
  readonly runs: RunStore;
  readonly pool: Slots;
  readonly model: Model;
  readonly reader: Reader;
  /** Whether the lane is one for long work. */
  readonly mayTakeLong: boolean;
  /** In a slot that it shares with no other. */
  readonly alone: boolean;
  /** Stops the computation; `compute` then rejects with its reason. */
  readonly abort: AbortController;
}

/** The members of the answer as JSON, what was said beside them, and how long they took. */
export interface Computed {
  readonly payload: string;
  readonly report: Report;
  readonly computeMs: number;
}

/** Computes, then hands the outcome to `publish` while the beat still goes on. */
export async function compute<T>(
  attempt: Attempt,
  { runs, pool, model, reader, mayTakeLong, alone, abort }: ComputeOptions,
  publish: (computed: Computed) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  let heartbeatAt = performance.now();
  const heartbeat = async () => {
    heartbeatAt = performance.now();
    const told = progress;
    const goes = await runs.heartbeat(attempt.run, attempt.attemptId, told).catch(() => true);
    if (!goes) abort.abort(new RunStoppedError('nobody wants this run any more'));
  };
  const timer = setInterval(() => void heartbeat(), HEARTBEAT_MS);
  try {
    const startedAt = performance.now();
    const answer = await pool.run({
      model: attempt.model,
      input: attempt.input,
      timeoutMs: model.timeoutMs,
      perSlot: model.perSlot ?? 1, // a model of another copy of the package may have none
      alone,
      signal: abort.signal,
      mayTakeLong,
      readArtefact: reader.read,
      onProgress: ({ fraction, stage }) => {
        progress = { fraction, ...(stage !== undefined && { stage }) };
        if (performance.now() - heartbeatAt >= PROGRESS_MS) void heartbeat();
      },
    });
    return await publish({ ...answer, computeMs: Math.round(performance.now() - startedAt) });
  } finally {
    clearInterval(timer);
  }
}
