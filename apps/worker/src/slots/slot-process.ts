import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@deja/runtime';
import {
  ComputeFailedError,
  ComputeOutOfMemoryError,
  ComputeTimedOutError,
  SlotDiedError,
  SlotSharedError,
  SlotStartError,
} from './errors.ts';
import {
  type AboutComputation,
  type FoundArtefact,
  type FromSlot,
  REPORTS_FD,
  type Report,
  type SlotOptions,
  type ToSlot,
} from './messages.ts';

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
const START_TIMEOUT_MS = 60_000;
const MB = 1024 * 1024;

const isSource = import.meta.url.endsWith('.ts');
const MODULE = fileURLToPath(new URL(isSource ? './slot.ts' : './slot.js', import.meta.url));

/** One child process, from its start to its end. */
export class SlotProcess {
  readonly #child: ChildProcess;
  readonly #maxMemoryBytes: number;
  /** Rejects with `SlotStartError`. */
  readonly ready: Promise<void>;
  /** Resolves to the reason why it ended. */
  readonly exited: Promise<string>;
  #isOver = false;
  #hasExited = false;
  #runs = 0;
  #killedFor: string | undefined;
  #blamesNobody = false;
  #freshBytes = 0;
  #usedBytes = 0;
  readonly #held = new Map<number, Held>();

  constructor(options: SlotOptions, log: Logger) {
    this.#maxMemoryBytes = options.maxMemoryBytes;
    this.#child = fork(MODULE, [JSON.stringify(options)], {
      // Its own process group, so that everything its models start ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      // `advanced`: the default would escape every quote in every JSON text again.
      serialization: 'advanced',
      execArgv: [
        // V8 has another limit of its own, and reaching it is a crash that gives no reason.
        `--max-old-space-size=${Math.ceil(options.maxMemoryBytes / MB)}`,
        ...(isSource ? ['--conditions=development'] : []),
      ],
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#isOver = true;
        this.#killGroup();
        this.#hasExited = true;
        this.#onExit(signal ?? `exit code ${code}`);
        resolve(this.#killedFor ?? signal ?? `exit code ${code}`);
      });
      this.#child.once('error', (error) => resolve(error.message));
    });
    this.ready = this.#untilReady();
    this.ready.catch(() => {});
    this.#child.stdio[REPORTS_FD]?.on('data', (report: Buffer) => {
      this.#onOverMemory(Number.parseInt(report.toString(), 10));
    });
    this.#child.on('message', (message: FromSlot) => {
      if ('run' in message) this.#onMessage(message);
    });
    this.#yieldToServers();
    this.#logLines('stdout', log);
    this.#logLines('stderr', log);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many computations it has begun. */
  get runs(): number {
    return this.#runs;
  }

  /** False if it ended by itself: it crashed, or the system killed it. */
  get wasKilled(): boolean {
    return this.#killedFor !== undefined;
  }

  /**
   * @param why The reason that `exited` gives from here on.
   * @param blames `nobody`: none of the computations that it holds is to blame. Default: its computation,
   *   if it holds only one.
   */
  kill(why: string, { blames }: { readonly blames?: 'nobody' } = {}): void {
    this.#killedFor ??= why;
    this.#blamesNobody ||= blames === 'nobody';
    this.#isOver = true;
    this.#killGroup();
  }

  /** How many computations it holds. */
  get load(): number {
    return this.#held.size;
  }

  /** Whether it may hold this computation besides those that it holds already. */
  hasRoomFor({ model, perSlot, alone }: Computation): boolean {
    if (this.#isOver) return false;
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
      this.#send({ type: 'abort', run });
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
    if (this.#isOver) reject(new SlotDiedError('it had ended before'));
    this.#send({ type: 'run', run, model, input, mayTakeLong });
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

  #killGroup(): void {
    const { pid } = this.#child;
    if (this.#hasExited) return; // its pid may belong to another process by now
    try {
      if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, 'SIGKILL');
      else this.#child.kill('SIGKILL');
    } catch {
      // Nobody wants any of its computations any more.
    }
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
    this.#send({ type: 'artefact', run, name, ...(found && { found }) });
  }

  #untilReady(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (why: string) => reject(new SlotStartError(why));
    const timer = setTimeout(() => {
      fail(`not ready after ${START_TIMEOUT_MS / 1000} s`);
      this.kill('it did not get ready');
    }, START_TIMEOUT_MS);
    this.#child.once('message', (message: FromSlot) => {
      if (message.type === 'unable') return fail(message.why);
      if (message.type === 'ready') this.#freshBytes = this.#usedBytes = message.usedBytes;
      resolve();
    });
    void this.exited.then((how) => {
      clearTimeout(timer);
      fail(how);
    });
    return promise.finally(() => clearTimeout(timer));
  }

  /** `exited` reports the errors of a closing channel. */
  #send(message: ToSlot): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** What a model prints goes to the worker's log, line by line. */
  #logLines(stream: 'stdout' | 'stderr', log: Logger): void {
    const output = this.#child[stream];
    if (output === null) return;
    createInterface(output).on('line', (line) => {
      log.info({ slot: this.#child.pid, stream }, line);
    });
  }

  /**
   * Lowers the slot's priority, so that a busy slot delays neither the worker's heartbeat nor an
   * API on this machine.
   */
  #yieldToServers(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
      // When the machine runs out of memory, the system kills a slot before any server.
      if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    } catch {
      // Not allowed here, and not essential.
    }
  }
}
