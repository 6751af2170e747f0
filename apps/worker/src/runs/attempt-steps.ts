/** How long the steps of an attempt took, for operators. */
import type { AttemptRecord } from '@deja/jobs';

/** `compute`, with the wait for a slot; `store`, the entry in Redis; `publish`, until the run had ended. */
type Step = 'compute' | 'store' | 'publish';

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

  /** All of them; what was under way is a computation that gave no answer. */
  all(isAnswered: boolean): { tookMs: number; steps: AttemptRecord['steps'] } {
    if (!isAnswered) this.end('compute');
    return { tookMs: performance.now() - this.#startedAt, steps: this.#steps };
  }
}
