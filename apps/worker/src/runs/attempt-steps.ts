/** How long the steps of an attempt took, for operators. */
import type { AttemptRecord, Lane } from '@deja/jobs';
import type { Verdict } from './verdict.ts';

/** How an attempt ended. */
export type Ended = Verdict | { readonly is: 'answered' | 'given back' };

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

  /** What operators see of it. Undefined: nobody says who computes. */
  record(
    worker: Pick<AttemptRecord, 'worker' | 'host'> | undefined,
    { lane, tries, verdict }: { lane: Lane; tries: number; verdict: Ended },
  ): AttemptRecord | undefined {
    const code = 'failure' in verdict ? { code: verdict.failure.code } : {};
    const outcome = { lane, number: tries, outcome: verdict.is, ...code };
    return worker && { ...worker, ...outcome, steps: this.#steps };
  }

  get tookMs(): number {
    return performance.now() - this.#startedAt;
  }
}
