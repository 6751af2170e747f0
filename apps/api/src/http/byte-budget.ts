import { ProblemError } from '../wire/problem.ts';

/** Bytes that one kind of work holds in this process at a time: at most so many. */
export class ByteBudget {
  readonly maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  hasRoom(bytes: number): boolean {
    return this.#used + bytes <= this.maxBytes;
  }

  /** False, and nothing is taken: it would be too much. Whoever took bytes gives them back once. */
  take(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

/** @throws ProblemError where `take` says no. */
export function takeForBody(bodies: ByteBudget, bytes: number): void {
  if (bodies.take(bytes)) return;
  const why = `the bodies in memory would exceed MAX_BODIES_MB (${bodies.maxBytes} bytes)`;
  throw new ProblemError('overloaded', why);
}
