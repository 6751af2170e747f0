/**
 * Takes one run from its delivery to its end.
 *
 *  START (token) → compute in a slot → publish (entry to Redis → FINALISE) → the delivery ends
 *
 * What can happen to an attempt, and when the run is retried:
 *  - it answers: the answer is published, once;
 *  - in the short lane it finds that it would take long: the run moves to the long lane;
 *  - the model refuses the input, fails, or exceeds its time or its memory: the run fails for good;
 *  - its slot dies while other runs are in it: the run is retried at once in a slot of its own. The
 *    try does not count, because another run may be to blame;
 *  - the model throws a retryable error, or its slot dies: after a pause, the worker reports this to
 *    the next START, which decides whether there is another attempt or the run has failed;
 *  - this worker dies or falls silent: another worker takes the run over. The try does not count;
 *  - nobody wants the run any more, or it was superseded: its slot is stopped, nothing is published;
 *  - this worker stops: the run is given back. The try does not count.
 *
 * `process` rejects only with `GivenBackError`, or if START cannot be sent. BullMQ's own outcome
 * means nothing to anybody: the reconciler adds a run again whose delivery ended early.
 */
import type { Tier } from '@deja/cache-core';
import {
  type Attempt,
  type AttemptRecord,
  type FailedAttempt,
  type FinaliseOptions,
  type FinaliseReply,
  type Lane,
  newRandomId,
  type OperatorRuns,
  type PendingRun,
  type RunningRun,
  type RunQueues,
  type RunStore,
} from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { createReader } from './artefact-reader.ts';
import { type ComputeOptions, compute, type Slots } from './attempt.ts';
import { AttemptSteps, type Ended } from './attempt-steps.ts';
import { GivenBackError, RunStoppedError } from './errors.ts';
import type { Publish } from './publish.ts';
import { inFinaliseSpan, inRunSpan } from './run-span.ts';
import { pause, untilRedisAnswers } from './until-redis-answers.ts';
import { said, verdictOf } from './verdict.ts';

export interface RunProcessorOptions {
  readonly runs: RunStore;
  readonly models: ReadonlyMap<string, Model>;
  /** Where earlier runs kept artefacts, in the order of the look-up. */
  readonly tiers: readonly Tier[];
  readonly queues: Pick<RunQueues, 'add'>;
  readonly publish: Publish;
  /** Who computes, as operators see it. Default: nothing is kept of attempts. */
  readonly worker?: Pick<AttemptRecord, 'worker' | 'host'>;
  /** Keeps what operators see of attempts that gave no answer. */
  readonly operatorRuns?: Pick<OperatorRuns, 'record'>;
  readonly log: Logger;
  /** Aborts when the worker's time to drain is up. */
  readonly shutdown: AbortSignal;
}

const RETRY_MS = 200;
const OTHER_WORKER_MS = 2000;

interface Running {
  readonly abort: AbortController;
  readonly model: string;
  readonly lane: Lane;
  readonly startedAt: number;
}

export class RunProcessor {
  readonly #options: RunProcessorOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: RunProcessorOptions) {
    this.#options = options;
  }

  /** Stops a run's computation at once, if it is in this process. */
  stop(run: string): void {
    this.#running.get(run)?.abort.abort(new RunStoppedError());
  }

  /** The attempts that are under way. */
  running(): RunningRun[] {
    const now = performance.now();
    return [...this.#running].map(([run, { model, lane, startedAt }]) => ({
      ...{ run, model, lane },
      forMs: Math.round(now - startedAt),
    }));
  }

  /** @param lane The lane that delivered the run. */
  async process(run: string, pool: Slots, lane: Lane = 'long'): Promise<void> {
    const { runs, shutdown, log } = this.#options;
    let failed: FailedAttempt | undefined;
    for (let alone = false; ; alone = true) {
      if (shutdown.aborted) await this.#giveBack(run, failed);
      const attemptId = newRandomId();
      const started = await this.#sent(() => runs.start(run, attemptId, failed));
      if (started.outcome !== 'go') return this.#handOver('hand' in started ? started.hand : []);
      const { attempt } = started;
      const model = this.#modelOf(attempt);
      if (!model) return await this.#leaveToOthers(attempt);
      const how = { mayTakeLong: lane !== 'short', mayTakeTurns: lane === 'bulk', alone, lane };
      const verdict = await inRunSpan(attempt, lane, async () => {
        const ended = await this.#try(attempt, model, pool, how);
        if (ended.is === 'failed') {
          log.info(said(attempt, ended), 'run failed');
          await this.#finalise(attempt, 'failed', JSON.stringify(ended.failure));
        }
        return ended;
      });
      failed = undefined;
      switch (verdict.is) {
        case 'takes-long':
          return await this.#moveToLongLane(attempt);
        case 'alone':
          await this.#sent(() => runs.release(run, attemptId));
          break;
        case 'again':
          log.info({ ...said(attempt, verdict), tries: attempt.tries }, 'attempt failed');
          failed = { attemptId, failure: verdict.failure };
          await pause(RETRY_MS * attempt.tries, shutdown);
          break;
        default: // it has ended
          return;
      }
    }
  }

  async #try(
    attempt: Attempt,
    model: Model,
    pool: Slots,
    {
      lane,
      ...how
    }: Pick<ComputeOptions, 'mayTakeLong' | 'mayTakeTurns' | 'alone'> & { readonly lane: Lane },
  ): Promise<Ended> {
    const { runs, tiers, publish, log, shutdown } = this.#options;
    const { run, attemptId } = attempt;
    const steps = new AttemptSteps();
    let verdict: Ended = { is: 'answered' };
    const abort = new AbortController();
    const onShutdown = () => abort.abort(new GivenBackError());
    shutdown.addEventListener('abort', onShutdown, { once: true });
    this.#running.set(run, { abort, model: model.name, lane, startedAt: performance.now() });
    try {
      const reader = createReader(attempt, model, { runs, tiers });
      const options = { ...how, runs, pool, model, reader, abort };
      await compute(attempt, options, async (computed) => {
        steps.end('compute');
        const { payload, report } = computed;
        const published = { attempt, model, computed, sources: reader.sources(report.dismissed) };
        await publish(published, async (entries) => {
          steps.end('store');
          const record = steps.record(this.#options.worker, {
            lane,
            tries: attempt.tries,
            verdict,
          });
          const { freshMs } = report;
          return await this.#finalise(attempt, 'succeeded', payload, { freshMs, entries, record });
        });
      });
      return verdict;
    } catch (error) {
      if (
        error instanceof GivenBackError ||
        (shutdown.aborted && !(error instanceof RunStoppedError))
      ) {
        verdict = { is: 'given back' };
        await runs.release(run, attemptId).catch(() => undefined);
        throw new GivenBackError({ cause: error });
      }
      verdict = verdictOf(error, run);
      if (verdict.is === 'failed' && verdict.bug !== undefined)
        log.error({ err: verdict.bug, run }, 'attempt failed inside the worker');
      return verdict;
    } finally {
      this.#running.delete(run);
      if (verdict.is !== 'answered') this.#record(attempt, lane, verdict, steps);
      shutdown.removeEventListener('abort', onShutdown);
    }
  }

  /** Of an attempt that gave no answer. Nobody waits for it. */
  #record(attempt: Attempt, lane: Lane, verdict: Ended, steps: AttemptSteps): void {
    const { operatorRuns, worker, log } = this.#options;
    steps.end('compute');
    const record = steps.record(worker, { lane, tries: attempt.tries, verdict });
    if (!record) return;
    const kept = operatorRuns?.record(attempt.run, steps.tookMs, record);
    kept?.catch((err: unknown) => log.debug({ err }, 'attempt record'));
  }

  #modelOf({ model: name, version, engine }: Attempt): Model | undefined {
    const model = this.#options.models.get(name);
    return model?.version === version && model.engine === engine ? model : undefined;
  }

  /** During a rollout, old and new workers run side by side: another worker may have the model. */
  async #leaveToOthers({ run, attemptId, model, version, engine }: Attempt): Promise<void> {
    const { runs, log } = this.#options;
    log.warn({ model, version, engine }, 'model not in this worker');
    await runs.release(run, attemptId, { againInMs: OTHER_WORKER_MS }).catch(() => undefined);
  }

  async #giveBack(run: string, failed: FailedAttempt | undefined): Promise<never> {
    if (failed) {
      const { attemptId, failure } = failed;
      await this.#options.runs.release(run, attemptId, { failure }).catch(() => undefined);
    }
    throw new GivenBackError();
  }

  async #moveToLongLane({ run, attemptId, key }: Attempt): Promise<void> {
    const lane = 'long';
    await this.#sent(() => this.#options.runs.release(run, attemptId, { lane }));
    this.#handOver([{ run, key, lane }]);
  }

  async #finalise(
    { run, attemptId }: Attempt,
    state: 'succeeded' | 'failed',
    body: string,
    options?: FinaliseOptions,
  ): Promise<FinaliseReply> {
    const { runs, log } = this.#options;
    const reply = await inFinaliseSpan((trace) =>
      this.#sent(() => runs.finalise(run, attemptId, state, body, { ...options, trace })),
    );
    if (reply.outcome === 'ok') this.#handOver(reply.hand);
    else log.info({ run, outcome: reply.outcome }, 'result not published');
    return reply;
  }

  /** Nobody waits for it: the reconciler adds what could not be added (R31). */
  #handOver(runs: readonly PendingRun[]): void {
    const { queues, log } = this.#options;
    const onError = (err: unknown) => log.warn({ err }, 'run not handed over, the reconciler will');
    for (const pending of runs) queues.add(pending).catch(onError);
  }

  #sent = <T>(work: () => Promise<T>): Promise<T> => untilRedisAnswers(work, this.#options);
}
