/**
 * A body that is read in front of Express, by the HIT path, which hands on what it does not answer.
 *
 * Chunks are kept as they come, because copying a large body takes longer than finding its answer. A
 * chunk keeps the memory alive that its connection was read into, and counts for all of that. A body
 * that comes in small chunks is copied.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteBudget, takeForBody } from './byte-budget.ts';
import { free, HeldBody } from './held-body.ts';

/** What one read of a connection takes. */
const READ_BYTES = 64 * 1024;
/** A smaller chunk is not worth the memory that it keeps alive. */
const KEPT_CHUNK_BYTES = 16 * 1024;

/** What was read of a request before Express saw it. */
export interface Arrived {
  readonly parts: readonly Buffer[];
  /** SHA-256 of model and body, if it is known. */
  readonly digest?: string;
  /** Why this is not the whole body. */
  readonly error?: unknown;
}

const arrived = new WeakMap<IncomingMessage, Arrived>();

export const handOn = (req: IncomingMessage, body: Arrived): void => void arrived.set(req, body);

/**
 * Frees a large body at once. Otherwise each 64 MB of such chunks make V8 collect its whole heap.
 * Freeing a body of one chunk costs more than it saves.
 */
export function letGo({ parts }: Arrived): void {
  if (parts.length > 1) parts.forEach(free);
}

/** Reads what the client still sends of a body that is refused, and keeps nothing of it. */
export function dropRest(req: IncomingMessage): void {
  req.on('data', free).resume();
}

/** Once: whoever takes it has it. */
export function takeArrived(req: IncomingMessage): Arrived | undefined {
  const body = arrived.get(req);
  arrived.delete(req);
  return body;
}

/** Calls `done` once, in the turn in which the last of `length` bytes comes, or memory runs out. */
export function readArriving(
  req: IncomingMessage,
  res: ServerResponse,
  { length, budget }: { readonly length: number; readonly budget: ByteBudget },
  done: (body: Arrived) => void,
): void {
  let received = 0;
  const end = (body: Arrived) => {
    req.off('data', onData);
    done(body);
  };
  let held: Held | undefined;
  const onData = (chunk: Buffer) => {
    received += chunk.length;
    if (received === length && !held) return end({ parts: [chunk] });
    try {
      if (!held) {
        held = new Held(length, budget);
        res.once('close', () => held?.forget());
      }
      held.append(chunk, received === length);
    } catch (error) {
      held?.forget();
      end({ parts: [], error });
      return dropRest(req);
    }
    if (received < length) return;
    // First: what takes the parts over counts them in this turn.
    end({ parts: held.handOver() });
  };
  req.on('data', onData);
}

/** The chunks of a body that is not whole yet. */
class Held {
  readonly #length: number;
  readonly #budget: ByteBudget;
  readonly #chunks: Buffer[] = [];
  #taken = 0;
  #copy: HeldBody | undefined;

  constructor(length: number, budget: ByteBudget) {
    this.#length = length;
    this.#budget = budget;
  }

  append(chunk: Buffer, isLast: boolean): void {
    if (this.#copy) this.#copy.append(chunk);
    else if (chunk.length < KEPT_CHUNK_BYTES && !isLast) this.#startCopy(chunk);
    else {
      // The last one is not kept beyond this turn.
      if (!isLast) this.#take(READ_BYTES);
      this.#chunks.push(chunk);
    }
  }

  /** The body; it counts no more here. */
  handOver(): readonly Buffer[] {
    const parts = this.#copy ? [this.#copy.bytes] : this.#chunks.splice(0);
    this.forget();
    return parts;
  }

  forget(): void {
    this.#giveBack();
    this.#copy?.forget();
  }

  #take(bytes: number): void {
    takeForBody(this.#budget, bytes);
    this.#taken += bytes;
  }

  #startCopy(chunk: Buffer): void {
    const chunks = this.#chunks.splice(0);
    this.#giveBack(); // first: in this turn the copy counts in their place
    this.#copy = new HeldBody(this.#budget, this.#length, this.#length);
    for (const part of [...chunks, chunk]) this.#copy.append(part);
    chunks.forEach(free);
  }

  #giveBack(): void {
    this.#budget.giveBack(this.#taken);
    this.#taken = 0;
    this.#chunks.splice(0).forEach(free);
  }
}
