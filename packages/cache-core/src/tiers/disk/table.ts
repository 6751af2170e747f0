import type { DatabaseSync } from 'node:sqlite';
import type { EntryHeader } from '../../entry.ts';
import type { EntryIdentity, PutOutcome } from '../../tier.ts';
import { IndexDamagedError } from './database.ts';

/**
 * The overhead of a row beside its entry's bytes: columns, three indexes, pages that are not full.
 * Measured 2026-11 on SQLite 3.53: 290 to 420 bytes for small entries, 830 for one of 40 KB.
 */
const ROW_BYTES = 512;
const SWEPT_BY_PUT = 20;
const EVICTED_AT_ONCE = 64;

const NEWER = '(epoch, seq, run_seq) > (:epoch, :seq, :runSeq)';
const REMOVE = 'DELETE FROM entries WHERE';

/** A row as it lies in the file: damage may have changed anything in it. */
export interface DiskRow {
  readonly epoch: number;
  readonly seq: number;
  readonly run_seq: number;
  readonly used_at: number;
  readonly size: number;
  /** Name of the file that holds the encoded entry, or null: then `bytes` does. */
  readonly file: string | null;
  readonly bytes: Uint8Array | null;
}

/** Where an encoded entry lies. */
export type Stored = { readonly byteLength: number } & (
  | { readonly file: null; readonly bytes: Uint8Array }
  | { readonly file: string; readonly bytes: null }
);

/** An entry and where it lies. */
export interface NewRow {
  readonly header: EntryHeader;
  readonly stored: Stored;
}

/**
 * The table of entries: prepared statements, and the transactions made of them. Synchronous. It
 * evicts the least recently used entries when the tier exceeds its bound.
 */
export class DiskTable {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #maxBytes: number;

  constructor(database: DatabaseSync, maxBytes: number) {
    this.#database = database;
    this.#statements = prepareAll(database);
    this.#maxBytes = maxBytes;
  }

  read(key: string): DiskRow | undefined {
    return this.#statements.read.get({ key }) as DiskRow | undefined;
  }

  /** In one transaction: writes the entries, removes expired ones, and evicts others to make room. */
  put(rows: readonly NewRow[], now: number) {
    return this.#transaction(() => {
      this.sweep(now, SWEPT_BY_PUT);
      let evicted = 0;
      const outcomes = rows.map((row): PutOutcome => {
        if (!this.#put(row, now)) return 'older';
        evicted += this.#evict(row.header.key);
        return 'stored';
      });
      return { outcomes, evicted };
    });
  }

  /** What `put` does for an entry that the tier refuses. */
  refuse(header: EntryHeader): PutOutcome {
    return this.#transaction(() => {
      if (this.holdsNewer(header)) return 'older';
      this.#statements.remove.run({ key: header.key });
      return 'refused';
    });
  }

  holdsNewer({ key, token, runSeq }: EntryHeader): boolean {
    const order = { epoch: token.epoch, seq: token.seq, runSeq };
    return this.#statements.newer.get({ key, ...order }) !== undefined;
  }

  /** Whether it holds any entry that has not expired. */
  isOfUse(now: number): boolean {
    return this.#statements.live.get({ now }) !== undefined;
  }

  fileOf(key: string): string | undefined {
    return (this.#statements.fileOf.get({ key })?.file ?? undefined) as string | undefined;
  }

  /** Records a use. False: the entry is no longer in that file. */
  renew(key: string, file: string, now: number): boolean {
    return this.#statements.renew.run({ key, file, used_at: now }).changes === 1;
  }

  remove(key: string, only?: EntryIdentity): void {
    if (only === undefined) this.#statements.remove.run({ key });
    else this.#statements.removeOnly.run({ key, ...only.token, runSeq: only.runSeq });
  }

  /**
   * False: the entry has been replaced or removed since. Its file then belongs to the caller alone.
   */
  removeDamaged(key: string, { file, bytes }: DiskRow): boolean {
    return this.#transaction(() => {
      const { changes } = this.#statements.removeBytes.run({ key, file, bytes });
      if (file !== null) this.#statements.collected.run({ file });
      return changes === 1;
    });
  }

  /** Up to `most` files that no row references any longer. */
  garbage(most: number): string[] {
    return this.#statements.garbage.all({ most }).map(({ file }) => file as string);
  }

  /** Records that these files are removed. */
  collected(files: readonly string[]): void {
    this.#transaction(() => {
      for (const file of files) this.#statements.collected.run({ file });
    });
  }

  refersTo(file: string): boolean {
    return this.#statements.refersTo.get({ file }) !== undefined;
  }

  touch(uses: ReadonlyMap<string, number>): void {
    this.#transaction(() => {
      for (const [key, used_at] of uses) this.#statements.touch.run({ key, used_at });
    });
  }

  /** Removes up to `most` expired entries; returns their number. */
  sweep(now: number, most: number): number {
    // Usually nothing has expired, and asking for one entry costs a third of an empty removal.
    if (this.#statements.expired.get({ now }) === undefined) return 0;
    return Number(this.#statements.sweep.run({ now, most }).changes);
  }

  /** Removes up to `most` entries; returns their number. */
  clear(most: number): number {
    return Number(this.#statements.clear.run({ most }).changes);
  }

  /** Evicts entries until the tier is within a bound that was lowered. */
  trim(): number {
    return this.#transaction(() => this.#evict(''));
  }

  totals(): { readonly entries: number; readonly bytes: number } {
    const row = this.#statements.totals.get();
    return { entries: Number(row?.entries), bytes: Number(row?.bytes) };
  }

  /** False: it holds a newer entry. */
  #put({ header, stored: { file, bytes, byteLength } }: NewRow, now: number): boolean {
    const { key, token, runSeq, staleUntil: stale_until } = header;
    const { epoch, seq, id } = token;
    const row = { key, epoch, seq, id, runSeq, stale_until, used_at: now, file, bytes };
    return this.#statements.put.run({ ...row, size: sizeOf(byteLength) }).changes > 0;
  }

  #evict(keep: string): number {
    let evicted = 0;
    for (;;) {
      let over = this.totals().bytes - this.#maxBytes;
      if (over <= 0) return evicted;
      const oldest = this.#statements.oldest.all({ keep, most: EVICTED_AT_ONCE });
      if (oldest.length === 0) return evicted;
      const before = evicted;
      for (const { key, size } of oldest) {
        if (over <= 0) break;
        evicted += Number(this.#statements.remove.run({ key: key as string }).changes);
        over -= size as number;
      }
      if (evicted === before) throw new IndexDamagedError();
    }
  }

  #transaction<T>(run: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      this.#database.exec('COMMIT');
      return result;
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }
}

/** Whether the columns agree with the entry. No checksum covers them, and `newer` relies on them. */
export function isRowOf(row: DiskRow, { token, runSeq }: EntryHeader, bytes: Uint8Array): boolean {
  const { epoch, seq } = token;
  const isSame = row.epoch === epoch && row.seq === seq && row.run_seq === runSeq;
  return isSame && row.size === sizeOf(bytes.byteLength);
}

export function sizeOf(byteLength: number): number {
  return byteLength + ROW_BYTES;
}

function prepareAll(database: DatabaseSync) {
  // Damage can create integers that JavaScript cannot hold; node:sqlite throws for them.
  const real = (column: string) => `CAST(${column} AS REAL) AS ${column}`;
  const some = (where: string) =>
    `${REMOVE} rowid IN (SELECT rowid FROM entries ${where} LIMIT :most)`;
  return {
    read: database.prepare(`
      SELECT ${real('epoch')}, ${real('seq')}, ${real('run_seq')}, ${real('used_at')}, ${real('size')},
        file, bytes
      FROM entries WHERE key = :key`),
    expired: database.prepare('SELECT 1 FROM entries WHERE stale_until <= :now LIMIT 1'),
    live: database.prepare('SELECT 1 FROM entries WHERE stale_until > :now LIMIT 1'),
    fileOf: database.prepare('SELECT file FROM entries WHERE key = :key'),
    refersTo: database.prepare('SELECT 1 FROM entries WHERE file = :file'),
    renew: database.prepare(
      'UPDATE entries SET used_at = max(used_at, :used_at) WHERE key = :key AND file = :file',
    ),
    garbage: database.prepare('SELECT file FROM garbage LIMIT :most'),
    collected: database.prepare('DELETE FROM garbage WHERE file = :file'),
    put: database.prepare(`
      INSERT INTO entries (key, epoch, seq, id, run_seq, stale_until, used_at, size, file, bytes)
      VALUES (:key, :epoch, :seq, :id, :runSeq, :stale_until, :used_at, :size, :file, :bytes)
      ON CONFLICT (key) DO UPDATE SET
        epoch = :epoch, seq = :seq, id = :id, run_seq = :runSeq, stale_until = :stale_until,
        used_at = :used_at, size = :size, file = :file, bytes = :bytes
      WHERE NOT ${NEWER}`),
    newer: database.prepare(`SELECT 1 FROM entries WHERE key = :key AND ${NEWER}`),
    remove: database.prepare(`${REMOVE} key = :key`),
    removeOnly: database.prepare(
      `${REMOVE} key = :key AND epoch = :epoch AND seq = :seq AND id = :id AND run_seq = :runSeq`,
    ),
    removeBytes: database.prepare(`${REMOVE} key = :key AND bytes IS :bytes AND file IS :file`),
    touch: database.prepare('UPDATE entries SET used_at = max(used_at, :used_at) WHERE key = :key'),
    sweep: database.prepare(some('WHERE stale_until <= :now')),
    clear: database.prepare(some('')),
    oldest: database.prepare(
      `SELECT key, ${real('size')} FROM entries WHERE key <> :keep ORDER BY used_at LIMIT :most`,
    ),
    totals: database.prepare(`SELECT ${real('entries')}, ${real('bytes')} FROM totals`),
  };
}
