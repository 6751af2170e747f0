/** How long the steps of an attempt took, for operators. */
import type { AttemptRecord } from '@deja/jobs';

/** `compute`, with the wait for a slot; `store`, the entries before the run's end. */
type Step = 'compute' | 'store';

export class AttemptSteps {
  readonly #startedAt = performance.now();
  readonly #steps: { step: Step; ms: number }[] = [];
  #at = this.#startedAt;

  /** The step ends now, and the next one begins. */
  end(step: Step): void {
    const now = performance.now();
    this.#steps.push({ step, ms: Math.round((now - this.#at) * 10) / 10 });
    this.#at = now;
  }

  get all(): AttemptRecord['steps'] {
    return this.#steps;
  }

  get tookMs(): number {
    return performance.now() - this.#startedAt;
  }
}
