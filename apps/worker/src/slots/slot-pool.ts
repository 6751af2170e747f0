/**
 * The slots of one lane of a worker: as many child processes, each running one computation at a time.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a computation that overruns its time is killed, and the slot is replaced;
 *  - an aborted computation frees its slot even in an endless loop;
 *  - a slot that dies fails its own computation at once and no other;
 *  - a slot whose engine trapped is replaced after it has answered;
 *  - a computation that uses too much memory is killed, WASM and native memory counted;
 *  - a slot is replaced after so many runs, between two of them;
 *  - a slot that can not start says why, and is tried again ever less often.
 *
 * Why our own and not tinypool or workerpool: docs/adr/0002-slots.md.
 */
import type { Logger } from '@deja/runtime';
import { ComputeFailedError, PoolClosedError } from './errors.ts';
import type { SlotModels } from './messages.ts';
import { type Computation, type SlotAnswer, SlotProcess } from './slot-process.ts';

export interface SlotPoolOptions {
  readonly size: number;
  readonly models: SlotModels;
  /** Resident memory of one slot's process. Unit: bytes. Default: 2 GiB. */
  readonly maxMemoryBytes?: number;
  /** Computations after which a slot is replaced, so that leaks do not add up. Default: 1000. */
  readonly maxRuns?: number;
  readonly log: Logger;
}

const DEFAULT_MAX_MEMORY_BYTES = 2048 * 1024 * 1024;
const DEFAULT_MAX_RUNS = 1000;
const RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 30_000;

export class SlotPool implements AsyncDisposable {
  readonly #options: Required<SlotPoolOptions>;
  readonly #slots = new Set<SlotProcess>();
  readonly #idle: SlotProcess[] = [];
  readonly #waiting: ((slot: SlotProcess | undefined) => void)[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #onIdle: (() => void)[] = [];
  #failedStarts = 0;
  #closed = false;

  constructor(options: SlotPoolOptions) {
    this.#options = {
      maxMemoryBytes: DEFAULT_MAX_MEMORY_BYTES,
      maxRuns: DEFAULT_MAX_RUNS,
      ...options,
    };
    for (let i = 0; i < options.size; i += 1) this.#start();
  }

  /** Resolves when every slot of the first generation can compute; rejects when one can not start. */
  async ready(): Promise<void> {
    await Promise.all([...this.#slots].map((slot) => slot.ready));
  }

  /** Runs a computation in the next free slot. Its time counts from there. */
  async run(computation: Computation): Promise<SlotAnswer> {
    const slot = await this.#take(computation.signal);
    let over: string | undefined;
    try {
      return await slot.run(computation);
    } catch (error) {
      if (error instanceof ComputeFailedError && error.failure.code === 'ENGINE_TRAPPED')
        over = 'its engine trapped';
      throw error;
    } finally {
      if (slot.runs >= this.#options.maxRuns) over ??= `it has computed ${slot.runs} times`;
      if (over === undefined) this.#free(slot);
      else slot.kill(over);
    }
  }

  /** Resolves when a slot is free and nobody waits for one, or `signal` has aborted. */
  async idle(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#closed && this.#idle.length === 0) {
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
    for (const give of this.#waiting.splice(0)) give(undefined);
    const slots = [...this.#slots];
    for (const slot of slots) slot.kill('the slots are closed');
    await Promise.all(slots.map((slot) => slot.exited));
  }

  #start(): void {
    if (this.#closed) return;
    const { models, maxMemoryBytes, log } = this.#options;
    const slot = new SlotProcess({ ...models, maxMemoryBytes }, log);
    this.#slots.add(slot);
    let againInMs = 0;
    slot.ready.then(
      () => {
        this.#failedStarts = 0;
        this.#free(slot);
      },
      (err: unknown) => {
        if (this.#closed) return;
        // One that can not even start would spin.
        againInMs = Math.min(RESTART_DELAY_MS * 2 ** this.#failedStarts, MAX_RESTART_DELAY_MS);
        this.#failedStarts += 1;
        log.error({ err, againInMs }, 'slot can not start');
      },
    );
    void slot.exited.then(async (why) => {
      this.#slots.delete(slot);
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

  async #take(signal: AbortSignal): Promise<SlotProcess> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) throw new PoolClosedError('the slots are closed');
      const idle = this.#idle.pop();
      if (idle === undefined) {
        const next = await this.#nextFree(signal);
        if (next && !next.isOver) return next;
      } else if (!idle.isOver) return idle;
    }
  }

  #nextFree(signal: AbortSignal): Promise<SlotProcess | undefined> {
    return new Promise((resolve) => {
      const give = (slot: SlotProcess | undefined) => {
        signal.removeEventListener('abort', leave);
        resolve(slot);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(give);
    });
  }

  #free(slot: SlotProcess): void {
    if (slot.isOver) return;
    const next = this.#waiting.shift();
    if (next) {
      next(slot);
      return;
    }
    this.#idle.push(slot);
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
