import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@deja/runtime';
import { ComputeFailedError, ComputeTimedOutError, SlotDiedError } from './errors.ts';
import type { FromSlot, SlotModels, ToSlot } from './messages.ts';

export interface Computation {
  readonly model: string;
  /** The normalised input, JSON. */
  readonly input: string;
  /** Unit: ms. */
  readonly timeoutMs: number;
  /** When it aborts, the computation is stopped and `run` rejects with its reason. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { fraction: number; stage?: string }) => void;
}

/** How long a computation may take to notice its abort before its process is killed. */
const ABORT_GRACE_MS = 50;

const isSource = import.meta.url.endsWith('.ts');
const MODULE = fileURLToPath(new URL(isSource ? './slot.ts' : './slot.js', import.meta.url));

/** One child process, from its start to its end. */
export class SlotProcess {
  readonly #child: ChildProcess;
  readonly ready: Promise<void>;
  readonly exited: Promise<string>;
  #isOver = false;

  constructor(models: SlotModels, log: Logger) {
    this.#child = fork(MODULE, [JSON.stringify(models)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // `advanced`: the default would escape every quote of every JSON text once more.
      serialization: 'advanced',
      execArgv: isSource ? ['--conditions=development'] : [],
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#isOver = true;
        resolve(signal ?? `exit code ${code}`);
      });
      this.#child.once('error', (error) => resolve(error.message));
    });
    const ready = new Promise<void>((resolve) => {
      this.#child.once('message', () => resolve());
    });
    this.ready = Promise.race([
      ready,
      this.exited.then((how) => Promise.reject(new SlotDiedError(how))),
    ]);
    this.ready.catch(() => {});
    this.#yieldToServers();
    this.#logLines('stdout', log);
    this.#logLines('stderr', log);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  kill(): void {
    this.#isOver = true;
    this.#child.kill('SIGKILL');
  }

  /** Runs one computation and returns the members of its answer as JSON. One at a time. */
  async run({ model, input, timeoutMs, signal, onProgress }: Computation): Promise<string> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let stopped: unknown;
    let grace: NodeJS.Timeout | undefined;
    const stop = (reason: unknown) => {
      stopped ??= reason;
      this.#send({ type: 'abort' });
      grace ??= setTimeout(() => this.kill(), ABORT_GRACE_MS);
    };
    const onAbort = () => stop(signal.reason);
    const onMessage = (message: FromSlot) => {
      if (message.type === 'progress') onProgress(message);
      else if (message.type === 'done') resolve(message.members);
      else if (message.type === 'failed') reject(new ComputeFailedError(message.failure));
    };
    const deadline = setTimeout(() => stop(new ComputeTimedOutError(timeoutMs)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#child.on('message', onMessage);
    const onExit = (code: number | null, how: string | null) =>
      reject(new SlotDiedError(how ?? `exit code ${code}`));
    this.#child.once('exit', onExit);
    if (this.#isOver) reject(new SlotDiedError('it had ended before'));
    this.#send({ type: 'run', model, input });
    try {
      const members = await promise;
      if (stopped !== undefined) throw stopped;
      return members;
    } catch (error) {
      throw stopped ?? error;
    } finally {
      clearTimeout(deadline);
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      this.#child.off('message', onMessage);
      this.#child.off('exit', onExit);
    }
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
    if (this.#child.pid === undefined) return;
    try {
      setPriority(this.#child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // Not allowed here: it was a courtesy.
    }
  }
}
