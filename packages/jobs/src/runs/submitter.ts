/**
 * Puts a job on a run and hands the run to the workers: JOIN (request coalescing), then `queue.add`.
 *
 * If the run is probably new, both are sent at once, and Redis executes them in this order: a
 * worker learns of the run before its opener does. If JOIN put the job on another run, or on none,
 * the run that was added does not exist: it is taken back, and START turns away a worker that has
 * it already (R19). If the add is lost, or this process dies before it, the reconciler adds the run
 * (R31).
 */
import { LRUCache } from 'lru-cache';
import { QueueFullError } from '../errors.ts';
import type { RunQueues } from '../queue.ts';
import type { JoinReply, JoinRequest } from './run.ts';
import { INLINE_INPUT_CHARS, type PendingRun, type RunStore } from './run-store.ts';

export interface Submission {
  /** Rejects with `QueueFullError`, or if Redis does not answer. */
  readonly reply: Promise<JoinReply>;
  /** Resolves when the run has been handed over; rejects if the reconciler must do it. */
  readonly handedOver: Promise<void>;
}

/** A joiner hands the run over again after this time, because its opener may have died. */
const HANDED_OVER_MS = 1000;
/** A key that was asked for this recently may still have an open run. */
const ASKED_MS = 10_000;
const FULL_MS = 1000;
const MAX_REMEMBERED = 10_000;

export class Submitter {
  readonly #runs: Pick<RunStore, 'join'>;
  readonly #queues: Pick<RunQueues, 'add' | 'remove'>;
  readonly #handedOver = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: HANDED_OVER_MS });
  readonly #asked = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: ASKED_MS });
  #fullUntil = 0;

  constructor({
    runs,
    queues,
  }: { runs: Pick<RunStore, 'join'>; queues: Pick<RunQueues, 'add' | 'remove'> }) {
    this.#runs = runs;
    this.#queues = queues;
  }

  /** @param input The normalised input as JSON. */
  submit(request: JoinRequest, input: string): Submission {
    const { run, key, lane } = request;
    const own = { run, key, lane };
    const isLikelyNew = this.#isLikelyNew(request, input);
    this.#asked.set(key, true);
    const reply = this.#runs.join(request, input);
    const ahead = isLikelyNew ? this.#queues.add(own) : undefined;
    ahead?.catch(() => {});
    const handedOver = this.#handOver(own, reply, ahead);
    handedOver.catch(() => {});
    return { reply, handedOver };
  }

  async #handOver(
    own: PendingRun,
    reply: Promise<JoinReply>,
    ahead: Promise<void> | undefined,
  ): Promise<void> {
    const joined = await reply.catch((error: unknown) => {
      if (!(error instanceof QueueFullError)) throw error; // JOIN may have opened the run all the same
      this.#fullUntil = performance.now() + FULL_MS;
      if (ahead) void this.#takeBack(own, ahead);
      throw error;
    });
    const isOwn = joined.run === own.run;
    if (ahead && !isOwn) void this.#takeBack(own, ahead);
    if (joined.outcome === 'done') return;
    const { run, lane } = joined;
    // Joiners add the run as well: the opener may have died before its own add.
    if (ahead && isOwn) await ahead;
    else if (!this.#handedOver.has(`${lane} ${run}`))
      await this.#queues.add({ run, lane, key: own.key });
    this.#handedOver.set(`${lane} ${run}`, true);
  }

  async #takeBack(own: PendingRun, ahead: Promise<void>): Promise<void> {
    try {
      await ahead;
      await this.#queues.remove(own);
    } catch {
      // START turns the run away.
    }
  }

  #isLikelyNew({ key, refresh = false }: JoinRequest, input: string): boolean {
    if (refresh || input.length > INLINE_INPUT_CHARS) return false; // JOIN may be sent twice
    return !this.#asked.has(key) && performance.now() >= this.#fullUntil;
  }
}
