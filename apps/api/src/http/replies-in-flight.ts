/**
 * Bounds the answers that clients have not read yet. A large answer is held in parts, and a part that
 * several answers share, such as a stored payload, counts once.
 */
import { SharedBound } from '@deja/runtime';
import type { RequestHandler, Response } from 'express';
import type { ApiConfig } from '../config.ts';
import { fullOf } from './byte-budget.ts';
import { tenantOf } from './principal.ts';

/** Smaller parts do not count: of these a connection holds a few. */
export const COUNTED_BYTES = 64 * 1024;
/** A client that reads nothing of a large answer for this time loses its connection. Unit: ms. */
const IDLE_MS = 30_000;

export class RepliesInFlight {
  readonly #bound: SharedBound;
  readonly #idleMs: number;
  /** Of each memory, how many answers hold it, and its place: that of the tenant whose answer held it first. */
  readonly #holders = new Map<ArrayBufferLike, { count: number; readonly place: Disposable }>();
  readonly #held = new WeakMap<Response, Set<ArrayBufferLike>>();

  constructor({ maxRepliesBytes }: Pick<ApiConfig, 'maxRepliesBytes'>, idleMs = IDLE_MS) {
    this.#bound = new SharedBound(maxRepliesBytes);
    this.#idleMs = idleMs;
  }

  /**
   * Counts parts of an answer until it is sent, or its client has gone.
   *
   * @throws ProblemError if that would be too much. Then none of these parts is counted.
   */
  hold(res: Response, parts: readonly Buffer[]): void {
    if (res.closed) return; // its end would never be told
    const held = this.#held.get(res);
    const added = new Set<ArrayBufferLike>();
    for (const { buffer, length } of parts)
      if (length >= COUNTED_BYTES && !held?.has(buffer)) added.add(buffer);
    if (added.size === 0) return;
    let bytes = 0;
    for (const memory of added) if (!this.#holders.has(memory)) bytes += memory.byteLength;
    const tenant = res.req && tenantOf(res.req);
    const fullFor = bytes > 0 ? this.#bound.fullFor(tenant, bytes) : undefined;
    if (fullFor) {
      throw fullOf(fullFor, {
        all: 'answers that clients have not read would exceed',
        ofTenant: 'answers that clients of this tenant have not read leave no more for others of',
        bound: `MAX_REPLIES_MB (${this.#bound.max} bytes)`,
      });
    }
    const all = held ?? this.#open(res);
    for (const memory of added) {
      all.add(memory);
      const holder = this.#holders.get(memory);
      if (holder) holder.count += 1;
      else {
        const place = this.#bound.hold(tenant, memory.byteLength);
        this.#holders.set(memory, { count: 1, place });
      }
    }
  }

  /** The same for an answer that is about to be sent: from now on its client has to read. */
  holdSent(res: Response, parts: readonly Buffer[]): void {
    this.hold(res, parts);
    if (this.#held.has(res)) res.setTimeout(this.#idleMs);
  }

  #open(res: Response): Set<ArrayBufferLike> {
    const held = new Set<ArrayBufferLike>();
    this.#held.set(res, held);
    res.once('close', () => {
      for (const memory of held) this.#release(memory);
    });
    return held;
  }

  #release(memory: ArrayBufferLike): void {
    const holder = this.#holders.get(memory);
    if (!holder) return;
    holder.count -= 1;
    if (holder.count > 0) return;
    this.#holders.delete(memory);
    holder.place[Symbol.dispose]();
  }
}

/** Gives the responses of an app one bound. */
export function boundReplies(config: Pick<ApiConfig, 'maxRepliesBytes'>): RequestHandler {
  const replies = new RepliesInFlight(config);
  return (_req, res, next) => {
    res.locals.replies = replies;
    next();
  };
}

export const repliesOf = (res: Response): RepliesInFlight => res.locals.replies;
