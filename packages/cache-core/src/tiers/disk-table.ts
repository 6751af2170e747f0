import type { DatabaseSync } from 'node:sqlite';
import type { EntryHeader } from '../entry.ts';
import type { EntryIdentity, PutOutcome } from '../tier.ts';

/**
 * What a row takes beside its entry's bytes: its columns, three indexes, pages that are not full.
 * Measured 2026-11 on SQLite 3.53: 290 to 420 bytes for small entries, 830 for one of 40 KB.
 */
const ROW_BYTES = 512;
const SWEPT_BY_PUT = 20;
const EVICTED_AT_ONCE = 64;

const NEWER = '(epoch, seq, no) > (:epoch, :seq, :no)';
const REMOVE = 'DELETE FROM entries WHERE';

export interface PutReport {
  readonly outcome: PutOutcome;
  readonly evicted: number;
}

/** The table of entries: prepared statements, and the transactions made of them. Synchronous. */
export class DiskTable {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #maxBytes: number;

  constructor(database: DatabaseSync, maxBytes: number) {
    this.#database = database;
    this.#statements = prepareAll(database);
    this.#maxBytes = maxBytes;
  }

  read(key: string): { readonly bytes: Uint8Array; readonly usedAt: number } | undefined {
    const row = this.#statements.read.get({ key });
    return row && { bytes: row.bytes as Uint8Array, usedAt: row.used_at as number };
  }

  /** In one transaction: the entry, what has expired, and room for it. */
  put(header: EntryHeader, bytes: Uint8Array, now: number): PutReport {
    const { key, token, no, staleUntil } = header;
    const order = { epoch: token.epoch, seq: token.seq, no };
    const row = { ...order, id: token.id, stale_until: staleUntil, used_at: now };
    return this.#transaction(() => {
      const size = sizeOf(bytes);
      const { changes } = this.#statements.put.run({ key, ...row, size, bytes });
      if (changes === 0) return { outcome: 'older', evicted: 0 };
      this.sweep(now, SWEPT_BY_PUT);
      return { outcome: 'stored', evicted: this.#evict(key) };
    });
  }

  /** What `put` does with an entry that the tier does not take. */
  refuse({ key, token, no }: EntryHeader): PutOutcome {
    const order = { epoch: token.epoch, seq: token.seq, no };
    return this.#transaction(() => {
      if (this.#statements.newer.get({ key, ...order })) return 'older';
      this.#statements.remove.run({ key });
      return 'refused';
    });
  }

  remove(key: string, only?: EntryIdentity): void {
    if (only === undefined) this.#statements.remove.run({ key });
    else this.#statements.removeOnly.run({ key, ...only.token, no: only.no });
  }

  /** Unless it has been replaced since. */
  removeDamaged(key: string, bytes: Uint8Array): void {
    this.#statements.removeBytes.run({ key, bytes });
  }

  touch(uses: ReadonlyMap<string, number>): void {
    this.#transaction(() => {
      for (const [key, used_at] of uses) this.#statements.touch.run({ key, used_at });
    });
  }

  /** Takes away up to `most` expired entries; returns how many. */
  sweep(now: number, most: number): number {
    return Number(this.#statements.sweep.run({ now, most }).changes);
  }

  /** Takes away up to `most` entries; returns how many. */
  clear(most: number): number {
    return Number(this.#statements.clear.run({ most }).changes);
  }

  /** For a bound that is lower than it was. */
  trim(): number {
    return this.#transaction(() => this.#evict(''));
  }

  totals(): { readonly entries: number; readonly bytes: number } {
    const row = this.#statements.totals.get();
    return { entries: Number(row?.entries), bytes: Number(row?.bytes) };
  }

  #evict(keep: string): number {
    let over = this.totals().bytes - this.#maxBytes;
    let evicted = 0;
    while (over > 0) {
      const oldest = this.#statements.oldest.all({ keep, most: EVICTED_AT_ONCE });
      if (oldest.length === 0) break;
      for (const { key, size } of oldest) {
        if (over <= 0) break;
        this.#statements.remove.run({ key: key as string });
        over -= size as number;
        evicted += 1;
      }
    }
    return evicted;
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

export function sizeOf(bytes: Uint8Array): number {
  return bytes.byteLength + ROW_BYTES;
}

function prepareAll(database: DatabaseSync) {
  const some = (where: string) =>
    `${REMOVE} rowid IN (SELECT rowid FROM entries ${where} LIMIT :most)`;
  return {
    read: database.prepare('SELECT bytes, used_at FROM entries WHERE key = :key'),
    put: database.prepare(`
      INSERT INTO entries (key, epoch, seq, id, no, stale_until, used_at, size, bytes)
      VALUES (:key, :epoch, :seq, :id, :no, :stale_until, :used_at, :size, :bytes)
      ON CONFLICT (key) DO UPDATE SET
        epoch = :epoch, seq = :seq, id = :id, no = :no, stale_until = :stale_until,
        used_at = :used_at, size = :size, bytes = :bytes
      WHERE NOT ${NEWER}`),
    newer: database.prepare(`SELECT 1 FROM entries WHERE key = :key AND ${NEWER}`),
    remove: database.prepare(`${REMOVE} key = :key`),
    removeOnly: database.prepare(
      `${REMOVE} key = :key AND epoch = :epoch AND seq = :seq AND id = :id AND no = :no`,
    ),
    removeBytes: database.prepare(`${REMOVE} key = :key AND bytes = :bytes`),
    touch: database.prepare('UPDATE entries SET used_at = max(used_at, :used_at) WHERE key = :key'),
    sweep: database.prepare(some('WHERE stale_until <= :now')),
    clear: database.prepare(some('')),
    oldest: database.prepare(
      'SELECT key, size FROM entries WHERE key <> :keep ORDER BY used_at LIMIT :most',
    ),
    totals: database.prepare('SELECT entries, bytes FROM totals'),
  };
}
