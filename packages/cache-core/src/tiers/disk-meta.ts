import type { DatabaseSync } from 'node:sqlite';

/** Small named values beside the entries: the log's view is kept with what it judges. */
export interface MetaTable {
  /** Throws `TierError`. */
  readMeta(name: string): string | undefined;
  /**
   * Keeps the value unless another process has kept one of a higher rank; ranks compare as text.
   * Throws `TierError`, and then the value is as it was. `durable`: a power cut after the return
   * takes neither this value nor anything written before it; costs an fsync.
   */
  writeMeta(
    name: string,
    value: string,
    options: { readonly rank: string; readonly durable: boolean },
  ): void;
}

export function createMetaTable(database: DatabaseSync): MetaTable {
  const read = database.prepare('SELECT value FROM meta WHERE name = ?');
  const write = database.prepare(`
    INSERT INTO meta (name, value, rank) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, rank = excluded.rank
    WHERE excluded.rank >= rank`);
  return {
    readMeta: (name) => read.get(name)?.value as string | undefined,
    writeMeta: (name, value, { rank, durable }) => {
      if (!durable) {
        write.run(name, value, rank);
        return;
      }
      database.exec('PRAGMA synchronous = FULL');
      try {
        write.run(name, value, rank);
      } finally {
        database.exec('PRAGMA synchronous = NORMAL');
      }
    },
  };
}
