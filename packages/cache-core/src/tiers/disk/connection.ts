import { TierError } from '../../errors.ts';
import {
  isDamage,
  isMoved,
  type OpenedDatabase,
  openDatabase,
  removeDatabase,
  setAside,
} from './database.ts';
import type { DiskFullBreaker } from './disk-full-breaker.ts';
import { createMetaTable, type KeptMeta } from './meta.ts';
import { DiskTable } from './table.ts';

export interface DiskConnectionOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly now: () => number;
  readonly writes: DiskFullBreaker;
  /** Hears that the file was set aside, and an empty one begun. */
  readonly onReplaced: () => void;
}

interface Opened extends OpenedDatabase {
  readonly table: DiskTable;
  readonly meta: KeptMeta;
}

/**
 * The opened file, and what its failures are to the calls of the tier: damage sets the file aside and
 * repeats the call with an empty one; everything else is a `TierError`, and counted.
 */
export class DiskConnection {
  /** Calls that ended in a `TierError`, files that were set aside, and what the tier adds. */
  errors = 0;
  readonly #options: DiskConnectionOptions;
  #opened: Opened | undefined;
  #closed = false;

  constructor(options: DiskConnectionOptions) {
    this.#options = options;
  }

  use<T>(run: (opened: Opened) => T): T {
    try {
      try {
        return run(this.#open());
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.errors += 1;
        this.#setAside();
        return run(this.#open());
      }
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /** For what takes space: may switch writes off. */
  write<T>(run: (opened: Opened) => T): T {
    return this.use((opened) => {
      try {
        return run(opened);
      } catch (error) {
        this.#options.writes.note(error);
        throw error;
      }
    });
  }

  /** The same for work that is not done at once, on files beside the database. */
  async useFiles<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  async writeFiles<T>(run: () => Promise<T>): Promise<T> {
    return await this.useFiles(async () => {
      try {
        return await run();
      } catch (error) {
        this.#options.writes.note(error);
        throw error;
      }
    });
  }

  /** An empty file in place of this one, which can not be made smaller: the disk is full. */
  beginAnew(): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    const kept = opened.meta.all();
    opened.database.close();
    this.#opened = undefined;
    removeDatabase(this.#options.dir, opened.inode);
    this.#options.onReplaced();
    this.use(({ meta }) => meta.restore(kept));
  }

  /** Leaves a file that another process has set aside; the next call opens the one that followed. */
  leaveIfMoved(): void {
    if (!this.#opened || !isMoved(this.#options.dir, this.#opened.inode)) return;
    this.#opened.database.close();
    this.#opened = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  #failure(cause: unknown): unknown {
    if (cause instanceof TierError) return cause; // counted where it arose
    if (cause instanceof TypeError || cause instanceof RangeError) return cause; // the caller's
    this.errors += 1;
    return new TierError('disk', { cause });
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    if (this.#closed) throw new Error('the tier is closed');
    const { dir, maxBytes, now, onReplaced } = this.#options;
    const opened = openDatabase(dir, now());
    const { database } = opened;
    const table = new DiskTable(database, maxBytes);
    this.#opened = { ...opened, table, meta: createMetaTable(database) };
    if (opened.replaced) {
      this.errors += 1;
      onReplaced();
    }
    return this.#opened;
  }

  #setAside(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.database.close();
    setAside(this.#options.dir, opened.inode, this.#options.now());
    this.#options.onReplaced();
  }
}
