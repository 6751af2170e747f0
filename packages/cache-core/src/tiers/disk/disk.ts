import { setImmediate as turn } from 'node:timers/promises';
import { type Entry, type EntryHeader, encodeEntry, MAX_BODY_BYTES } from '../../entry.ts';
import { TierError } from '../../errors.ts';
import type { PutOutcome, Tier } from '../../tier.ts';
import { DiskBodies, isNameOf } from './blobs.ts';
import { DiskConnection } from './connection.ts';
import { DiskFullBreaker, saysFull } from './disk-full-breaker.ts';
import type { MetaTable } from './meta.ts';
import { DiskQuarantine } from './quarantine.ts';
import { DiskReader } from './reader.ts';
import { type DiskTable, type Stored, sizeOf } from './table.ts';
import { DiskUpkeep } from './upkeep.ts';
import { DiskUses } from './uses.ts';

export interface DiskTierOptions {
  /** Made if it is not there. All processes of a host may share it. */
  readonly dir: string;
  /** Entries and overhead together; the file may hold pages to be used again beside them. */
  readonly maxBytes: number;
  /** An entry that takes more is refused. Default: maxBytes / 8. */
  readonly maxEntryBytes?: number;
  /** A larger body, before compression, is refused, and none is restored. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
  /** What takes more, compressed, lies in a file of its own. Default: 256 KiB. */
  readonly maxRowBytes?: number;
  /** How long no entry is written after the disk took no more. Unit: ms. Default: 30,000. */
  readonly pauseMs?: number;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface DiskTier extends Tier, MetaTable {
  readonly name: 'disk';
}

const BATCH = 500;
const SWEPT_AT_OPEN = 10_000;

/**
 * Entries in a SQLite file of this host, and large ones in files beside it, for all its processes,
 * kept over restarts.
 *
 *  - checked at every read: damage is a miss, a count, and moved to `<dir>/quarantine`, never a wrong
 *    answer;
 *  - a file that can not be used, now or later, is set aside and counted; the tier goes on empty;
 *  - a disk that takes no more switches writes off for a time: the `put` that meets it rejects, those
 *    after it resolve to 'refused', and reads go on;
 *  - committed writes outlive the process; a power cut may take the last of them, and damages none;
 *  - calls block for their I/O on small entries, and for another process's write up to 250 ms (then
 *    `TierError`); large entries are read and written beside the event loop, one write at a time.
 *
 * Throws `TierError` if the directory or the file can not be opened or made.
 */
export function openDiskTier(options: DiskTierOptions): DiskTier {
  return new SqliteTier(options);
}

class SqliteTier implements DiskTier {
  readonly name = 'disk';
  readonly #maxBytes: number;
  readonly #maxEntryBytes: number;
  readonly #maxBodyBytes: number;
  readonly #maxRowBytes: number;
  readonly #now: () => number;
  readonly #writes: DiskFullBreaker;
  readonly #disk: DiskConnection;
  readonly #bodies: DiskBodies;
  readonly #reader: DiskReader;
  readonly #uses: DiskUses;
  readonly #upkeep: DiskUpkeep;
  readonly #puts = new Set<Promise<PutOutcome>>();
  #evictions = 0;

  constructor({ dir, maxBytes, maxEntryBytes, ...options }: DiskTierOptions) {
    const now = options.now ?? Date.now;
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = Math.min(maxBytes, maxEntryBytes ?? maxBytes / 8);
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#maxRowBytes = options.maxRowBytes ?? 256 * 1024;
    this.#bodies = new DiskBodies(dir);
    const writes = new DiskFullBreaker(options.pauseMs ?? 30_000, now);
    this.#writes = writes;
    const onReplaced = () => this.#upkeep.removeAllOrphans();
    this.#disk = new DiskConnection({ dir, maxBytes, now, writes, onReplaced });
    this.#uses = new DiskUses(this.#disk, now);
    this.#reader = new DiskReader({
      disk: this.#disk,
      bodies: this.#bodies,
      quarantine: new DiskQuarantine(dir, maxBytes),
      uses: this.#uses,
      maxBodyBytes: this.#maxBodyBytes,
      now,
    });
    this.#upkeep = new DiskUpkeep(this.#disk, this.#bodies, now);
    this.#disk.use(() => {});
    this.#makeRoom();
    this.#upkeep.tidy();
  }

  async get(key: string): Promise<Entry | undefined> {
    return await this.#reader.read(key);
  }

  async put(entry: Entry): Promise<PutOutcome> {
    const done = this.#put(entry);
    this.#puts.add(done);
    try {
      return await done;
    } catch (error) {
      if (!this.#writes.isOn) this.#upkeep.afterFull();
      throw error;
    } finally {
      this.#puts.delete(done);
    }
  }

  async remove(...args: Parameters<Tier['remove']>): Promise<void> {
    this.#disk.use(({ table }) => table.remove(...args));
    await this.#upkeep.removeGarbage();
  }

  async clear(): Promise<void> {
    this.#uses.forget();
    try {
      while (this.#disk.use(({ table }) => table.clear(BATCH)) === BATCH) await turn();
      await this.#upkeep.removeGarbage();
      this.#disk.use(({ database }) => database.exec('PRAGMA incremental_vacuum'));
    } catch (error) {
      if (!(error instanceof TierError && saysFull(error.cause))) throw error;
      this.#disk.beginAnew();
      await this.#bodies.idle();
    }
  }

  async usage() {
    while (this.#disk.use(({ table }) => table.sweep(this.#now(), BATCH)) === BATCH) await turn();
    await this.#upkeep.removeGarbage();
    const { entries: size, bytes } = this.#disk.use(({ table }) => table.totals());
    const [evictions, errors] = [this.#evictions, this.#disk.errors];
    return { size, bytes, maxBytes: this.#maxBytes, evictions, errors };
  }

  readMeta(name: string): string | undefined {
    return this.#disk.use(({ meta }) => meta.readMeta(name));
  }

  writeMeta(...args: Parameters<MetaTable['writeMeta']>): void {
    const write = () => this.#disk.use(({ meta }) => meta.writeMeta(...args));
    try {
      write();
    } catch (error) {
      const [, , { durable }] = args;
      if (!(durable && error instanceof TierError && saysFull(error.cause))) throw error;
      this.#disk.beginAnew(); // the entries are worth less than what judges them
      write();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#puts);
    await this.#bodies.idle();
    this.#uses.flush();
    this.#disk.close();
  }

  async #put(entry: Entry): Promise<PutOutcome> {
    const outcome = await this.#store(entry);
    await this.#upkeep.removeGarbage();
    this.#upkeep.tidy();
    return outcome;
  }

  async #store(entry: Entry): Promise<PutOutcome> {
    const { header, body } = entry;
    const refuse = () => this.#disk.use(({ table }) => table.refuse(header));
    const isTaken = body.byteLength <= this.#maxBodyBytes && header.staleUntil > this.#now();
    if (!isTaken || !this.#writes.isOn) return refuse();
    const encoded = encodeEntry(entry);
    const bytes = encoded instanceof Promise ? await this.#disk.useFiles(() => encoded) : encoded;
    const { byteLength } = bytes;
    if (sizeOf(byteLength) > this.#maxEntryBytes) return refuse();
    return byteLength > this.#maxRowBytes
      ? await this.#bodies.inTurn(() => this.#putFile(header, bytes))
      : this.#putRow(header, { file: null, bytes, byteLength });
  }

  #putRow(header: EntryHeader, stored: Stored): PutOutcome {
    this.#uses.flush(); // so that what was used is not what goes
    const put = (table: DiskTable) => table.put(header, stored, this.#now());
    const { outcome, evicted } = this.#disk.write(({ table }) => put(table));
    this.#evictions += evicted;
    return outcome;
  }

  async #putFile(header: EntryHeader, bytes: Buffer): Promise<PutOutcome> {
    const known = this.#disk.use(({ table }): PutOutcome | undefined => {
      const held = table.fileOf(header.key);
      const isHeld = held !== undefined && isNameOf(held, bytes);
      if (isHeld && table.renew(header.key, held, this.#now())) return 'stored';
      return table.holdsNewer(header) ? 'older' : undefined;
    });
    if (known) return known;
    const file = await this.#disk.writeFiles(() => this.#bodies.write(bytes));
    let outcome: PutOutcome | undefined;
    try {
      outcome = this.#putRow(header, { file, bytes: null, byteLength: bytes.byteLength });
      return outcome;
    } finally {
      if (outcome !== 'stored') await this.#bodies.remove(file).catch(() => {}); // an orphan, then
    }
  }

  #makeRoom(): void {
    try {
      this.#disk.write(({ table }) => {
        table.sweep(this.#now(), SWEPT_AT_OPEN);
        this.#evictions += table.trim();
      });
    } catch {
      // Counted; the next put makes room too.
    }
  }
}
