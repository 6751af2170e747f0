/**
 * When a job will be ready, as honestly as can be told: its place in the queue, the slots of the
 * workers that are alive, and what runs of its model have taken lately. Nothing is said where nothing
 * is known.
 */
import type { Wait, WorkerRegistry } from '@deja/jobs';

const CAPACITY_MS = 2000;
const MOST_RETRY_S = 60;

export class Estimator {
  readonly #workers: Pick<WorkerRegistry, 'count'>;
  #slots = 1;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(workers: Pick<WorkerRegistry, 'count'>) {
    this.#workers = workers;
  }

  /** How long until the run ends. Unit: ms. Undefined: no run of this model has ended yet. */
  leftMs({ place, usualMs }: Wait, runningForMs = 0): number | undefined {
    this.#renew();
    if (usualMs === undefined) return undefined;
    if (place === undefined) return Math.max(0, usualMs - runningForMs);
    return (Math.floor(place / this.#slots) + 1) * usualMs;
  }

  /** For `Retry-After`. Unit: s, 1 to 60. */
  retryAfterS(wait: Wait, runningForMs = 0): number {
    const leftMs = this.leftMs(wait, runningForMs) ?? 0;
    return Math.min(MOST_RETRY_S, Math.max(1, Math.ceil(leftMs / 1000)));
  }

  /** In the background: an estimate is worth no waiting. */
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
