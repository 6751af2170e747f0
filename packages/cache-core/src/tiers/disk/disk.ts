import { setImmediate as turn } from 'node:timers/promises';
import { type Entry, type EntryHeader, encodeEntry, MAX_BODY_BYTES } from '../../entry.ts';
import { TierError } from '../../errors.ts';
import type { LogSnapshot } from '../../log/replica.ts';
import type { OnEvict, PutOutcome, Tier } from '../../tier.ts';
import { DiskBlobs, isNameOf } from './blobs.ts';
import { DiskConnection } from './connection.ts';
import { DiskFullBreaker, saysFull } from './disk-full-breaker.ts';
import type { MetaTable } from './meta.ts';
import { DiskQuarantine } from './quarantine.ts';
import { DiskReader } from './reader.ts';
import type { ReplicaTable } from './replica-table.ts';
import { RowBatch } from './row-batch.ts';
import { sizeOf } from './table.ts';
import { DiskUpkeep } from './upkeep.ts';
import { DiskUses } from './uses.ts';

export interface DiskTierOptions {
  /** Created if it does not exist. All processes of a host may share it. */
  readonly dir: string;
  /** Most bytes of entries and overhead together. The file may also hold free pages. */
  readonly maxBytes: number;
  /** Larger entries are refused. Default: maxBytes / 8. */
  readonly maxEntryBytes?: number;
  /** A larger body (before compression) is refused, and never decompressed. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
  /** An entry that takes more, compressed, lies in a file of its own. Default: 256 KiB. */
  readonly maxRowBytes?: number;
  /** How long no entry is written after the disk was full. Unit: ms. Default: 30,000. */
  readonly pauseMs?: number;
  /** Default: not called. */
  readonly onEvict?: OnEvict | undefined;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface DiskTier extends Tier, MetaTable, ReplicaTable {
  readonly name: 'disk';
}

const BATCH = 500;
const SWEPT_AT_OPEN = 10_000;

/**
 * The disk tier: entries in a SQLite file, and large ones in files beside it. All processes of a host
 * share it, and it survives restarts. When it is full, it evicts the least recently used entries.
 *
 *  - every read is checked: damage is a miss, is counted and moved to `<dir>/quarantine`, and never
 *    gives a wrong answer;
 *  - a file that cannot be used, now or later, is set aside and counted; the tier continues empty;
 *  - a full disk stops writes for a time: the `put` that meets it rejects, later ones resolve to
 *    'refused', and reads continue;
 *  - committed writes outlive the process; a power failure may lose the last ones, and damages none;
 *  - calls block for the I/O of small entries, and up to 250 ms for another process's write (then
 *    `TierError`); large entries are read and written off the event loop, one write at a time.
 *
 * Throws `TierError` if the directory or the file cannot be opened or created.
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
  readonly #onEvict: OnEvict | undefined;
  readonly #now: () => number;
  readonly #writes: DiskFullBreaker;
  readonly #disk: DiskConnection;
  readonly #blobs: DiskBlobs;
  readonly #reader: DiskReader;
  readonly #uses: DiskUses;
  readonly #upkeep: DiskUpkeep;
  readonly #rows: RowBatch;
  readonly #puts = new Set<Promise<PutOutcome>>();
  #evictions = 0;

  constructor({ dir, maxBytes, maxEntryBytes, ...options }: DiskTierOptions) {
    const now = options.now ?? Date.now;
    this.#now = now;
    this.#onEvict = options.onEvict;
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = Math.min(maxBytes, maxEntryBytes ?? maxBytes / 8);
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#maxRowBytes = options.maxRowBytes ?? 256 * 1024;
    this.#blobs = new DiskBlobs(dir);
    const writes = new DiskFullBreaker(options.pauseMs ?? 30_000, now);
    this.#writes = writes;
    const onReplaced = () => this.#upkeep.removeAllOrphans();
    this.#disk = new DiskConnection({ dir, maxBytes, now, writes, onReplaced });
    this.#uses = new DiskUses(this.#disk, now);
    this.#reader = new DiskReader({
      disk: this.#disk,
      blobs: this.#blobs,
      quarantine: new DiskQuarantine(dir, maxBytes),
      uses: this.#uses,
      maxBodyBytes: this.#maxBodyBytes,
      now,
    });
    const onFlush = () => this.#uses.flush(); // first, so that recently used entries stay
    this.#rows = new RowBatch({ disk: this.#disk, now, onFlush, onEvict: this.#countEvicted });
    this.#upkeep = new DiskUpkeep(this.#disk, this.#blobs, now);
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
    this.#rows.flush();
    this.#disk.use(({ table }) => table.remove(...args));
    await this.#upkeep.removeGarbage();
  }

  async clear(): Promise<void> {
    this.#rows.flush();
    this.#uses.forget();
    try {
      while (this.#disk.use(({ table }) => table.clear(BATCH)) === BATCH) await turn();
      await this.#upkeep.removeGarbage();
      this.#disk.use(({ database }) => database.exec('PRAGMA incremental_vacuum'));
    } catch (error) {
      if (!(error instanceof TierError && saysFull(error.cause))) throw error;
      this.#disk.beginAnew();
      await this.#blobs.idle();
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
    const [, , { durable }] = args;
    this.#keep(durable, () => this.#disk.use(({ meta }) => meta.writeMeta(...args)));
  }

  readReplica(shard = 0): LogSnapshot | undefined {
    return this.#disk.use(({ replica }) => replica.readReplica(shard));
  }

  writeReplica(...args: Parameters<ReplicaTable['writeReplica']>): void {
    const [, { durable }] = args;
    this.#keep(durable, () => this.#disk.use(({ replica }) => replica.writeReplica(...args)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#puts);
    await this.#blobs.idle();
    this.#uses.flush();
    this.#disk.close();
  }

  /** What must last makes room for itself on a full disk. */
  #keep(durable: boolean, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(durable && error instanceof TierError && saysFull(error.cause))) throw error;
      this.#disk.beginAnew(); // the replica that judges the entries is worth more than the entries
      write();
    }
  }

  async #put(entry: Entry): Promise<PutOutcome> {
    const outcome = await this.#store(entry);
    await this.#upkeep.removeGarbage();
    this.#upkeep.tidy();
    return outcome;
  }

  async #store(entry: Entry): Promise<PutOutcome> {
    const { header, body } = entry;
    const refuse = () => {
      this.#rows.flush();
      return this.#disk.use(({ table }) => table.refuse(header));
    };
    const isTaken = body.byteLength <= this.#maxBodyBytes && header.staleUntil > this.#now();
    if (!isTaken || !this.#writes.isOn) return refuse();
    const encoded = encodeEntry(entry);
    const bytes = encoded instanceof Promise ? await this.#disk.useFiles(() => encoded) : encoded;
    const { byteLength } = bytes;
    if (sizeOf(byteLength) > this.#maxEntryBytes) return refuse();
    return byteLength > this.#maxRowBytes
      ? await this.#blobs.inTurn(() => this.#putFile(header, bytes))
      : await this.#rows.put(header, { file: null, bytes, byteLength });
  }

  async #putFile(header: EntryHeader, bytes: Buffer): Promise<PutOutcome> {
    const known = this.#disk.use(({ table }): PutOutcome | undefined => {
      const held = table.fileOf(header.key);
      const isHeld = held !== undefined && isNameOf(held, bytes);
      if (isHeld && table.renew(header.key, held, this.#now())) return 'stored';
      return table.holdsNewer(header) ? 'older' : undefined;
    });
    if (known) return known;
    const file = await this.#disk.writeFiles(() => this.#blobs.write(bytes));
    let outcome: PutOutcome | undefined;
    try {
      outcome = await this.#rows.put(header, { file, bytes: null, byteLength: bytes.byteLength });
      return outcome;
    } finally {
      // The upkeep removes it later as an orphan.
      if (outcome !== 'stored') await this.#blobs.remove(file).catch(() => {});
    }
  }

  readonly #countEvicted = (count: number): void => {
    this.#evictions += count;
    if (count > 0) this.#onEvict?.('disk', 'bytes', count);
  };

  #makeRoom(): void {
    try {
      this.#disk.write(({ table }) => {
        table.sweep(this.#now(), SWEPT_AT_OPEN);
        this.#countEvicted(table.trim());
      });
    } catch {
      // It is counted, and the next put makes room as well.
    }
  }
}
