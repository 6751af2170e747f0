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
  SlotStartError,
} from './errors.ts';
import {
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
  /** False in the short lane: a model that finds that it would is stopped. Default: true. */
  readonly mayTakeLong?: boolean;
  /** What the computation may use of what earlier ones left. Default: nothing. */
  readonly readArtefact?: (name: string) => Promise<FoundArtefact | undefined>;
}

export interface SlotAnswer {
  /** The members of the answer as JSON. */
  readonly members: string;
  readonly report: Report;
}

/** How long a computation may take to notice its abort before its process is killed. */
const ABORT_GRACE_MS = 50;
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
  /** Resolves with why it ended. */
  readonly exited: Promise<string>;
  #isOver = false;
  #runs = 0;
  #killedFor: string | undefined;
  #freshBytes = 0;
  #usedBytes = 0;
  #onOverMemory: ((usedBytes: number) => void) | undefined;

  constructor(options: SlotOptions, log: Logger) {
    this.#maxMemoryBytes = options.maxMemoryBytes;
    this.#child = fork(MODULE, [JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      // `advanced`: the default would escape every quote of every JSON text once more.
      serialization: 'advanced',
      execArgv: [
        // V8's own limit is another one, and its end a crash that does not say why.
        `--max-old-space-size=${Math.ceil(options.maxMemoryBytes / MB)}`,
        ...(isSource ? ['--conditions=development'] : []),
      ],
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#isOver = true;
        resolve(this.#killedFor ?? signal ?? `exit code ${code}`);
      });
      this.#child.once('error', (error) => resolve(error.message));
    });
    this.ready = this.#untilReady();
    this.ready.catch(() => {});
    this.#child.stdio[REPORTS_FD]?.on('data', (report: Buffer) => {
      const usedBytes = Number.parseInt(report.toString(), 10);
      if (this.#onOverMemory) this.#onOverMemory(usedBytes);
      else this.kill(`it used ${Math.round(usedBytes / MB)} MB while it had nothing to do`);
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

  /** False when it ended by itself: a crash, or the system killed it. */
  get wasKilled(): boolean {
    return this.#killedFor !== undefined;
  }

  /** @param why What `exited` tells, from here on. */
  kill(why: string): void {
    this.#killedFor ??= why;
    this.#isOver = true;
    this.#child.kill('SIGKILL');
  }

  /** Runs one computation. One at a time. */
  async run(computation: Computation): Promise<SlotAnswer> {
    const { model, input, timeoutMs, signal, onProgress, mayTakeLong = true } = computation;
    signal.throwIfAborted();
    this.#runs += 1;
    const run = this.#runs;
    const { promise, resolve, reject } = Promise.withResolvers<SlotAnswer>();
    let stopped: unknown;
    let grace: NodeJS.Timeout | undefined;
    const stop = (reason: unknown) => {
      stopped ??= reason;
      this.#send({ type: 'abort' });
      grace ??= setTimeout(() => this.kill('it did not stop when asked'), ABORT_GRACE_MS);
    };
    const onAbort = () => stop(signal.reason);
    const onMessage = (message: FromSlot) => {
      if ('usedBytes' in message) this.#usedBytes = message.usedBytes;
      if (message.type === 'progress') onProgress(message);
      else if (message.type === 'read') void this.#handOver(message, computation);
      else if (message.type === 'done') resolve(message);
      else if (message.type === 'failed') reject(new ComputeFailedError(message.failure));
    };
    this.#onOverMemory = (usedBytes) => {
      // What this run added, on top of a slot that has computed nothing before.
      const aloneBytes = usedBytes - this.#usedBytes + this.#freshBytes;
      const maxBytes = this.#maxMemoryBytes;
      stopped ??= new ComputeOutOfMemoryError(usedBytes, maxBytes, aloneBytes <= maxBytes);
      this.kill('it used too much memory');
    };
    const deadline = setTimeout(() => stop(new ComputeTimedOutError(timeoutMs)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#child.on('message', onMessage);
    const onExit = (code: number | null, how: string | null) =>
      reject(new SlotDiedError(how ?? `exit code ${code}`));
    this.#child.once('exit', onExit);
    if (this.#isOver) reject(new SlotDiedError('it had ended before'));
    this.#send({ type: 'run', run, model, input, mayTakeLong });
    try {
      const { members, report } = await promise;
      if (stopped !== undefined) throw stopped;
      return { members, report };
    } catch (error) {
      throw stopped ?? error;
    } finally {
      this.#onOverMemory = undefined;
      clearTimeout(deadline);
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      this.#child.off('message', onMessage);
      this.#child.off('exit', onExit);
    }
  }

  /** What can not be read is as good as not there. */
  async #handOver(
    { run, name }: Extract<FromSlot, { type: 'read' }>,
    { readArtefact }: Computation,
  ): Promise<void> {
    const found = await readArtefact?.(name).catch(() => undefined);
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

  /** Errors of a channel that is closing are told by `exited`. */
  #send(message: ToSlot): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** What a model prints becomes lines of the worker's log. */
  #logLines(stream: 'stdout' | 'stderr', log: Logger): void {
    const output = this.#child[stream];
    if (output === null) return;
    createInterface(output).on('line', (line) => {
      log.info({ slot: this.#child.pid, stream }, line);
    });
  }

  /** A busy slot must not make the worker's own heartbeat late, nor the API on this machine slow. */
  #yieldToServers(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
      // When the machine has no memory left, a slot goes before any server does.
      if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    } catch {
      // Not allowed here: it was a courtesy.
    }
  }
}
