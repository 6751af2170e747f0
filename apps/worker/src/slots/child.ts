/**
 * The child process of a slot: how it starts, what it prints, what it may not say, and how it ends.
 *
 * It has a process group of its own, so that everything its models start ends with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createLineReader, type LoadModelsOptions } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { CHANNEL_FD, REPORTS_FD, receive, send } from '../isolation/channel.ts';
import {
  type AboutComputation,
  fromSlot,
  type SlotOptions,
  type ToSlot,
} from '../isolation/messages.ts';
import { type Permissions, permissionFlags } from '../isolation/sandbox.ts';
import { SlotStartError } from './errors.ts';

export interface SlotSettings {
  readonly models: LoadModelsOptions;
  /** Built-in models whose engines a slot loads when it starts. Default: both. */
  readonly warm: readonly string[];
  /** Resident memory of one slot's process. Unit: bytes. Default: `SLOT_MAX_MEMORY_MB`'s. */
  readonly maxMemoryBytes: number;
  /** What the models may do besides computing. Default: nothing. */
  readonly permissions: Permissions;
  /** The environment of the process. Default: what every program needs. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export interface SlotChildEvents {
  readonly onMessage: (message: AboutComputation) => void;
  /** Called while the process, with all that it has started, uses more memory than it may. */
  readonly onOverMemory: (usedBytes: number) => void;
  /** Called with the signal or the exit code. */
  readonly onExit: (how: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const MB = 1024 * 1024;
const MAX_LOG_LINE_BYTES = 4096;
/** Most lines that are logged between the beginnings of two computations. */
const MAX_LOG_LINES = 200;

const isSource = import.meta.url.endsWith('.ts');
const MODULE = fileURLToPath(new URL(isSource ? './slot.ts' : './slot.js', import.meta.url));

export class SlotChild {
  readonly #child: ChildProcess;
  readonly #log: Logger;
  readonly #events: SlotChildEvents;
  readonly #readiness = Promise.withResolvers<number>();
  /** Resolves to the reason why it ended. */
  readonly exited: Promise<string>;
  #killedFor: string | undefined;
  #isOver = false;
  #hasExited = false;
  #logged = 0;

  constructor(settings: SlotSettings, events: SlotChildEvents) {
    const { models, warm, maxMemoryBytes, permissions, env, log } = settings;
    const slot: SlotOptions = { ...models, warm };
    const flags = [
      // V8 has another limit of its own, and reaching it is a crash that gives no reason.
      `--max-old-space-size=${Math.ceil(maxMemoryBytes / MB)}`,
      ...(isSource ? ['--conditions=development'] : []),
      ...permissionFlags(permissions, models),
    ];
    this.#log = log;
    this.#events = events;
    this.#child = spawn(process.execPath, [...flags, MODULE, JSON.stringify(slot)], {
      ...{ detached: true, env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        this.#isOver = true;
        this.#killGroup();
        this.#hasExited = true;
        events.onExit(how);
        resolve(this.#killedFor ?? how);
      });
      this.#child.once('error', (error) => resolve(error.message));
    });
    this.#startOrFail();
    receive(
      this.#channel,
      'payload',
      (received) => this.#onMessage(received),
      () => this.kill('it wrote what is no message to its channel'),
    );
    const isAlone = permissions !== 'off' && !permissions.includes('child-process');
    this.#child.stdio[REPORTS_FD]?.on('data', (reports: Buffer) => {
      const ownBytes = Number(reports.toString().trim().split('\n').at(-1));
      const usedBytes = ownBytes + (isAlone ? 0 : bytesBelow(Number(this.#child.pid)));
      if (usedBytes > maxMemoryBytes) events.onOverMemory(usedBytes);
    });
    this.#yieldToServers();
    this.#logLines('stdout');
    this.#logLines('stderr');
  }

  /** Resolves to the bytes that it uses then; rejects with `SlotStartError`. */
  get ready(): Promise<number> {
    return this.#readiness.promise;
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
    if (message.type === 'run') this.#beginLog();
    const channel = this.#channel;
    if (!channel.writable) return;
    if (channel.writableCorked === 0) {
      channel.cork(); // what is sent in one turn of the event loop leaves in one write
      process.nextTick(() => channel.uncork());
    }
    send(channel, message, 'input');
  }

  get #channel(): Socket {
    return this.#child.stdio[CHANNEL_FD] as Socket;
  }

  #onMessage(received: unknown): void {
    if (this.#isOver) return;
    const { data: message, error } = fromSlot.safeParse(received);
    if (!message) this.kill(`it sent what is no message: ${error.issues[0]?.message}`);
    else if ('run' in message) this.#events.onMessage(message);
    else if (message.type === 'ready') this.#readiness.resolve(message.usedBytes);
    else {
      this.#readiness.reject(new SlotStartError(message.why));
      this.kill('it cannot start');
    }
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

  #startOrFail(): void {
    const { promise, reject } = this.#readiness;
    const timer = setTimeout(() => {
      reject(new SlotStartError(`not ready after ${START_TIMEOUT_MS / 1000} s`));
      this.kill('it did not get ready');
    }, START_TIMEOUT_MS);
    void this.exited.then((how) => reject(new SlotStartError(how)));
    promise.catch(() => {}).finally(() => clearTimeout(timer));
  }

  /** What a model prints goes to the worker's log, line by line and within limits. */
  #logLines(stream: 'stdout' | 'stderr'): void {
    const output = this.#child[stream];
    const lines = createLineReader(MAX_LOG_LINE_BYTES, (line) => {
      this.#logged += 1;
      if (this.#logged <= MAX_LOG_LINES) this.#log.info({ slot: this.#child.pid, stream }, line);
    });
    // What would not be logged is not even split.
    output?.on('data', (chunk: Buffer) => this.#logged <= MAX_LOG_LINES && lines.push(chunk));
    output?.on('end', () => lines.end());
  }

  #beginLog(): void {
    if (this.#logged > MAX_LOG_LINES)
      this.#log.info({ slot: this.#child.pid }, `only ${MAX_LOG_LINES} lines of a run are logged`);
    this.#logged = 0;
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

/** Resident memory of all that a process has started; 0 where there is no /proc. Unit: bytes. */
export function bytesBelow(pid: number): number {
  const read = (path: string) => {
    try {
      return readFileSync(`/proc/${path}`, 'utf8');
    } catch {
      return '';
    }
  };
  const below = read(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  const ownBytes = (child: number) =>
    Number(/^VmRSS:\s*(\d+)/m.exec(read(`${child}/status`))?.[1] ?? 0) * 1024;
  return below.reduce((sum, child) => sum + ownBytes(child) + bytesBelow(child), 0);
}
