/**
 * Estimates when a job will be ready, for `Retry-After` of a 202 and for `estimated_ready_at`. The
 * estimate uses the job's place in the queue, the slots of the living workers, and the usual time of
 * recent runs of its model. Where nothing is known, there is no estimate.
 */
import type { Wait, WorkerRegistry } from '@deja/jobs';

const CAPACITY_MS = 2000;

export class Estimator {
  readonly #workers: Pick<WorkerRegistry, 'count'>;
  #slots = 1;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(workers: Pick<WorkerRegistry, 'count'>) {
    this.#workers = workers;
  }

  /** Time until the run ends. Unit: ms. Undefined: no run of this model has ended yet. */
  leftMs({ place, usualMs }: Wait, runningForMs = 0): number | undefined {
    this.#renew();
    if (usualMs === undefined) return undefined;
    if (place === undefined) return Math.max(0, usualMs - runningForMs);
    return (Math.floor(place / this.#slots) + 1) * usualMs;
  }

  /** Runs in the background: no request waits for an estimate. */
  #renew(): void {
    if (performance.now() - this.#askedAt < CAPACITY_MS) return;
    this.#askedAt = performance.now();
    this.#workers.count().then(
      ({ slots }) => {
        this.#slots = Math.max(1, slots);
      },
      () => {},
    );
  }
}
