/**
 * The slots of one lane of a worker: child processes that each run one computation at a time, or
 * several computations of one model that allows it.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a computation that overruns its time is killed, and the slot is replaced;
 *  - an aborted computation frees its slot even in an endless loop;
 *  - a slot that dies fails its own computation at once and no other;
 *  - a slot whose engine trapped is replaced after it has answered;
 *  - a slot ends with all that its models have started;
 *  - a computation that uses too much memory is killed, WASM and native memory counted;
 *  - a slot is replaced after so many runs, between two of them;
 *  - a slot holds as many computations of one model as that allows, and of no other at the time;
 *  - a death that another computation caused is told apart;
 *  - a slot that cannot start says why, and is retried with growing pauses.
 *
 * Why our own and not tinypool or workerpool: docs/adr/0002-slots.md.
 */
import type { Logger } from '@deja/runtime';
import { DEFAULT_SLOT_LIMITS } from '../settings.ts';
import { ComputeFailedError, PoolClosedError } from './errors.ts';
import type { SlotModels } from './messages.ts';
import { type Computation, type SlotAnswer, SlotProcess } from './slot-process.ts';

export interface SlotPoolOptions {
  readonly size: number;
  readonly models: SlotModels;
  /** Built-in models whose engines a slot loads when it starts. Default: both. */
  readonly warm?: readonly string[];
  /** Resident memory of one slot's process. Unit: bytes. Default: `SLOT_MAX_MEMORY_MB`'s. */
  readonly maxMemoryBytes?: number;
  /** Computations after which a slot is replaced, so that leaks do not add up. Default: `SLOT_MAX_RUNS`'s. */
  readonly maxRuns?: number;
  readonly log: Logger;
}

const BUILT_IN = ['forecast', 'sentiment'];
const RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 30_000;

export class SlotPool implements AsyncDisposable {
  readonly #options: Required<SlotPoolOptions>;
  readonly #slots = new Set<SlotProcess>();
  readonly #started = new Set<SlotProcess>();
  readonly #waiting: Waiting[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #onIdle: (() => void)[] = [];
  #failedStarts = 0;
  #closed = false;

  constructor(options: SlotPoolOptions) {
    this.#options = {
      ...DEFAULT_SLOT_LIMITS,
      warm: BUILT_IN,
      ...options,
    };
    for (let i = 0; i < options.size; i += 1) this.#start();
  }

  /** Resolves when every first slot can compute; rejects if one cannot start. */
  async ready(): Promise<void> {
    await Promise.all([...this.#slots].map((slot) => slot.ready));
  }

  /** Runs a computation in the next slot that has room for it. Its time counts from there. */
  async run(computation: Computation): Promise<SlotAnswer> {
    computation.signal.throwIfAborted();
    if (this.#closed) throw new PoolClosedError('the slots are closed');
    // First come, first served: no run overtakes others to join a slot of its own model.
    const slot = this.#waiting.length > 0 ? undefined : this.#pick(computation);
    return await (slot ? this.#runIn(slot, computation) : this.#wait(computation));
  }

  /** Resolves when a slot is free and nobody waits for one, or `signal` has aborted. */
  async idle(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#closed && !this.hasIdle) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const onAbort = () => resolve();
      this.#onIdle.push(resolve);
      signal.addEventListener('abort', onAbort, { once: true });
      await promise;
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const resolve of this.#onIdle.splice(0)) resolve();
    for (const timer of this.#restarts) clearTimeout(timer);
    for (const { refuse } of this.#waiting.splice(0))
      refuse(new PoolClosedError('the slots are closed'));
    const slots = [...this.#slots];
    for (const slot of slots) slot.kill('the slots are closed');
    await Promise.all(slots.map((slot) => slot.exited));
  }

  #start(): void {
    if (this.#closed) return;
    const { models, warm, maxMemoryBytes, log } = this.#options;
    const slot = new SlotProcess({ ...models, warm, maxMemoryBytes }, log);
    this.#slots.add(slot);
    let againInMs = 0;
    slot.ready.then(
      () => {
        this.#failedStarts = 0;
        this.#started.add(slot);
        this.#serve();
      },
      (err: unknown) => {
        if (this.#closed) return;
        // A slot that cannot even start would be restarted in a tight loop.
        againInMs = Math.min(RESTART_DELAY_MS * 2 ** this.#failedStarts, MAX_RESTART_DELAY_MS);
        this.#failedStarts += 1;
        log.error({ err, againInMs }, 'slot cannot start');
      },
    );
    void slot.exited.then(async (why) => {
      this.#slots.delete(slot);
      this.#started.delete(slot);
      await slot.ready.catch(() => {});
      if (this.#closed) return;
      if (againInMs > 0) return this.#startIn(againInMs);
      const level = slot.wasKilled ? 'info' : 'warn';
      log[level]({ why, runs: slot.runs }, 'slot ended, starting another');
      this.#start();
    });
  }

  #startIn(delayMs: number): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#start();
    }, delayMs);
    this.#restarts.add(timer);
  }

  /** When this returns its promise, the slot holds the computation. */
  async #runIn(slot: SlotProcess, computation: Computation): Promise<SlotAnswer> {
    try {
      return await slot.run(computation);
    } catch (error) {
      const why = error instanceof ComputeFailedError && error.failure.spoils;
      if (why) slot.kill(why, { blames: 'nobody' });
      throw error;
    } finally {
      if (this.#isWornOut(slot) && slot.load === 0) slot.kill(`it has computed ${slot.runs} times`);
      this.#serve();
    }
  }

  /** The fullest slot that has room, so that empty slots stay free for runs that need one. */
  #pick(computation: Computation): SlotProcess | undefined {
    return [...this.#started]
      .filter((slot) => slot.hasRoomFor(computation) && !this.#isWornOut(slot))
      .sort((a, b) => b.load - a.load)[0];
  }

  #wait(computation: Computation): Promise<SlotAnswer> {
    const { signal } = computation;
    const { promise, resolve, reject } = Promise.withResolvers<SlotAnswer>();
    const refuse = (reason: unknown) => {
      signal.removeEventListener('abort', leave);
      reject(reason);
    };
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      refuse(signal.reason);
      this.#serve();
    };
    const give = (slot: SlotProcess) => {
      signal.removeEventListener('abort', leave);
      resolve(this.#runIn(slot, computation));
    };
    const waiting: Waiting = { computation, give, refuse };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(waiting);
    return promise;
  }

  #serve(): void {
    for (;;) {
      const [first] = this.#waiting;
      const slot = first && this.#pick(first.computation);
      if (!first || !slot) break;
      this.#waiting.shift();
      first.give(slot);
    }
    if (this.hasIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** A slot has nothing to do, and nobody waits for one. */
  get hasIdle(): boolean {
    if (this.#waiting.length > 0) return false;
    return [...this.#started].some((slot) => !slot.isOver && slot.load === 0);
  }

  #isWornOut(slot: SlotProcess): boolean {
    return slot.runs >= this.#options.maxRuns;
  }
}

/** A computation that waits for room in a slot. */
interface Waiting {
  readonly computation: Computation;
  readonly give: (slot: SlotProcess) => void;
  readonly refuse: (reason: unknown) => void;
}
