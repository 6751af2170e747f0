/**
 * Puts a job on a run and hands the run to the workers: JOIN, then `queue.add`.
 *
 * Where the run is likely to be a new one, both are sent at once, and Redis does them in this order: a
 * worker hears of the run before its opener does. When JOIN has put the job elsewhere, or nowhere, what
 * was handed over is a ghost: it is taken back, and a worker that has it already is turned away by START
 * (R19). When the add is lost, or this process dies before it, the reconciler adds the run (R31).
 */
import { LRUCache } from 'lru-cache';
import { QueueFullError } from '../errors.ts';
import type { RunQueues } from '../queue.ts';
import type { JoinReply, JoinRequest } from './run.ts';
import { INLINE_INPUT_CHARS, type PendingRun, type RunStore } from './run-store.ts';

export interface Submission {
  /** Rejects with `QueueFullError`, or when Redis does not answer. */
  readonly reply: Promise<JoinReply>;
  /** Resolves when the run has been handed over; rejects when the reconciler has to. */
  readonly handedOver: Promise<void>;
}

/** Joiners hand over again what this process has not handed over for so long: its opener may have died. */
const HANDED_OVER_MS = 1000;
/** A key that was asked for so recently may still have its run. */
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
      if (!(error instanceof QueueFullError)) throw error; // it may have opened the run all the same
      this.#fullUntil = performance.now() + FULL_MS;
      if (ahead) void this.#takeBack(own, ahead);
      throw error;
    });
    const isOwn = joined.run === own.run;
    if (ahead && !isOwn) void this.#takeBack(own, ahead);
    if (joined.outcome === 'done') return;
    const { run, lane } = joined;
    // By joiners, too: the opener may have died before its own add.
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
      // START turns it away.
    }
  }

  #isLikelyNew({ key, refresh = false }: JoinRequest, input: string): boolean {
    if (refresh || input.length > INLINE_INPUT_CHARS) return false; // JOIN may come twice
    return !this.#asked.has(key) && performance.now() >= this.#fullUntil;
  }
}
