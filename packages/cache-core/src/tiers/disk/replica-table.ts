import type { DatabaseSync } from 'node:sqlite';
import type { LogRecord, LogSnapshot } from '../../log/replica.ts';
import { withDurability } from './meta.ts';

/** The log's replica, kept with the entries that it judges. All processes of a host share it. */
export interface ReplicaTable {
  /** Undefined if none is kept, or what is kept does not fit together. Throws `TierError`. */
  readReplica(): LogSnapshot | undefined;
  /**
   * Keeps the replica unless another process has kept a newer one. It writes only the records that
   * are not kept yet. If it throws `TierError`, the kept one is unchanged. `durable`: as for `writeMeta`.
   */
  writeReplica(snapshot: LogSnapshot, options: { readonly durable: boolean }): void;
}

/** The row of `meta` that says where the records belong. */
type Head = Omit<LogSnapshot, 'records'>;

const HEAD = 'log_head';

export function createReplicaTable(database: DatabaseSync): ReplicaTable {
  const readHead = database.prepare('SELECT value FROM meta WHERE name = ?');
  const writeHead = database.prepare(
    'INSERT OR REPLACE INTO meta (name, value, rank) VALUES (?, ?, ?)',
  );
  const read = database.prepare('SELECT seq, id, scope FROM log_records ORDER BY seq');
  const add = database.prepare('INSERT INTO log_records (seq, id, scope) VALUES (?, ?, ?)');
  const removeBefore = database.prepare('DELETE FROM log_records WHERE seq < ?');
  const last = database.prepare(`
    SELECT (SELECT count(*) FROM log_records) AS size, seq, id FROM log_records
    ORDER BY seq DESC LIMIT 1`);
  const head = () => parse(readHead.get(HEAD)?.value);

  const write = ({ records, ...newer }: LogSnapshot): void => {
    const newest = records.at(-1);
    if (newest === undefined) return;
    const [older, kept] = [head(), last.get() as (LogRecord & { size: number }) | undefined];
    const { log, epoch, first } = newer;
    const isSameEpoch = older?.epoch === epoch;
    if (older && kept && (older.epoch > epoch || (isSameEpoch && kept.seq > newest.seq))) return;
    // Ids are random: a log that holds the last kept record holds all that are kept.
    const isContinued =
      older &&
      kept &&
      isSameEpoch &&
      older.log === log &&
      kept.size === kept.seq - older.first + 1 &&
      records[kept.seq - first]?.id === kept.id;
    removeBefore.run(isContinued ? first : Number.MAX_SAFE_INTEGER);
    const missing = isContinued ? records.slice(kept.seq - first + 1) : records;
    for (const { seq, id, scope } of missing) add.run(seq, id, scope);
    writeHead.run(HEAD, JSON.stringify(newer), '');
  };

  return {
    readReplica() {
      const kept = head();
      const records = read.all() as unknown as LogRecord[];
      const isWhole = records.every(({ seq }, at) => seq === (kept?.first ?? 0) + at);
      return kept && isWhole && records.length > 0 ? { ...kept, records } : undefined;
    },
    writeReplica: (snapshot, { durable }) =>
      withDurability(database, durable, () => {
        database.exec('BEGIN IMMEDIATE');
        try {
          write(snapshot);
          database.exec('COMMIT');
        } finally {
          if (database.isTransaction) database.exec('ROLLBACK');
        }
      }),
  };
}

function parse(json: unknown): Head | undefined {
  try {
    return typeof json === 'string' ? (JSON.parse(json) as Head) : undefined;
  } catch {
    return undefined;
  }
}
