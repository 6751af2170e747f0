/**
 * Paces the questions of one request, so that a request with many of them neither holds the event
 * loop nor fills the memory.
 *
 *  - after 10 ms of work other requests get a turn;
 *  - only so many inputs, and bytes of them, are prepared and not yet on a run; one always is;
 *  - all inputs of a request, as they are prepared, have a bound in bytes;
 *  - a queue Redis that hangs costs the request about a second in all, however many questions wait.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { requestDeadline } from '../http/deadline.ts';
import { ProblemError, problemOf } from '../wire/problem.ts';
import type { Result } from './result.ts';

const SLICE_MS = 10;
const MAX_INPUTS = 32;
const MAX_BYTES = 256 * 1024;
/** What the inputs of a small request may take. */
const ANY_INPUTS_BYTES = 1024 * 1024;
const UNREACHABLE = problemOf('queue-unavailable').type;

export class Pace {
  readonly #maxTotalBytes: number;
  #totalBytes = 0;
  #inputs = 0;
  #bytes = 0;
  #left = Promise.withResolvers<void>();
  #sliceStart = performance.now();
  /** Of the question for which the queue was out of reach. */
  #missed: number | undefined;

  /** @param maxTotalBytes Of all inputs together. */
  constructor(maxTotalBytes: number) {
    this.#maxTotalBytes = maxTotalBytes;
  }

  /** Resolves when it is the next question's turn. */
  async turn(): Promise<void> {
    const isFull = () => this.#inputs >= MAX_INPUTS || this.#bytes >= MAX_BYTES;
    while (this.#inputs > 0 && isFull()) await this.#left.promise;
    if (performance.now() - this.#sliceStart < SLICE_MS) return;
    await nextTurn();
    this.#sliceStart = performance.now();
  }

  /** Of the next question's calls to the queue Redis. */
  deadline(): number {
    return this.#missed ?? requestDeadline();
  }

  /** Later questions do not wait again for a queue that was out of reach. */
  note(result: Result, deadline: number): void {
    if (result.outcome === 'failed' && result.problem.type === UNREACHABLE)
      this.#missed ??= deadline;
  }

  /** @throws ProblemError if the inputs so far are more than the request may have. */
  admit(): void {
    if (this.#totalBytes <= this.#maxTotalBytes) return;
    const why = `the inputs before this one, as they are prepared, exceed ${this.#maxTotalBytes} bytes (twice this body, or 1 MiB): send it in another request`;
    throw new ProblemError('body-too-large', why);
  }

  /** Counts a prepared input. Call what it returns when the input is not needed any more. */
  enter(bytes: number): () => void {
    this.#totalBytes += bytes;
    this.#inputs += 1;
    this.#bytes += bytes;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inputs -= 1;
      this.#bytes -= bytes;
      this.#left.resolve();
      this.#left = Promise.withResolvers();
    };
  }
}

/** Gives other requests a turn if `startedAt`, of performance.now(), is long ago. */
export async function yieldAfter(startedAt: number): Promise<void> {
  if (performance.now() - startedAt >= SLICE_MS) await nextTurn();
}

/** What the inputs of a request may take as they are prepared. */
export const maxPreparedBytes = (bodyBytes: number): number =>
  Math.max(2 * bodyBytes, ANY_INPUTS_BYTES);
