import type { DatabaseSync } from 'node:sqlite';
import type { LogRecord } from '../../log/records.ts';
import type { LogSnapshot } from '../../log/replica.ts';
import { withDurability } from './meta.ts';

/** The replicas of the shards' logs, kept with the entries that they judge. All processes of a host share them. */
export interface ReplicaTable {
  /** Undefined if none is kept, or what is kept does not fit together. Throws `TierError`. */
  readReplica(shard?: number): LogSnapshot | undefined;
  /**
   * Keeps the replica unless another process has kept a newer one. It writes only the records that
   * are not kept yet. If it throws `TierError`, the kept one is unchanged. `durable`: as for `writeMeta`.
   */
  writeReplica(
    snapshot: LogSnapshot,
    options: { readonly durable: boolean; readonly shard?: number },
  ): void;
}

/** Copies the replicas to another file. */
export interface KeptReplicas extends ReplicaTable {
  /** The shards of which one is kept. */
  shards(): number[];
}

/** The row of `meta` that says where the records belong, and how many there are; absent: all from `first`. */
interface Head extends Omit<LogSnapshot, 'records'> {
  readonly size?: number;
}

const HEAD = 'log_head';
/** The records of a shard lie behind those of the one before it, with so much added to their seq. */
const SPAN = 2 ** 40;

export function createReplicaTable(database: DatabaseSync): KeptReplicas {
  const readHead = database.prepare('SELECT value FROM meta WHERE name = ?');
  const writeHead = database.prepare(
    'INSERT OR REPLACE INTO meta (name, value, rank) VALUES (?, ?, ?)',
  );
  const heads = database.prepare(
    `SELECT substr(name, ${HEAD.length + 2}) AS shard FROM meta WHERE name LIKE '${HEAD}%'`,
  );
  const read = database.prepare(
    'SELECT seq - ?1 AS seq, id, scope FROM log_records WHERE seq >= ?1 AND seq < ?2 ORDER BY seq',
  );
  const add = database.prepare('INSERT INTO log_records (seq, id, scope) VALUES (?, ?, ?)');
  const seqs = database.prepare('SELECT seq FROM log_records WHERE seq >= ? AND seq < ?');
  const removeOne = database.prepare('DELETE FROM log_records WHERE seq = ?');
  const remove = database.prepare('DELETE FROM log_records WHERE seq >= ? AND seq < ?');
  const last = database.prepare(`
    SELECT (SELECT count(*) FROM log_records WHERE seq >= ?1 AND seq < ?2) AS size, seq - ?1 AS seq, id
    FROM log_records WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1`);
  const rangeOf = (shard: number) => [shard * SPAN, (shard + 1) * SPAN] as const;
  const nameOf = (shard: number) => (shard === 0 ? HEAD : `${HEAD}:${shard}`);
  const headOf = (shard: number) => parse(readHead.get(nameOf(shard))?.value);

  const write = ({ records, ...newer }: LogSnapshot, shard: number): void => {
    const newest = records.at(-1);
    if (newest === undefined) return;
    const [begin, end] = rangeOf(shard);
    const older = headOf(shard);
    const kept = last.get(begin, end) as (LogRecord & { size: number }) | undefined;
    const { log, epoch, first } = newer;
    const isSameEpoch = older?.epoch === epoch;
    if (older && kept && (older.epoch > epoch || (isSameEpoch && kept.seq > newest.seq))) return;
    // Ids are random: a log that holds the last kept record holds all that are kept.
    const at = kept ? records.findLastIndex(({ seq }) => seq <= kept.seq) : -1;
    const isContinued =
      older &&
      kept &&
      isSameEpoch &&
      older.log === log &&
      kept.size === (older.size ?? kept.seq - older.first + 1) &&
      records[at]?.id === kept.id;
    remove.run(begin, isContinued ? begin + first : end);
    const missing = isContinued ? records.slice(at + 1) : records;
    for (const { seq, id, scope } of missing) add.run(begin + seq, id, scope);
    const size = records.length;
    if (size < newest.seq - first + 1) removeOthers(records, shard);
    writeHead.run(nameOf(shard), JSON.stringify({ ...newer, size }), '');
  };

  /** The log has dropped records of tenants since. */
  const removeOthers = (records: readonly LogRecord[], shard: number): void => {
    const [begin, end] = rangeOf(shard);
    const held = new Set(records.map(({ seq }) => begin + seq));
    for (const { seq } of seqs.all(begin, end) as { seq: number }[])
      if (!held.has(seq)) removeOne.run(seq);
  };

  return {
    shards: () => heads.all().map(({ shard }) => Number(shard)),
    readReplica(shard = 0) {
      const kept = headOf(shard);
      const records = read.all(...rangeOf(shard)) as unknown as LogRecord[];
      const [oldest, newest] = [records[0], records.at(-1)];
      if (!kept || !newest || oldest?.seq !== kept.first) return undefined;
      const { size = newest.seq - kept.first + 1, ...head } = kept;
      return records.length === size ? { ...head, records } : undefined;
    },
    writeReplica: (snapshot, { durable, shard = 0 }) =>
      withDurability(database, durable, () => {
        database.exec('BEGIN IMMEDIATE');
        try {
          write(snapshot, shard);
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
