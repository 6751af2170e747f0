/** The bytes of a request's body, as long as they are held, and the JSON in them. */
import { MB } from '@deja/runtime/settings';
import { ProblemError } from '../wire/problem.ts';
import { type ByteBudget, takeForBody } from './byte-budget.ts';
import { exceededBound } from './json-bounds.ts';
import { jsonErrorOf } from './json-error.ts';

const FIRST_BYTES = 4096;
/** Freeing less costs more than it saves. */
const FREED_BYTES = 16 * 1024;

/** A body that was read. */
export interface Body {
  /** Empty once it was parsed or forgotten. */
  readonly bytes: Buffer;
  /** SHA-256 of model and body, if it was computed already. */
  readonly digest: string | undefined;
  /** Parses the body and lets go of its bytes. */
  takeJson(): unknown;
  /** Lets go of the bytes. */
  forget(): void;
}

/** The JSON value of a UTF-8 text. Of duplicate members the last one counts, as in JSON.parse. */
export function parseJson(bytes: Uint8Array): unknown {
  const exceeded = exceededBound(bytes);
  if (exceeded !== undefined) throw new ProblemError('body-too-large', exceeded);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? jsonErrorOf(error) : 'it is not UTF-8';
    throw new ProblemError('malformed-json', why);
  }
}

/** A bound below the least MAX_BODY_MB is the route's own. */
export function tooLarge(maxBytes: number): ProblemError {
  const which = maxBytes < MB ? 'this route' : 'MAX_BODY_MB';
  return new ProblemError('body-too-large', `${which} allows at most ${maxBytes} bytes`);
}

/** Frees memory that nobody else has, and that would otherwise wait for V8's collector. */
export function free({ buffer, length }: Buffer): void {
  if (length >= FREED_BYTES && buffer.byteLength === length) (buffer as ArrayBuffer).transfer(0);
}

/** One buffer that grows, because a list of chunks takes much more than its bytes if they are small. */
export class HeldBody implements Body {
  digest: string | undefined;
  readonly #budget: ByteBudget;
  readonly #maxBytes: number;
  /** What the buffer need not exceed. */
  readonly #likelyBytes: number;
  #buffer = Buffer.alloc(0);
  #size = 0;

  constructor(budget: ByteBudget, maxBytes: number, announced: number | undefined) {
    this.#budget = budget;
    this.#maxBytes = maxBytes;
    this.#likelyBytes = announced ?? maxBytes;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  get size(): number {
    return this.#size;
  }

  append(chunk: Buffer): void {
    const needed = this.#size + chunk.length;
    if (needed > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (needed > this.#buffer.length) this.#grow(needed);
    chunk.copy(this.#buffer, this.#size);
    this.#size = needed;
  }

  takeJson(): unknown {
    const value = parseJson(this.bytes);
    this.forget();
    return value;
  }

  forget(): void {
    this.#budget.giveBack(this.#buffer.length);
    this.#buffer = Buffer.alloc(0);
    this.#size = 0;
  }

  #grow(needed: number): void {
    const doubled = Math.max(2 * this.#buffer.length, FIRST_BYTES);
    const length = Math.max(needed, Math.min(doubled, this.#likelyBytes));
    takeForBody(this.#budget, length - this.#buffer.length);
    const larger = Buffer.allocUnsafeSlow(length);
    this.#buffer.copy(larger, 0, 0, this.#size);
    free(this.#buffer);
    this.#buffer = larger;
  }
}
