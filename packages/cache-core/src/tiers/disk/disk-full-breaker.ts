import { isFull } from './database.ts';

const FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO']);

/**
 * Whether the disk tier writes entries. A disk that takes no more switches it off; after a pause the
 * next write tries for all, and switches it off again or stays on.
 */
export class DiskFullBreaker {
  readonly #pauseMs: number;
  readonly #now: () => number;
  #offUntil = 0;

  constructor(pauseMs: number, now: () => number) {
    this.#pauseMs = pauseMs;
    this.#now = now;
  }

  get isOn(): boolean {
    return this.#now() >= this.#offUntil;
  }

  /** Off, if this error of a write says that the disk takes no more. */
  note(error: unknown): void {
    if (saysFull(error)) this.#offUntil = this.#now() + this.#pauseMs;
  }
}

/** Of SQLite or of the file system. */
export function saysFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return isFull(error) || FULL_CODES.has(code);
}
