/**
 * Takes one run from its delivery to its end.
 *
 *  START (token) → compute in a slot → entry to Redis → FINALISE, entry to disk → the delivery ends
 *
 * What can happen to an attempt, and when the run is retried:
 *  - it answers: the answer is published, once;
 *  - in the short lane it finds that it would take long: the run moves to the long lane;
 *  - the model refuses the input, fails, or exceeds its time or its memory: the run fails for good;
 *  - its slot dies while other runs are in it: retry at once in a slot of its own. The try does not
 *    count, since another run may be to blame;
 *  - the model throws a retryable error, or its slot dies: retry here, after a pause, up to
 *    `maxTries`; then the run fails with the reason;
 *  - this worker dies or falls silent: another worker takes the run over. The try does not count;
 *  - nobody wants the run any more, or it was superseded: its slot is stopped, nothing is published;
 *  - this worker stops: the run is given back. The try does not count.
 *
 * `process` rejects only with `GivenBackError`, or if START cannot be sent. BullMQ's own outcome
 * means nothing to anybody: the reconciler adds a run again whose delivery ended early.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Tier } from '@deja/cache-core';
import {
  type Attempt,
  type FinaliseReply,
  type Lane,
  newRandomId,
  type RunFailure,
  type RunQueues,
  type RunStore,
} from '@deja/jobs';
import type { Model } from '@deja/models';
import { isRedisAway } from '@deja/redis';
import type { Logger } from '@deja/runtime';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
} from '../slots/errors.ts';
import { createReader } from './artefact-reader.ts';
import { compute, RunStoppedError, type Slots } from './attempt.ts';
import type { EntryWriter } from './entry-writer.ts';
import type { Published } from './publish.ts';

/** The worker is stopping and has given the run back. */
export class GivenBackError extends Error {
  override readonly name = 'GivenBackError';
  readonly code = 'GIVEN_BACK';
}

export interface RunProcessorOptions {
  readonly runs: RunStore;
  readonly models: ReadonlyMap<string, Model>;
  /** Where earlier runs kept artefacts, in the order of the look-up. */
  readonly tiers: readonly Tier[];
  readonly queues: Pick<RunQueues, 'add'>;
  readonly writer: EntryWriter;
  /** Called with each answer just before it is published. */
  readonly listArtefacts: (published: Published) => void;
  /** Called with each answer that was published. */
  readonly onPublished: (published: Published) => void;
  readonly log: Logger;
  /** Aborts when the worker's time to drain is up. */
  readonly shutdown: AbortSignal;
}

type Outcome =
  | { readonly is: 'over' }
  | { readonly is: 'alone' }
  | { readonly is: 'again'; readonly failure: RunFailure };

const OVER: Outcome = { is: 'over' };
const RETRY_MS = 200;
const REDIS_RETRY_MS = 500;
const OTHER_WORKER_MS = 2000;

export class RunProcessor {
  readonly #options: RunProcessorOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: RunProcessorOptions) {
    this.#options = options;
  }

  /** Stops a run's computation at once if it is in this process, because a notification said so. */
  stop(run: string): void {
    this.#running.get(run)?.abort(new RunStoppedError('nobody wants this run any more'));
  }

  /** @param lane The lane that delivered the run. */
  async process(run: string, pool: Slots, lane: Lane = 'long'): Promise<void> {
    const { runs, shutdown } = this.#options;
    let failed = '';
    let alone = false;
    for (;;) {
      if (shutdown.aborted) {
        if (failed) await runs.release(run, failed, { failed: true }).catch(() => undefined);
        throw new GivenBackError('the worker is stopping');
      }
      const attemptId = newRandomId();
      const started = await this.#untilRedisAnswers(() => runs.start(run, attemptId, failed));
      if (started.outcome !== 'go') return;
      const { attempt } = started;
      const outcome = await this.#try(attempt, pool, { lane, alone });
      if (outcome.is === 'over') return;
      alone = true;
      if (outcome.is === 'alone') {
        await this.#untilRedisAnswers(() => runs.release(run, attemptId));
        failed = '';
        continue;
      }
      if (attempt.tries >= runs.limits.maxTries) return await this.#fail(attempt, outcome.failure);
      failed = attemptId;
      await pause(RETRY_MS * attempt.tries, shutdown);
    }
  }

  async #try(
    attempt: Attempt,
    pool: Slots,
    { lane, alone }: { readonly lane: Lane; readonly alone: boolean },
  ): Promise<Outcome> {
    const { runs, models, tiers, log, shutdown } = this.#options;
    const model = models.get(attempt.model);
    const { version, engine } = attempt;
    if (!model || model.version !== version || model.engine !== engine) {
      // Another worker may have it: during a rollout, old and new workers run side by side.
      log.warn({ model: attempt.model, version, engine }, 'model not in this worker');
      await runs
        .release(attempt.run, attempt.attemptId, { againInMs: OTHER_WORKER_MS })
        .catch(() => undefined);
      return OVER;
    }
    const abort = new AbortController();
    const onShutdown = () => abort.abort(new GivenBackError('the worker is stopping'));
    shutdown.addEventListener('abort', onShutdown, { once: true });
    this.#running.set(attempt.run, abort);
    try {
      const reader = createReader(attempt, model, { runs, tiers });
      const options = { runs, pool, model, reader, mayTakeLong: lane !== 'short', alone, abort };
      return await compute(attempt, options, async (computed) => {
        const { writer, listArtefacts, onPublished } = this.#options;
        const { payload, report } = computed;
        const sources = reader.sources(report.dismissed);
        const published = { attempt, model, computed, sources };
        const writeTheRest = await writer.write(attempt, model, computed, sources);
        listArtefacts(published);
        const finalised = this.#finalise(attempt, 'succeeded', payload, report.freshMs);
        const [reply] = await Promise.all([finalised, writeTheRest()]);
        if (reply.outcome !== 'ok') return OVER;
        if (reply.fenced) await writer.remove(attempt);
        onPublished(published);
        return OVER;
      });
    } catch (error) {
      return await this.#afterFailure(attempt, error);
    } finally {
      this.#running.delete(attempt.run);
      shutdown.removeEventListener('abort', onShutdown);
    }
  }

  async #afterFailure(attempt: Attempt, error: unknown): Promise<Outcome> {
    const { runs, log, shutdown } = this.#options;
    if (error instanceof RunStoppedError) return OVER;
    if (error instanceof GivenBackError || shutdown.aborted) {
      await runs.release(attempt.run, attempt.attemptId).catch(() => undefined);
      throw new GivenBackError('the worker is stopping', { cause: error });
    }
    const again = (failure: RunFailure): Outcome => ({ is: 'again', failure });
    if (error instanceof SlotSharedError) return { is: 'alone' };
    if (error instanceof SlotDiedError)
      return again({ code: 'RUN_POISONED', message: error.message });
    if (error instanceof ComputeOutOfMemoryError) {
      const failure = { code: 'MODEL_OUT_OF_MEMORY', message: error.message } as const;
      if (error.isLeftover) return again(failure);
      await this.#fail(attempt, failure); // it would happen again
      return OVER;
    }
    if (error instanceof ComputeTimedOutError) {
      await this.#fail(attempt, { code: 'MODEL_TIMED_OUT', message: error.message });
      return OVER;
    }
    if (!(error instanceof ComputeFailedError)) {
      log.error({ err: error, run: attempt.run }, 'attempt failed inside the worker');
      await this.#fail(attempt, { code: 'MODEL_FAILED', message: 'the worker failed' });
      return OVER;
    }
    const { code, message, issues } = error.failure;
    if (code === 'TAKES_LONG') {
      await this.#moveToLongLane(attempt);
      return OVER;
    }
    if (code === 'RETRYABLE') return again({ code: 'MODEL_FAILED', message });
    const refused = code === 'INPUT_REFUSED';
    await this.#fail(attempt, {
      code: refused ? 'INPUT_REFUSED' : 'MODEL_FAILED',
      message,
      ...(issues && { issues }),
    });
    return OVER;
  }

  async #moveToLongLane({ run, attemptId, key }: Attempt): Promise<void> {
    const { runs, queues, log } = this.#options;
    const lane = 'long';
    await this.#untilRedisAnswers(() => runs.release(run, attemptId, { lane }));
    await queues.add({ run, key, lane }).catch((err: unknown) => {
      log.warn({ err, run }, 'run not handed to the long lane, the reconciler will');
    });
  }

  async #fail(attempt: Attempt, failure: RunFailure): Promise<void> {
    const { code, message } = failure;
    this.#options.log.info({ run: attempt.run, model: attempt.model, code, message }, 'run failed');
    await this.#finalise(attempt, 'failed', JSON.stringify(failure));
  }

  async #finalise(
    attempt: Attempt,
    state: 'succeeded' | 'failed',
    body: string,
    freshMs?: number,
  ): Promise<FinaliseReply> {
    const { runs, log } = this.#options;
    const { run, attemptId } = attempt;
    const finalise = () => runs.finalise(run, attemptId, state, body, freshMs);
    const reply = await this.#untilRedisAnswers(finalise);
    if (reply.outcome !== 'ok') log.info({ run, outcome: reply.outcome }, 'result not published');
    return reply;
  }

  /** Scripts are idempotent, so they are sent again until Redis answers or this process must end. */
  async #untilRedisAnswers<T>(work: () => Promise<T>): Promise<T> {
    const { shutdown, log } = this.#options;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isRedisAway(error)) throw error;
        if (shutdown.aborted) throw new GivenBackError('the worker is stopping', { cause: error });
        log.warn({ err: error }, 'queue redis did not answer, trying again');
        await pause(REDIS_RETRY_MS, shutdown);
      }
    }
  }
}

/** About `ms`, or until `signal` aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
}
