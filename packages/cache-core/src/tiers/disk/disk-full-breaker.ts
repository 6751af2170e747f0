import { isFull } from './database.ts';

const FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO']);

/**
 * Decides whether the disk tier writes entries. A full disk opens the breaker. After a pause, the
 * next write is the probe: it opens the breaker again or closes it.
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

  /** Opens the breaker if this error of a write means that the disk is full. */
  note(error: unknown): void {
    if (saysFull(error)) this.#offUntil = this.#now() + this.#pauseMs;
  }
}

/** Whether an error of SQLite or of the file system means that the disk is full. */
export function saysFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return isFull(error) || FULL_CODES.has(code);
}
