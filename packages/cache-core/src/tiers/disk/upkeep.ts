import type { DiskBodies } from './blobs.ts';
import type { DiskConnection } from './connection.ts';

const BATCH = 500;
const TIDY_MS = 3_600_000;
/** A file without a row that is younger may be one whose row is about to come. */
const ORPHAN_MS = 600_000;

/** Takes away files that no row refers to. No failure here is a caller's; each is counted. */
export class DiskUpkeep {
  readonly #disk: DiskConnection;
  readonly #bodies: DiskBodies;
  readonly #now: () => number;
  #tidiedAt = 0;

  constructor(disk: DiskConnection, bodies: DiskBodies, now: () => number) {
    this.#disk = disk;
    this.#bodies = bodies;
    this.#now = now;
  }

  /** The files of entries that were removed or replaced. */
  async removeGarbage(): Promise<void> {
    try {
      for (;;) {
        const files = this.#disk.use(({ table }) => table.garbage(BATCH));
        if (files.length === 0) return;
        await this.#disk.useFiles(() => this.#bodies.removeAll(files));
        this.#disk.use(({ table }) => table.collected(files));
      }
    } catch {
      // They stay noted, for another time.
    }
  }

  /**
   * After a write that the disk did not take. A full disk can not be swept, since SQLite needs room
   * for that too; once nothing in the file is of use, the file goes.
   */
  afterFull(): void {
    try {
      this.#disk.leaveIfMoved();
      const { entries } = this.#disk.use(({ table }) => table.totals());
      const isOfUse = this.#disk.use(({ table }) => table.isOfUse(this.#now()));
      if (entries > 0 && !isOfUse) this.#disk.beginAnew();
    } catch {
      // Tried again after the next.
    }
  }

  /** Begins, once an hour, to look for files whose row never came. */
  tidy(): void {
    if (Math.abs(this.#now() - this.#tidiedAt) < TIDY_MS) return;
    this.#tidiedAt = this.#now();
    this.#removeOrphans(Date.now() - ORPHAN_MS); // by the file system's clock, whatever `now` is
  }

  /** Begins to remove every file without a row: the rows have been lost. */
  removeAllOrphans(): void {
    this.#removeOrphans(Number.POSITIVE_INFINITY);
  }

  // In turn, so that it meets no file of this process whose row is about to come.
  #removeOrphans(before: number): void {
    const work = async () => {
      this.#disk.leaveIfMoved();
      await this.removeGarbage();
      for await (const name of this.#bodies.namesBefore(before))
        if (!this.#disk.use(({ table }) => table.refersTo(name))) await this.#bodies.remove(name);
    };
    this.#bodies.inTurn(() => this.#disk.useFiles(work)).catch(() => {});
  }
}
