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
import { createReplicaTable, type KeptReplicas } from './replica-table.ts';
import { DiskTable } from './table.ts';

export interface DiskConnectionOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly now: () => number;
  readonly writes: DiskFullBreaker;
  /** Called when the file was set aside and replaced by an empty one. */
  readonly onReplaced: () => void;
}

interface Opened extends OpenedDatabase {
  readonly table: DiskTable;
  readonly meta: KeptMeta;
  readonly replica: KeptReplicas;
}

/**
 * The open database file. It decides what a failure means for a call of the tier: damage sets the
 * file aside and repeats the call with an empty one; everything else becomes a `TierError` and is
 * counted.
 */
export class DiskConnection {
  /** Calls that ended in a `TierError`, files that were set aside, and errors that the tier adds. */
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

  /** For calls that take space: a failure may open the disk-full breaker. */
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

  /** The same for asynchronous work on files beside the database. */
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

  /** Replaces the file by an empty one. On a full disk, SQLite cannot make it smaller. */
  beginAnew(): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    const kept = opened.meta.all();
    const replicas = opened.replica.shards().map((shard) => ({
      shard,
      snapshot: opened.replica.readReplica(shard),
    }));
    opened.database.close();
    this.#opened = undefined;
    removeDatabase(this.#options.dir, opened.inode);
    this.#options.onReplaced();
    this.use((fresh) => {
      fresh.meta.restore(kept);
      for (const { shard, snapshot } of replicas)
        if (snapshot) fresh.replica.writeReplica(snapshot, { durable: true, shard });
    });
  }

  /** Closes a file that another process has set aside; the next call opens its replacement. */
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
    if (cause instanceof TypeError || cause instanceof RangeError) return cause; // a mistake of the caller
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
    const [meta, replica] = [createMetaTable(database), createReplicaTable(database)];
    this.#opened = { ...opened, table, meta, replica };
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
