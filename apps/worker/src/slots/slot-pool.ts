/**
 * The slots of one lane of a worker: child processes that each run one computation at a time, or
 * several computations of one model that allows it.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a computation that overruns its time is killed, and the slot is replaced;
 *  - an aborted computation frees its slot even in an endless loop;
 *  - a slot that dies fails its own computation at once and no other;
 *  - a slot ends with all that its models have started;
 *  - a computation that uses too much memory is killed, WASM and native memory counted;
 *  - a slot is replaced after so many runs, between two of them;
 *  - a slot holds as many computations of one model as that allows, and of no other at the time;
 *  - computations that take turns are computed one after the other, in the emptiest slot;
 *  - a death that another computation caused is told apart;
 *  - a slot that cannot start says why, and is retried with growing pauses.
 *
 * Why our own and not tinypool or workerpool: docs/adr/0002-slots.md.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadModelsOptions } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { slotEnvOf } from '../isolation/sandbox.ts';
import { DEFAULT_SLOT_LIMITS } from '../settings.ts';
import type { SlotSettings } from './child.ts';
import { PoolClosedError } from './errors.ts';
import { type Computation, type SlotAnswer, SlotProcess } from './slot-process.ts';

export interface SlotPoolOptions extends Partial<SlotSettings> {
  readonly size: number;
  readonly models: LoadModelsOptions;
  /** Computations after which a slot is replaced, so that leaks do not add up. Default: `SLOT_MAX_RUNS`'s. */
  readonly maxRuns?: number;
  readonly log: Logger;
}

/** A computation that waits for room in a slot. */
interface Waiting {
  readonly computation: Computation;
  readonly give: (slot: SlotProcess) => void;
  readonly refuse: (reason: unknown) => void;
}

const BUILT_IN = ['forecast', 'sentiment'];
const RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 30_000;

export class SlotPool implements AsyncDisposable {
  readonly #options: Required<SlotPoolOptions>;
  readonly #slots = new Set<SlotProcess>();
  readonly #waiting = new Set<Waiting>();
  readonly #closing = new AbortController();
  readonly #events = new EventEmitter<{ room: [] }>();

  constructor(options: SlotPoolOptions) {
    const own = { warm: BUILT_IN, permissions: [], env: slotEnvOf() };
    this.#options = { ...DEFAULT_SLOT_LIMITS, ...own, ...options };
    for (let i = 0; i < options.size; i += 1) void this.#keepOne();
  }

  /** Resolves when every first slot can compute; rejects if one cannot start. */
  async ready(): Promise<void> {
    await Promise.all([...this.#slots].map((slot) => slot.ready));
  }

  /**
   * Runs a computation in the next slot that has room for it. Its time counts from there. First come,
   * first served: no run overtakes others to join a slot of its own model.
   */
  async run(computation: Computation): Promise<SlotAnswer> {
    const { signal } = computation;
    signal.throwIfAborted();
    if (this.#closing.signal.aborted) throw new PoolClosedError('the slots are closed');
    const { promise, resolve, reject } = Promise.withResolvers<SlotAnswer>();
    const give = (slot: SlotProcess) => resolve(this.#runIn(slot, computation));
    const waiting = { computation, give, refuse: reject };
    const leave = () => {
      if (!this.#waiting.delete(waiting)) return;
      reject(signal.reason);
      this.#serve();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.add(waiting);
    this.#serve();
    return await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Resolves when a slot has room for small work and nobody waits for one, or `signal` has aborted. */
  async room(signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, this.#closing.signal]);
    while (!over.aborted && !this.hasRoom)
      await once(this.#events, 'room', { signal: over }).catch(() => undefined);
  }

  /** A slot has nothing to do, and nobody waits for one. */
  get hasIdle(): boolean {
    return this.#waiting.size === 0 && [...this.#slots].some((slot) => slot.isIdle);
  }

  /** A slot has nothing to do, or only computations that take turns, and nobody waits for one. */
  get hasRoom(): boolean {
    return (
      this.#waiting.size === 0 &&
      [...this.#slots].some((slot) => slot.isIdle || (slot.takesTurns && !this.#isWornOut(slot)))
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const { refuse } of this.#waiting) refuse(new PoolClosedError('the slots are closed'));
    this.#waiting.clear();
    const slots = [...this.#slots];
    for (const { child } of slots) child.kill('the slots are closed');
    await Promise.all(slots.map(({ child }) => child.exited));
  }

  /** Keeps one slot alive: when it ends, the next one starts. */
  async #keepOne(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#closing;
    let againInMs = RESTART_DELAY_MS;
    while (!signal.aborted) {
      const slot = new SlotProcess(this.#options);
      this.#slots.add(slot);
      const failed = await slot.ready.then(
        () => this.#serve(),
        (err: unknown) => ({ err }),
      );
      const why = await slot.child.exited;
      this.#slots.delete(slot);
      if (signal.aborted) return;
      if (failed) {
        // A slot that cannot even start would be restarted in a tight loop.
        log.error({ ...failed, againInMs }, 'slot cannot start');
        await delay(againInMs, undefined, { signal }).catch(() => undefined);
        againInMs = Math.min(againInMs * 2, MAX_RESTART_DELAY_MS);
      } else {
        const level = slot.child.wasKilled ? 'info' : 'warn';
        log[level]({ why, runs: slot.runs }, 'slot ended, starting another');
        againInMs = RESTART_DELAY_MS;
      }
    }
  }

  /** When this returns its promise, the slot holds the computation. */
  async #runIn(slot: SlotProcess, computation: Computation): Promise<SlotAnswer> {
    try {
      return await slot.run(computation);
    } finally {
      if (this.#isWornOut(slot) && slot.isIdle)
        slot.child.kill(`it has computed ${slot.runs} times`);
      this.#serve();
    }
  }

  #serve(): void {
    for (const waiting of this.#waiting) {
      const slot = this.#pick(waiting.computation);
      if (!slot) break;
      this.#waiting.delete(waiting);
      waiting.give(slot);
    }
    if (this.hasRoom) this.#events.emit('room');
  }

  /**
   * The fullest slot that has room, so that empty slots stay free for runs that need one; of those
   * that take turns, the emptiest.
   */
  #pick(computation: Computation): SlotProcess | undefined {
    const order = computation.inTurn ? 1 : -1;
    return [...this.#slots]
      .filter((slot) => slot.hasRoomFor(computation) && !this.#isWornOut(slot))
      .sort((a, b) => order * (a.load - b.load))[0];
  }

  #isWornOut(slot: SlotProcess): boolean {
    return slot.runs >= this.#options.maxRuns;
  }
}
