/**
 * What a computation leaves for later ones of the same model, such as a fitted model: bytes under a
 * name, kept in the tiers like an answer, with the tags of the input that they were made of.
 *
 * A worker keeps them, and hands out only what no invalidation concerns; whatever invalidates an
 * artefact that was read, and not dismissed, invalidates the answer, too. So what is read may be used
 * without further thought. A computation must not keep one in memory for the next instead: nobody
 * would judge it.
 */

/** A name is any text; it is hashed with name, version and engine of its model. */
export interface Artefacts {
  /**
   * The newest one of this name, or undefined: none was kept, it was invalidated or evicted, or
   * somebody wants this input computed anew (`no-cache`).
   */
  read(name: string): Promise<Artefact | undefined>;
  /** Keeps bytes once the answer is published; nothing is kept for a request that said `no-store`. */
  write(name: string, bytes: Uint8Array, options: KeepOptions): void;
}

export interface Artefact {
  readonly bytes: Uint8Array;
  /** The tier that had it. */
  readonly tier: 'memory' | 'redis' | 'disk';
  /** When it was written. Unit: epoch ms. */
  readonly createdAt: number;
  /** Says that the answer owes nothing to it after all, and is not to be invalidated with it. */
  dismiss(): void;
}

export interface KeepOptions {
  /** For how long it is of use. Unit: ms. */
  readonly keepMs: number;
  /** What the list of its `model_id` tells of it, plain JSON. Default: it is not listed. */
  readonly facts?: Readonly<Record<string, unknown>>;
}
