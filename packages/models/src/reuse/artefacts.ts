/**
 * Artefacts: bytes that a computation keeps under a name for later computations of the same model,
 * such as a fitted model. The tiers keep them like an answer, with the tags of the input.
 *
 * The worker stores them, and hands out only artefacts that no invalidation concerns. Invalidating
 * an artefact that was read and not dismissed also invalidates the answer. So a computation can use
 * what it reads without further checks. It must not keep an artefact in memory for the next
 * computation, because nobody would check that one.
 */

/** A name is any text; it is hashed with name, version and engine of its model. */
export interface Artefacts {
  /**
   * The newest artefact of this name. Undefined if none was kept, if it was invalidated or evicted,
   * or if somebody wants this input computed again (`no-cache`).
   */
  read(name: string): Promise<Artefact | undefined>;
  /** Keeps bytes once the answer is published; keeps nothing for a `no-store` request. */
  write(name: string, bytes: Uint8Array, options: KeepOptions): void;
}

export interface Artefact {
  readonly bytes: Uint8Array;
  /** The tier that held it. */
  readonly tier: 'memory' | 'redis' | 'disk';
  /** When it was written. Unit: epoch ms. */
  readonly createdAt: number;
  /** Says that the answer does not use the artefact, so invalidating it need not invalidate the answer. */
  dismiss(): void;
}

export interface KeepOptions {
  /** How long it is useful. Unit: ms. */
  readonly keepMs: number;
  /** The facts that the list of its `model_id` shows, plain JSON. Default: it is not listed. */
  readonly facts?: Readonly<Record<string, unknown>>;
}
