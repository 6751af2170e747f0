import { setImmediate as turn } from 'node:timers/promises';
import { decodeEntry, type Entry, encodeEntry } from '../entry.ts';
import { EntryDamagedError, TierError } from '../errors.ts';
import type { PutOutcome, Tier } from '../tier.ts';
import { isDamage, type OpenedDatabase, openDatabase, setAside } from './disk-database.ts';
import { createMetaTable, type MetaTable } from './disk-meta.ts';
import { DiskTable, sizeOf } from './disk-table.ts';

export interface DiskTierOptions {
  /** Made if it is not there. All processes of a host may share it. */
  readonly dir: string;
  /** Entries and overhead together; the file may hold pages to be used again beside them. */
  readonly maxBytes: number;
  /** A larger entry is refused. Default: maxBytes / 8. */
  readonly maxEntryBytes?: number;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface DiskTier extends Tier, MetaTable {
  readonly name: 'disk';
}

interface Opened extends OpenedDatabase {
  readonly table: DiskTable;
  readonly meta: MetaTable;
}

/** A use is written down once in this time, and not at once: recency is not worth a write lock. */
const TOUCH_MS = 60_000;
const MAX_TOUCHES = 256;
const BATCH = 500;
const SWEPT_AT_OPEN = 10_000;

/**
 * Entries in a SQLite file of this host, for all its processes, kept over restarts.
 *
 *  - checked at every read: damage is a miss, and a count, never a wrong answer;
 *  - a file that can not be used, now or later, is set aside and counted; the tier goes on empty;
 *  - committed writes outlive the process; a power cut may take the last of them, and damages none;
 *  - calls block for their I/O, and for another process's write up to 250 ms (then `TierError`).
 *
 * Throws `TierError` if the directory or the file can not be written.
 */
export function openDiskTier(options: DiskTierOptions): DiskTier {
  return new SqliteTier(options);
}

class SqliteTier implements DiskTier {
  readonly name = 'disk';
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #maxEntryBytes: number;
  readonly #now: () => number;
  readonly #touches = new Map<string, number>();
  #opened: Opened | undefined;
  #closed = false;
  #evictions = 0;
  #errors = 0;

  constructor({ dir, maxBytes, maxEntryBytes, now = Date.now }: DiskTierOptions) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = Math.min(maxBytes, maxEntryBytes ?? maxBytes / 8);
    this.#now = now;
    this.#use(({ table }) => {
      table.sweep(now(), SWEPT_AT_OPEN);
      this.#evictions += table.trim();
    });
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#use(({ table }) => {
      const row = table.read(key);
      if (row === undefined) return undefined;
      const entry = this.#decode(row.bytes, key, table);
      if (entry === undefined || entry.header.staleUntil <= this.#now()) return undefined;
      this.#noteUse(key, row.usedAt, table);
      return entry;
    });
  }

  async put(entry: Entry): Promise<PutOutcome> {
    return this.#use(({ table }) => {
      const now = this.#now();
      const { header } = entry;
      const bytes = encodeEntry(entry);
      if (sizeOf(bytes) > this.#maxEntryBytes || header.staleUntil <= now)
        return table.refuse(header);
      this.#flushUses(table); // so that what was used is not what goes
      const { outcome, evicted } = table.put(header, bytes, now);
      this.#evictions += evicted;
      return outcome;
    });
  }

  async remove(...args: Parameters<Tier['remove']>): Promise<void> {
    this.#use(({ table }) => table.remove(...args));
  }

  async clear(): Promise<void> {
    this.#touches.clear();
    while (this.#use(({ table }) => table.clear(BATCH)) === BATCH) await turn();
    this.#use(({ database }) => database.exec('PRAGMA incremental_vacuum'));
  }

  async usage() {
    while (this.#use(({ table }) => table.sweep(this.#now(), BATCH)) === BATCH) await turn();
    const { entries: size, bytes } = this.#use(({ table }) => table.totals());
    const [evictions, errors] = [this.#evictions, this.#errors];
    return { size, bytes, maxBytes: this.#maxBytes, evictions, errors };
  }

  readMeta(name: string): string | undefined {
    return this.#use(({ meta }) => meta.readMeta(name));
  }

  writeMeta(...args: Parameters<MetaTable['writeMeta']>): void {
    this.#use(({ meta }) => meta.writeMeta(...args));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#opened) this.#flushUses(this.#opened.table);
    this.#closed = true;
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  #decode(bytes: Uint8Array, key: string, table: DiskTable): Entry | undefined {
    try {
      return decodeEntry(bytes, key);
    } catch (error) {
      if (!(error instanceof EntryDamagedError)) throw error;
      this.#errors += 1;
      table.removeDamaged(key, bytes);
      return undefined;
    }
  }

  #noteUse(key: string, usedAt: number, table: DiskTable): void {
    const now = this.#now();
    if (now - usedAt < TOUCH_MS || this.#touches.has(key)) return;
    this.#touches.set(key, now);
    if (this.#touches.size >= MAX_TOUCHES) this.#flushUses(table);
  }

  #flushUses(table: DiskTable): void {
    if (this.#touches.size === 0) return;
    const uses = new Map(this.#touches);
    this.#touches.clear();
    try {
      table.touch(uses);
    } catch {
      // Only recency is lost. If the file itself is at fault, the call at hand will meet it too.
    }
  }

  #use<T>(run: (opened: Opened) => T): T {
    try {
      try {
        return run(this.#open());
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#errors += 1;
        this.#setAside();
        return run(this.#open());
      }
    } catch (cause) {
      if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
      this.#errors += 1;
      throw new TierError('disk', { cause });
    }
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    if (this.#closed) throw new Error('the tier is closed');
    const opened = openDatabase(this.#dir, this.#now());
    if (opened.replaced) this.#errors += 1;
    const { database } = opened;
    const table = new DiskTable(database, this.#maxBytes);
    this.#opened = { ...opened, table, meta: createMetaTable(database) };
    return this.#opened;
  }

  #setAside(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.database.close();
    setAside(this.#dir, opened.inode, this.#now());
  }
}
