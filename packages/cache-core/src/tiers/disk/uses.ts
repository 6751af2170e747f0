import type { DiskConnection } from './connection.ts';

/** Uses are written at this interval and not at once: recency is not worth a write lock. */
const TOUCH_MS = 60_000;
const MAX_TOUCHES = 256;

/** Collects when entries were last used, and writes this down in batches. */
export class DiskUses {
  readonly #disk: DiskConnection;
  readonly #now: () => number;
  readonly #touches = new Map<string, number>();

  constructor(disk: DiskConnection, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  note(key: string, usedAt: number): void {
    const now = this.#now();
    if (now - usedAt < TOUCH_MS || this.#touches.has(key)) return;
    this.#touches.set(key, now);
    if (this.#touches.size >= MAX_TOUCHES) this.flush();
  }

  flush(): void {
    if (this.#touches.size === 0) return;
    const uses = new Map(this.#touches);
    this.#touches.clear();
    try {
      this.#disk.write(({ table }) => table.touch(uses));
    } catch {
      // Only recency is lost.
    }
  }

  forget(): void {
    this.#touches.clear();
  }
}
