/**
 * The child process of a slot: how it starts, what it prints, and how it ends.
 *
 * It has a process group of its own, so that everything its models start ends with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@deja/runtime';
import { SlotStartError } from './errors.ts';
import {
  type AboutComputation,
  type FromSlot,
  REPORTS_FD,
  type SlotOptions,
  type ToSlot,
} from './messages.ts';

export interface SlotChildEvents {
  readonly onMessage: (message: AboutComputation) => void;
  /** Called when the watchdog finds that the process uses more memory than it may. */
  readonly onOverMemory: (usedBytes: number) => void;
  /** Called with the signal or the exit code. */
  readonly onExit: (how: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const MB = 1024 * 1024;

const isSource = import.meta.url.endsWith('.ts');
const MODULE = fileURLToPath(new URL(isSource ? './slot.ts' : './slot.js', import.meta.url));

export class SlotChild {
  readonly #child: ChildProcess;
  /** Resolves to the bytes that it uses then; rejects with `SlotStartError`. */
  readonly ready: Promise<number>;
  /** Resolves to the reason why it ended. */
  readonly exited: Promise<string>;
  #killedFor: string | undefined;
  #isOver = false;
  #hasExited = false;

  constructor(
    slot: SlotOptions,
    log: Logger,
    { onMessage, onOverMemory, onExit }: SlotChildEvents,
  ) {
    this.#child = fork(MODULE, [JSON.stringify(slot)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      // `advanced`: the default would escape every quote in every JSON text again.
      serialization: 'advanced',
      execArgv: [
        // V8 has another limit of its own, and reaching it is a crash that gives no reason.
        `--max-old-space-size=${Math.ceil(slot.maxMemoryBytes / MB)}`,
        ...(isSource ? ['--conditions=development'] : []),
      ],
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        this.#isOver = true;
        this.#killGroup();
        this.#hasExited = true;
        onExit(how);
        resolve(this.#killedFor ?? how);
      });
      this.#child.once('error', (error) => resolve(error.message));
    });
    this.ready = this.#untilReady();
    this.ready.catch(() => {});
    this.#child.stdio[REPORTS_FD]?.on('data', (report: Buffer) => {
      onOverMemory(Number.parseInt(report.toString(), 10));
    });
    this.#child.on('message', (message: FromSlot) => {
      if ('run' in message) onMessage(message);
    });
    this.#yieldToServers();
    this.#logLines('stdout', log);
    this.#logLines('stderr', log);
  }

  /** It has ended, or is about to. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** False if it ended by itself: it crashed, or the system killed it. */
  get wasKilled(): boolean {
    return this.#killedFor !== undefined;
  }

  /** @param why The reason that `exited` gives from here on. */
  kill(why: string): void {
    this.#killedFor ??= why;
    this.#isOver = true;
    this.#killGroup();
  }

  /** `exited` reports the errors of a closing channel. */
  send(message: ToSlot): void {
    if (this.#child.connected) this.#child.send(message, () => {});
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

  #untilReady(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const fail = (why: string) => reject(new SlotStartError(why));
    const timer = setTimeout(() => {
      fail(`not ready after ${START_TIMEOUT_MS / 1000} s`);
      this.kill('it did not get ready');
    }, START_TIMEOUT_MS);
    this.#child.once('message', (message: FromSlot) => {
      if (message.type === 'unable') return fail(message.why);
      resolve(message.type === 'ready' ? message.usedBytes : 0);
    });
    void this.exited.then((how) => {
      clearTimeout(timer);
      fail(how);
    });
    return promise.finally(() => clearTimeout(timer));
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
