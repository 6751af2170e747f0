import type { DiskBlobs } from './blobs.ts';
import type { DiskConnection } from './connection.ts';

const BATCH = 500;
const TIDY_MS = 3_600_000;
/** The row of a younger file may still be about to be written. */
const ORPHAN_MS = 600_000;

/** Removes files that no row references. Failures are counted and never reach a caller. */
export class DiskUpkeep {
  readonly #disk: DiskConnection;
  readonly #blobs: DiskBlobs;
  readonly #now: () => number;
  #tidiedAt = 0;
  #removal: Promise<void> | undefined;

  constructor(disk: DiskConnection, blobs: DiskBlobs, now: () => number) {
    this.#disk = disk;
    this.#blobs = blobs;
    this.#now = now;
  }

  /** Removes the files of entries that were removed or replaced. One look serves all that ask at once. */
  async removeGarbage(): Promise<void> {
    this.#removal ??= Promise.resolve().then(() => this.#removeGarbage());
    await this.#removal;
  }

  async #removeGarbage(): Promise<void> {
    try {
      for (;;) {
        const files = this.#disk.use(({ table }) => table.garbage(BATCH));
        if (files.length === 0) return;
        await this.#disk.useFiles(() => this.#blobs.removeAll(files));
        this.#disk.use(({ table }) => table.collected(files));
      }
    } catch {
      // They stay in `garbage` for another time.
    } finally {
      this.#removal = undefined;
    }
  }

  /**
   * Called after a write failed because the disk is full. SQLite needs room even for removals, so a
   * full disk cannot be cleaned up. Once nothing in the file is useful, the whole file goes.
   */
  afterFull(): void {
    try {
      this.#disk.leaveIfMoved();
      const { entries } = this.#disk.use(({ table }) => table.totals());
      const isOfUse = this.#disk.use(({ table }) => table.isOfUse(this.#now()));
      if (entries > 0 && !isOfUse) this.#disk.beginAnew();
    } catch {
      // The next failed write tries again.
    }
  }

  /** Starts, once an hour, to look for files whose row was never written. */
  tidy(): void {
    if (Math.abs(this.#now() - this.#tidiedAt) < TIDY_MS) return;
    this.#tidiedAt = this.#now();
    this.#removeOrphans(Date.now() - ORPHAN_MS); // by the file system's clock, whatever `now` is
  }

  /** Starts to remove every file without a row, because the rows have been lost. */
  removeAllOrphans(): void {
    this.#removeOrphans(Number.POSITIVE_INFINITY);
  }

  // Queued behind writes, so that it meets no file of this process whose row is about to be written.
  #removeOrphans(before: number): void {
    const work = async () => {
      this.#disk.leaveIfMoved();
      await this.removeGarbage();
      for await (const name of this.#blobs.namesBefore(before))
        if (!this.#disk.use(({ table }) => table.refersTo(name))) await this.#blobs.remove(name);
    };
    this.#blobs.inTurn(() => this.#disk.useFiles(work)).catch(() => {});
  }
}
