/**
 * The database file of the disk tier: how it is opened, its schema, and its repair by replacement.
 *
 * A file that SQLite cannot use is renamed and not removed, so that somebody can examine it. Only the
 * last such file is kept.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from './make-directory.ts';

const FILE = 'entries.sqlite';
/** How long a call waits for another process's write. It blocks this process meanwhile. */
const BUSY_TIMEOUT_MS = 250;
const OPEN_ATTEMPTS = 8;
const OPEN_PAUSE_MS = 25;

const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_IOERR_SHORT_READ = 522;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/**
 * An entry's encoded bytes lie in its row or in a blob file. Triggers maintain the totals. In the
 * same transaction they note which file is no longer referenced (`garbage`), so that a crash loses
 * track of none. They run in every process that writes, whatever its version.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  key TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, run_seq INTEGER NOT NULL,
  stale_until INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  file TEXT,
  bytes BLOB,
  CHECK ((file IS NULL) <> (bytes IS NULL))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_file ON entries (file) WHERE file IS NOT NULL;
CREATE TABLE IF NOT EXISTS garbage (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used_at, size);
CREATE INDEX IF NOT EXISTS entries_by_end ON entries (stale_until);
CREATE TABLE IF NOT EXISTS meta (
  name TEXT PRIMARY KEY, value TEXT NOT NULL, rank TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS log_records (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, scope TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS totals (
  one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO totals SELECT 1, count(*), coalesce(sum(size), 0) FROM entries;
CREATE TRIGGER IF NOT EXISTS entries_added AFTER INSERT ON entries BEGIN
  UPDATE totals SET entries = entries + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER IF NOT EXISTS entries_removed AFTER DELETE ON entries BEGIN
  UPDATE totals SET entries = entries - 1, bytes = bytes - old.size;
END;
CREATE TRIGGER IF NOT EXISTS entries_replaced AFTER UPDATE OF size ON entries BEGIN
  UPDATE totals SET bytes = bytes + new.size - old.size;
END;
CREATE TRIGGER IF NOT EXISTS file_left_by_removal AFTER DELETE ON entries
WHEN old.file IS NOT NULL BEGIN
  INSERT OR IGNORE INTO garbage VALUES (old.file);
END;
CREATE TRIGGER IF NOT EXISTS file_left_by_replacing AFTER UPDATE OF file ON entries
WHEN old.file IS NOT NULL AND old.file IS NOT new.file BEGIN
  INSERT OR IGNORE INTO garbage VALUES (old.file);
END;
`;

/** Detects wrong totals, which undetected damage can cause and nothing else corrects. Reads one index. */
const MISCOUNTED = `
SELECT 1 FROM totals
WHERE (entries, bytes) <> (SELECT count(*), coalesce(sum(size), 0) FROM entries)`;
const RECOUNT = `
UPDATE totals SET (entries, bytes) = (SELECT count(*), coalesce(sum(size), 0) FROM entries)`;

/** Rows were found that cannot be removed: damage that SQLite does not detect. */
export class IndexDamagedError extends Error {
  override readonly name = 'IndexDamagedError';
  readonly errcode = SQLITE_CORRUPT;
}

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Identifies the file, for `setAside`. */
  readonly inode: number | undefined;
  /** The existing file could not be used; this one is new. */
  readonly replaced: boolean;
}

/**
 * Opens the file, and creates `dir` for this user alone. Throws the error of SQLite or of the file system; only a file
 * that cannot be used is replaced by an empty one.
 */
export function openDatabase(dir: string, at: number): OpenedDatabase {
  makeDirectory(dir);
  const path = join(dir, FILE);
  const inode = inodeOf(path);
  try {
    const database = openPatiently(path);
    return { database, inode: inodeOf(path), replaced: false };
  } catch (error) {
    if (!isUnusable(error)) throw error;
    setAside(dir, inode, at);
    return { database: openPatiently(path), inode: inodeOf(path), replaced: true };
  }
}

/**
 * Renames the file and its companions if it is still the identified one: another process may have
 * replaced it already. `at` becomes part of the name.
 */
export function setAside(dir: string, inode: number | undefined, at: number): void {
  const path = join(dir, FILE);
  if (inodeOf(path) !== inode) return;
  for (const name of readdirSync(dir))
    if (name.startsWith(`${FILE}.damaged-`)) rmSync(join(dir, name), { force: true });
  for (const suffix of ['-wal', '-shm', '']) {
    try {
      renameSync(path + suffix, `${path}.damaged-${at}${suffix}`);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

/** Removes the file if it is still the identified one: the only way to make room that needs no room. */
export function removeDatabase(dir: string, inode: number | undefined): void {
  if (isMoved(dir, inode)) return;
  for (const suffix of ['-wal', '-shm', '']) rmSync(join(dir, FILE + suffix), { force: true });
}

/** Whether it is no longer the file under the tier's name, because another process has set it aside. */
export function isMoved(dir: string, inode: number | undefined): boolean {
  return inodeOf(join(dir, FILE)) !== inode;
}

/** Whether SQLite found that the file is damaged or is not a database. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || isCutShort(error);
}

/** A page that the file should have is missing (extended result code). */
function isCutShort(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_IOERR_SHORT_READ;
}

/** Whether SQLite found that the file takes no more: disk full, a limit, read-only, an I/O error. */
export function isFull(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_FULL || code === SQLITE_IOERR || code === SQLITE_READONLY;
}

// Processes that create the file at the same time get SQLITE_BUSY without SQLite's own wait.
function openPatiently(path: string): DatabaseSync {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return open(path);
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_BUSY || attempt === OPEN_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE_MS);
    }
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL'); // before anything else is written
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA journal_size_limit = 16777216');
    const tables = database.prepare(
      `SELECT count(*) AS n FROM sqlite_schema WHERE name = 'log_records'`, // the newest of them
    );
    if (tables.get()?.n === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    checkSchema(database);
    if (database.prepare(MISCOUNTED).get()) database.exec(RECOUNT);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The tables of another program, or ours with a damaged text that is still valid SQL. */
function checkSchema(database: DatabaseSync): void {
  expectedSchema ??= readSchema();
  const found = new Set(schemaOf(database));
  if (!expectedSchema.every((text) => found.has(text))) throw new ForeignSchemaError();
}

let expectedSchema: readonly string[] | undefined;

function readSchema(): readonly string[] {
  const empty = new DatabaseSync(':memory:');
  empty.exec(SCHEMA);
  const texts = schemaOf(empty);
  empty.close();
  return texts;
}

function schemaOf(database: DatabaseSync): string[] {
  const rows = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
  return rows.map((row) => JSON.stringify(Object.values(row)));
}

class ForeignSchemaError extends Error {
  override readonly name = 'ForeignSchemaError';
}

function isUnusable(error: unknown): boolean {
  return (
    isDamage(error) || error instanceof ForeignSchemaError || sqliteCode(error) === SQLITE_ERROR // from the schema's text
  );
}

/** The primary result code (sqlite.org/rescode.html). */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
