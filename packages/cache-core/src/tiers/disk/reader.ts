import { decodeEntry, type Entry } from '../../entry.ts';
import { EntryDamagedError } from '../../errors.ts';
import type { DiskBlobs } from './blobs.ts';
import type { DiskConnection } from './connection.ts';
import type { DiskQuarantine } from './quarantine.ts';
import { type DiskRow, isRowOf, sizeOf } from './table.ts';
import type { DiskUses } from './uses.ts';

export interface DiskReaderOptions {
  readonly disk: DiskConnection;
  readonly blobs: DiskBlobs;
  readonly quarantine: DiskQuarantine;
  readonly uses: DiskUses;
  readonly maxBodyBytes: number;
  readonly now: () => number;
}

/** Reads entries and trusts nothing: a damaged entry is removed, counted and put into quarantine. */
export class DiskReader {
  readonly #options: DiskReaderOptions;

  constructor(options: DiskReaderOptions) {
    this.#options = options;
  }

  async read(key: string): Promise<Entry | undefined> {
    const { disk, blobs } = this.#options;
    let missing: string | undefined;
    for (;;) {
      const row = disk.use(({ table }) => table.read(key));
      if (row === undefined) return undefined;
      const { file } = row;
      if (file === null) return await this.#entryIn(row.bytes, key, row);
      const bytes = await disk.useFiles(() => blobs.read(file, row.size - sizeOf(0)));
      if (bytes !== undefined || file === missing) return await this.#entryIn(bytes, key, row);
      // The entry was replaced since the row was read and has another file now, or the file is
      // lost.
      missing = file;
    }
  }

  async #entryIn(bytes: unknown, key: string, row: DiskRow): Promise<Entry | undefined> {
    const { uses, maxBodyBytes, now } = this.#options;
    try {
      if (!(bytes instanceof Uint8Array)) throw new EntryDamagedError('length');
      const decoded = decodeEntry(bytes, key, maxBodyBytes);
      const entry = decoded instanceof Promise ? await decoded : decoded;
      if (!isRowOf(row, entry.header, bytes)) throw new EntryDamagedError('header');
      if (entry.header.staleUntil <= now()) return undefined;
      uses.note(key, row.used_at);
      return entry;
    } catch (error) {
      if (!(error instanceof EntryDamagedError)) throw error;
      // A later version wrote this format; leave the entry to that version.
      if (error.reason !== 'format') await this.#discard(bytes, key, row);
      return undefined;
    }
  }

  async #discard(bytes: unknown, key: string, row: DiskRow): Promise<void> {
    const { disk, blobs, quarantine, now } = this.#options;
    try {
      if (!disk.use(({ table }) => table.removeDamaged(key, row))) return; // another process has removed it
    } catch {
      return; // it is counted; the entry stays and will be met again
    }
    disk.errors += 1;
    const damaged = row.file === null ? bytes : blobs.pathOf(row.file);
    if (damaged instanceof Uint8Array || typeof damaged === 'string')
      await quarantine.add(damaged, key, now());
  }
}
