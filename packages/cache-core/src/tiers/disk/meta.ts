import type { DatabaseSync } from 'node:sqlite';

/** Small named values beside the entries. */
export interface MetaTable {
  /** Throws `TierError`. */
  readMeta(name: string): string | undefined;
  /**
   * Keeps the value unless another process has kept one of a higher rank; ranks compare as text. If
   * it throws `TierError`, the value is unchanged. `durable`: a power failure after the return
   * loses neither this value nor anything written before it; this costs an fsync.
   */
  writeMeta(
    name: string,
    value: string,
    options: { readonly rank: string; readonly durable: boolean },
  ): void;
}

/** Copies the values to another file. */
export interface KeptMeta extends MetaTable {
  all(): readonly MetaRow[];
  restore(rows: readonly MetaRow[]): void;
}

interface MetaRow {
  readonly name: string;
  readonly value: string;
  readonly rank: string;
}

export function createMetaTable(database: DatabaseSync): KeptMeta {
  const read = database.prepare('SELECT value FROM meta WHERE name = ?');
  const write = database.prepare(`
    INSERT INTO meta (name, value, rank) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, rank = excluded.rank
    WHERE excluded.rank >= rank`);
  const all = database.prepare('SELECT name, value, rank FROM meta');
  return {
    all: () => all.all() as unknown as MetaRow[],
    restore: (rows) => {
      for (const { name, value, rank } of rows) write.run(name, value, rank);
    },
    readMeta: (name) => read.get(name)?.value as string | undefined,
    writeMeta: (name, value, { rank, durable }) =>
      withDurability(database, durable, () => write.run(name, value, rank)),
  };
}

/** Runs a write. `durable`: its commit waits for the disk. */
export function withDurability(database: DatabaseSync, durable: boolean, write: () => void): void {
  if (durable) database.exec('PRAGMA synchronous = FULL'); // without effect within a transaction
  try {
    write();
  } finally {
    if (durable) database.exec('PRAGMA synchronous = NORMAL');
  }
}
