import { randomUUID } from 'node:crypto';
import type {
  AboutComputation,
  FoundArtefact,
  GivenArtefact,
  Report,
} from '../isolation/messages.ts';
import { SlotChild, type SlotSettings } from './child.ts';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
} from './errors.ts';

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
  /** Artefacts that were read before, so that the computation does not wait for them. Default: none. */
  readonly artefacts?: readonly GivenArtefact[];
  /** How many runs of this model a slot may hold at once. */
  readonly perSlot: number;
  /** The slot computes it when the others are done that it holds, all of this kind. Default: false. */
  readonly inTurn?: boolean;
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
  /** Its time counts from here: from its turn, if it takes turns. */
  readonly beginTime: () => void;
  /** Why nobody waits for the answer any more. */
  stopped: unknown;
}

/** How long a computation may take to react to its abort before its process is killed. */
const ABORT_GRACE_MS = 50;
const DEAF = 'it did not stop when asked';

/** One slot, from its start to its end, with the computations that it holds. */
export class SlotProcess {
  readonly child: SlotChild;
  /** Rejects with `SlotStartError`. */
  readonly ready: Promise<void>;
  readonly #maxMemoryBytes: number;
  readonly #held = new Map<string, Held>();
  #isReady = false;
  #runs = 0;
  #freshBytes = 0;
  #usedBytes = 0;

  constructor(settings: SlotSettings) {
    this.#maxMemoryBytes = settings.maxMemoryBytes;
    this.child = new SlotChild(settings, {
      onMessage: (message) => this.#onMessage(message),
      onOverMemory: (usedBytes) => this.#onOverMemory(usedBytes),
      onExit: (how) => this.#onExit(how),
    });
    this.ready = this.child.ready.then((usedBytes) => {
      this.#freshBytes = this.#usedBytes = usedBytes;
      this.#isReady = true;
    });
    this.ready.catch(() => {});
  }

  /** How many computations it has begun. */
  get runs(): number {
    return this.#runs;
  }

  /** How many computations it holds. */
  get load(): number {
    return this.#held.size;
  }

  get isIdle(): boolean {
    return this.#isReady && !this.child.isOver && this.load === 0;
  }

  /** Whether it holds only computations that take turns, and may hold another one. */
  get takesTurns(): boolean {
    const [held] = this.#held.values();
    return held?.computation.inTurn === true && this.hasRoomFor(held.computation);
  }

  /** Whether it may hold this computation besides those that it holds already. */
  hasRoomFor({ model, perSlot, alone, inTurn }: Computation): boolean {
    if (this.load === 0) return this.isIdle;
    const held = [...this.#held.values()].map(({ computation }) => computation);
    const isShared = held.every(
      (other) => other.model === model && other.inTurn === inTurn && !other.alone,
    );
    return !this.child.isOver && isShared && !alone && held.length < perSlot;
  }

  async run(computation: Computation): Promise<SlotAnswer> {
    const { model, input, timeoutMs, signal, mayTakeLong = true } = computation;
    const { inTurn = false, artefacts = [] } = computation;
    this.#runs += 1;
    const run = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<SlotAnswer>();
    const stop = (reason: unknown) => {
      held.stopped ??= reason;
      this.child.send({ type: 'abort', run });
      this.#killIfUnwanted();
    };
    const onAbort = () => stop(signal.reason);
    let late: NodeJS.Timeout | undefined;
    let deadline: NodeJS.Timeout | undefined;
    const beginTime = () => {
      deadline ??= setTimeout(() => {
        stop(new ComputeTimedOutError(timeoutMs));
        late = setTimeout(() => this.child.kill(DEAF), ABORT_GRACE_MS);
      }, timeoutMs);
    };
    const held: Held = { computation, resolve, reject, beginTime, stopped: undefined };
    if (!inTurn || this.load === 0) beginTime();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#held.set(run, held);
    this.child.send({ type: 'run', run, model, input, mayTakeLong, inTurn, artefacts });
    try {
      const answer = await promise;
      if (held.stopped !== undefined) throw held.stopped;
      return answer;
    } catch (error) {
      throw held.stopped ?? error;
    } finally {
      this.#held.delete(run);
      clearTimeout(deadline);
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
      const [next] = this.#held.values();
      next?.beginTime();
      this.#killIfUnwanted();
    }
  }

  /** An unwanted computation may continue beside others until its deadline, so that they keep their slot. */
  #killIfUnwanted(): void {
    const isUnwanted = () =>
      this.#held.size > 0 && [...this.#held.values()].every(({ stopped }) => stopped !== undefined);
    if (!isUnwanted()) return;
    setTimeout(() => {
      if (isUnwanted()) this.child.kill(DEAF);
    }, ABORT_GRACE_MS);
  }

  #onMessage(message: AboutComputation): void {
    const held = this.#held.get(message.run);
    if ('usedBytes' in message) this.#usedBytes = message.usedBytes;
    if (message.type === 'progress') held?.computation.onProgress(message);
    else if (message.type === 'read') void this.#handOver(message, held?.computation);
    else if (message.type === 'done')
      held?.resolve({ payload: message.payload, report: message.report });
    else {
      // Its process, and whatever that started, ends with the slot.
      if (message.failure.code === 'COMMAND_FAILED') this.child.kill('its command failed');
      held?.reject(new ComputeFailedError(message.failure));
    }
  }

  #onExit(how: string): void {
    const Died = this.#held.size > 1 ? SlotSharedError : SlotDiedError;
    for (const { reject } of this.#held.values()) reject(new Died(how));
  }

  #onOverMemory(usedBytes: number): void {
    const [held, ...others] = this.#held.values();
    if (held && others.length === 0) {
      // What this run added to the memory of a slot that had computed nothing before.
      const aloneBytes = usedBytes - this.#usedBytes + this.#freshBytes;
      const maxBytes = this.#maxMemoryBytes;
      held.stopped ??= new ComputeOutOfMemoryError(usedBytes, maxBytes, aloneBytes <= maxBytes);
    }
    const used = `it used ${Math.round(usedBytes / 1024 / 1024)} MB`;
    this.child.kill(held ? `${used}, too much memory` : `${used} while it had nothing to do`);
  }

  /** A file that cannot be read counts as absent. */
  async #handOver(
    { run, name }: Extract<AboutComputation, { type: 'read' }>,
    computation: Computation | undefined,
  ): Promise<void> {
    const found = await computation?.readArtefact?.(name).catch(() => undefined);
    this.child.send({ type: 'artefact', run, name, ...(found && { found }) });
  }
}
