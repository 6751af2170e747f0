/**
 * A process that computes over JSON lines on stdin and stdout, one computation at a time.
 *
 * The first computation starts it, later ones use it again, and if it ended in between it is started
 * again. After anything but an answer the process cannot be trusted. The error is then a
 * `CommandFailedError`, upon which the slot ends, and with it, as one process group, the process and
 * whatever it started. For the same reason, nothing here reacts to an abort.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { ComputeContext } from '../define-model.ts';
import { CommandFailedError } from '../errors.ts';
import { createLineReader } from './line-reader.ts';
import { errorOf, parseReply, quote } from './reply.ts';

export interface CommandOptions {
  /** The program and its arguments; no shell. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Added to the slot's environment. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly maxLineBytes: number;
  /** Takes the lines of its stderr. */
  readonly log: (line: string) => void;
}

interface Waiting {
  readonly id: string;
  readonly request: string;
  readonly progress: ComputeContext['progress'];
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Whether the process was started for this computation. */
  isFirst: boolean;
  /** Whether the process has written something since. */
  isHeard: boolean;
}

type Child = ChildProcessWithoutNullStreams;

const ENDED_WELL = 'exit code 0';
const MAX_LOG_LINE_BYTES = 4096;
/** Most lines of stderr per computation; further lines are only counted. */
const MAX_LOG_LINES = 200;

export class CommandProcess {
  readonly #options: CommandOptions;
  #child: Child | undefined;
  #waiting: Waiting | undefined;
  #runs = 0;
  #logged = 0;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  /** @throws CommandFailedError, or the error that the process answered. */
  async compute(input: unknown, { progress }: Pick<ComputeContext, 'progress'>): Promise<unknown> {
    if (this.#waiting) throw new Error('a command computes one at a time');
    this.#runs += 1;
    const id = String(this.#runs);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const request = `${JSON.stringify({ id, input })}\n`;
    this.#waiting = { id, request, progress, resolve, reject, isFirst: true, isHeard: false };
    try {
      this.#send(this.#waiting);
      return await promise;
    } finally {
      this.#waiting = undefined;
      this.#endLog();
    }
  }

  #start(): Child {
    const { command, cwd, env, maxLineBytes } = this.#options;
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env() } });
    const lines = createLineReader(maxLineBytes, (line, isCut) => this.#onLine(line, isCut));
    const errors = createLineReader(MAX_LOG_LINE_BYTES, (line) => this.#onLog(line));
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    // Its end explains more than the fact that it no longer reads.
    child.stdin.on('error', () => {});
    child.on('error', (cause) => this.#fail(`cannot be started: ${cause.message}`, cause));
    // `close`, not `exit`: by then its last output has been read.
    child.on('close', (code, signal) => {
      lines.end();
      errors.end();
      this.#onClose(child, signal ?? `exit code ${code}`);
    });
    return child;
  }

  #onLine(line: string, isCut: boolean): void {
    const { maxLineBytes } = this.#options;
    const parsed = isCut ? undefined : parseReply(line);
    const waiting = this.#waiting;
    if (waiting) waiting.isHeard = true;
    if (isCut) this.#fail(`wrote a line of more than ${maxLineBytes} bytes`);
    else if (!parsed || !waiting || parsed.id !== waiting.id)
      this.#fail(`wrote what is no answer to the request: ${quote(line)}`);
    else if ('progress' in parsed.reply)
      waiting.progress(parsed.reply.progress, parsed.reply.stage);
    else if ('error' in parsed.reply) waiting.reject(errorOf(parsed.reply.error));
    else waiting.resolve(parsed.reply.output);
  }

  #onClose(child: Child, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const waiting = this.#waiting;
    // It exited with 0 while the request was on its way, for example because it answers only once.
    if (waiting && how === ENDED_WELL && !waiting.isHeard && !waiting.isFirst) this.#send(waiting);
    else this.#fail(`ended in the middle of a computation: ${how}`);
  }

  #send(waiting: Waiting): void {
    waiting.isFirst = this.#child === undefined;
    this.#child ??= this.#start();
    this.#child.stdin.write(waiting.request);
  }

  /** Ignores all further output of the process. Between two computations, that is no failure. */
  #fail(what: string, cause?: unknown): void {
    const child = this.#child;
    this.#child = undefined;
    child?.removeAllListeners('close');
    child?.stdout.removeAllListeners('data');
    child?.kill('SIGKILL');
    const message = `the command ${basename(this.#options.command[0])} ${what}`;
    if (this.#waiting) this.#waiting.reject(new CommandFailedError(message, { cause }));
    else if (child) this.#options.log(message);
  }

  #onLog(line: string): void {
    this.#logged += 1;
    if (this.#logged <= MAX_LOG_LINES) this.#options.log(line);
  }

  #endLog(): void {
    const dropped = this.#logged - MAX_LOG_LINES;
    if (dropped > 0) this.#options.log(`… and ${dropped} more lines`);
    this.#logged = 0;
  }
}
