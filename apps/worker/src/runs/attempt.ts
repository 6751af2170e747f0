/**
 * One attempt of a run: START grants it, a slot computes it, the heartbeat keeps it.
 *
 * The heartbeat continues until the outcome is published. This process sends it, never the slot, so
 * that it is on time whatever the model does. If the reply to a heartbeat says stop, the slot is
 * stopped. If there is no reply (Redis is unavailable), nothing changes: FINALISE decides later.
 */
import type { Attempt, Progress, RunStore } from '@deja/jobs';
import type { Model } from '@deja/models';
import { inSpan } from '@deja/runtime/tracing';
import type { Report } from '../isolation/messages.ts';
import type { SlotPool } from '../slots/slot-pool.ts';
import { factsOf, type Reader } from './artefact-reader.ts';
import { RunStoppedError } from './errors.ts';

/** The part of the pool that an attempt needs. */
export type Slots = Pick<SlotPool, 'run'>;

const HEARTBEAT_MS = 1000;
const PROGRESS_MS = 250;

export interface ComputeOptions {
  readonly runs: RunStore;
  readonly pool: Slots;
  readonly model: Model;
  readonly reader: Reader;
  /** Whether the lane allows long work. */
  readonly mayTakeLong: boolean;
  /** Whether the run needs a slot of its own. */
  readonly alone: boolean;
  /** Whether it may wait in a slot for its turn, if it is small. */
  readonly mayTakeTurns: boolean;
  /** Stops the computation; `compute` then rejects with its reason. */
  readonly abort: AbortController;
}

/** The answer's payload as JSON, the report that came with it, and the time it took. */
export interface Computed {
  readonly payload: string;
  readonly report: Report;
  readonly computeMs: number;
}

/** Computes, then hands the outcome to `publish` while the heartbeat still continues. */
export async function compute<T>(
  attempt: Attempt,
  { runs, pool, model, reader, mayTakeLong, alone, mayTakeTurns, abort }: ComputeOptions,
  publish: (computed: Computed) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  let heartbeatAt = performance.now();
  const heartbeat = async () => {
    heartbeatAt = performance.now();
    const goes = await runs.heartbeat(attempt.run, attempt.attemptId, progress).catch(() => true);
    if (!goes) abort.abort(new RunStoppedError());
  };
  const timer = setInterval(() => void heartbeat(), HEARTBEAT_MS);
  try {
    const startedAt = performance.now();
    const { inTurn, perSlot } = turnsOf(attempt, model, mayTakeTurns && !alone);
    const artefacts = await reader.readAhead();
    const answer = await inSpan('deja.slot.compute', {}, () =>
      pool.run({
        model: attempt.model,
        input: attempt.input,
        timeoutMs: model.timeoutMs,
        perSlot,
        inTurn,
        alone,
        artefacts,
        signal: abort.signal,
        mayTakeLong,
        readArtefact: reader.read,
        onProgress: ({ fraction, stage }) => {
          progress = { fraction, ...(stage !== undefined && { stage }) };
          if (performance.now() - heartbeatAt >= PROGRESS_MS) void heartbeat();
        },
      }),
    );
    return await publish({ ...answer, computeMs: Math.round(performance.now() - startedAt) });
  } finally {
    clearInterval(timer);
  }
}

/** What a slot holds of small computations, so that it need not wait for the next one. */
export const SMALL_PER_SLOT = 8;

/** Small is what its own model estimates to be short, though its other work is long. */
function turnsOf(attempt: Attempt, model: Model, mayTakeTurns: boolean) {
  const perSlot = model.perSlot ?? 1; // a model that another copy of the package defined may have none
  const inTurn = mayTakeTurns && perSlot === 1 && factsOf(attempt, model).isSmall;
  return { inTurn, perSlot: inTurn ? SMALL_PER_SLOT : perSlot };
}
