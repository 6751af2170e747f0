import type { Logger } from '@deja/runtime';
import { SlotChild } from './child.ts';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
} from './errors.ts';
import type { AboutComputation, FoundArtefact, Report, SlotOptions } from './messages.ts';

export interface Computation {
  readonly model: string;
  /** The normalised input, JSON. */
  readonly input: string;
  /** Unit: ms. */
  readonly timeoutMs: number;
  /** When it aborts, the computation is stopped and `run` rejects with its reason. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { fraction: number; stage?: string }) => void;
  /** False in the short lane: a model that finds it would take long is stopped. Default: true. */
  readonly mayTakeLong?: boolean;
  /** Reads the artefacts that the computation may use. Default: none. */
  readonly readArtefact?: (name: string) => Promise<FoundArtefact | undefined>;
  /** How many runs of this model a slot may hold at once. */
  readonly perSlot: number;
  /** The computation must have a slot of its own. */
  readonly alone: boolean;
}

export interface SlotAnswer {
  /** The answer's payload as JSON. */
  readonly payload: string;
  readonly report: Report;
}

/** A computation that has not ended. */
interface Held {
  readonly computation: Computation;
  readonly resolve: (answer: SlotAnswer) => void;
  readonly reject: (error: unknown) => void;
  /** Why nobody waits for the answer any more. */
  stopped: unknown;
}

/** How long a computation may take to react to its abort before its process is killed. */
const ABORT_GRACE_MS = 50;
const DEAF = 'it did not stop when asked';
const MB = 1024 * 1024;

/** One child process, from its start to its end, with the computations that it holds. */
export class SlotProcess {
  readonly #child: SlotChild;
  readonly #maxMemoryBytes: number;
  /** Rejects with `SlotStartError`. */
  readonly ready: Promise<void>;
  #runs = 0;
  #blamesNobody = false;
  #freshBytes = 0;
  #usedBytes = 0;
  readonly #held = new Map<number, Held>();

  constructor(slot: SlotOptions, log: Logger) {
    this.#maxMemoryBytes = slot.maxMemoryBytes;
    this.#child = new SlotChild({
      ...{ slot, log },
      onMessage: (message) => this.#onMessage(message),
      onOverMemory: (usedBytes) => this.#onOverMemory(usedBytes),
      onExit: (how) => this.#onExit(how),
    });
    this.ready = this.#child.ready.then((usedBytes) => {
      this.#freshBytes = this.#usedBytes = usedBytes;
    });
    this.ready.catch(() => {});
  }

  /** Resolves to the reason why it ended. */
  get exited(): Promise<string> {
    return this.#child.exited;
  }

  get isOver(): boolean {
    return this.#child.isOver;
  }

  /** How many computations it has begun. */
  get runs(): number {
    return this.#runs;
  }

  /** False if it ended by itself: it crashed, or the system killed it. */
  get wasKilled(): boolean {
    return this.#child.wasKilled;
  }

  /**
   * @param why The reason that `exited` gives from here on.
   * @param blames `nobody`: none of the computations that it holds is to blame. Default: its computation,
   *   if it holds only one.
   */
  kill(why: string, { blames }: { readonly blames?: 'nobody' } = {}): void {
    this.#blamesNobody ||= blames === 'nobody';
    this.#child.kill(why);
  }

  /** How many computations it holds. */
  get load(): number {
    return this.#held.size;
  }

  /** Whether it may hold this computation besides those that it holds already. */
  hasRoomFor({ model, perSlot, alone }: Computation): boolean {
    if (this.isOver) return false;
    const held = [...this.#held.values()].map(({ computation }) => computation);
    if (held.length === 0) return true;
    const isShared = held.every((other) => other.model === model && !other.alone);
    return isShared && !alone && held.length < perSlot;
  }

  async run(computation: Computation): Promise<SlotAnswer> {
    const { model, input, timeoutMs, signal, mayTakeLong = true } = computation;
    signal.throwIfAborted();
    this.#runs += 1;
    const run = this.#runs;
    const { promise, resolve, reject } = Promise.withResolvers<SlotAnswer>();
    const held: Held = { computation, resolve, reject, stopped: undefined };
    const stop = (reason: unknown) => {
      held.stopped ??= reason;
      this.#child.send({ type: 'abort', run });
    };
    const onAbort = () => {
      stop(signal.reason);
      this.#killIfUnwanted();
    };
    const onDeadline = () => {
      stop(new ComputeTimedOutError(timeoutMs));
      late = setTimeout(() => this.kill(DEAF), ABORT_GRACE_MS);
    };
    let late: NodeJS.Timeout | undefined;
    const deadline = setTimeout(onDeadline, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#held.set(run, held);
    if (this.isOver) reject(new SlotDiedError('it had ended before'));
    this.#child.send({ type: 'run', run, model, input, mayTakeLong });
    try {
      const { payload, report } = await promise;
      if (held.stopped !== undefined) throw held.stopped;
      return { payload, report };
    } catch (error) {
      throw held.stopped ?? error;
    } finally {
      this.#held.delete(run);
      clearTimeout(deadline);
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
      this.#killIfUnwanted();
    }
  }

  /** An unwanted computation may continue beside others until its deadline, so that they keep their slot. */
  #killIfUnwanted(): void {
    const isUnwanted = () =>
      this.#held.size > 0 && [...this.#held.values()].every(({ stopped }) => stopped !== undefined);
    if (!isUnwanted()) return;
    setTimeout(() => {
      if (isUnwanted()) this.kill(DEAF);
    }, ABORT_GRACE_MS);
  }

  #onMessage(message: AboutComputation): void {
    const held = this.#held.get(message.run);
    if ('usedBytes' in message) this.#usedBytes = message.usedBytes;
    if (message.type === 'progress') held?.computation.onProgress(message);
    else if (message.type === 'read') void this.#handOver(message, held?.computation);
    else if (message.type === 'done') held?.resolve(message);
    else held?.reject(new ComputeFailedError(message.failure));
  }

  #onExit(how: string): void {
    const isShared = this.#held.size > 1 || this.#blamesNobody;
    for (const { reject } of this.#held.values())
      reject(isShared ? new SlotSharedError(how) : new SlotDiedError(how));
  }

  #onOverMemory(usedBytes: number): void {
    const [held, ...others] = this.#held.values();
    if (held && others.length === 0) {
      // What this run added to the memory of a slot that had computed nothing before.
      const aloneBytes = usedBytes - this.#usedBytes + this.#freshBytes;
      const maxBytes = this.#maxMemoryBytes;
      held.stopped ??= new ComputeOutOfMemoryError(usedBytes, maxBytes, aloneBytes <= maxBytes);
    }
    const used = `it used ${Math.round(usedBytes / MB)} MB`;
    this.kill(held ? `${used}, too much memory` : `${used} while it had nothing to do`);
  }

  /** A file that cannot be read counts as absent. */
  async #handOver(
    { run, name }: Extract<AboutComputation, { type: 'read' }>,
    computation: Computation | undefined,
  ): Promise<void> {
    const found = await computation?.readArtefact?.(name).catch(() => undefined);
    this.#child.send({ type: 'artefact', run, name, ...(found && { found }) });
  }
}
