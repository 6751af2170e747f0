import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { describeTier } from '../../testing/describe-tier.ts';
import { entryWith, randomKey } from '../../testing/tier-stage.ts';
import { type DiskTier, openDiskTier } from './disk.ts';

const FILE = 'entries.sqlite';
const MAX_BYTES = 10_000_000;
const root = mkdtempSync(join(tmpdir(), 'deja-disk-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newDir = () => mkdtempSync(join(root, 'tier-'));
const open = (dir: string): DiskTier => openDiskTier({ dir, maxBytes: MAX_BYTES });

function withDatabase<T>(dir: string, run: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(dir, FILE));
  try {
    return run(database);
  } finally {
    database.close();
  }
}

describeTier(
  'disk',
  async ({ now, maxBytes }) => {
    const dir = newDir();
    const tier = openDiskTier({ dir, now, maxBytes });
    return {
      tier,
      corrupt: async (key) => {
        withDatabase(dir, (database) => {
          const row = database.prepare('SELECT bytes FROM entries WHERE key = ?').get(key);
          const bytes = Buffer.from(row?.bytes as Uint8Array);
          bytes[bytes.length - 33] = (bytes.at(-33) ?? 0) ^ 1;
          database.prepare('UPDATE entries SET bytes = ? WHERE key = ?').run(bytes, key);
        });
      },
      [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose](),
    };
  },
  { bounded: true, corruptible: true },
);

describe('over restarts', () => {
  test('entries, figures and recency are kept', async () => {
    const dir = newDir();
    let now = Date.now();
    const settings = { dir, maxBytes: 40_000, maxEntryBytes: 20_000, now: () => now };
    const parts = { staleUntil: now + 3_600_000, body: randomBytes(10_000) };
    const [first, second, third] = [entryWith(parts), entryWith(parts), entryWith(parts)];
    const before = openDiskTier(settings);
    for (const entry of [first, second, third]) {
      now += 1000;
      await before.put(entry);
    }
    now += 120_000;
    await before.get(first.header.key);
    const usage = await before.usage();
    await before[Symbol.asyncDispose]();

    await using after = openDiskTier(settings);

    expect(await after.usage()).toEqual(usage);
    await after.put(entryWith(parts));
    expect((await after.get(first.header.key))?.header).toEqual(first.header);
    expect(await after.get(second.header.key)).toBeUndefined();
  });

  test('what has expired meanwhile is swept, and a lower bound is kept to', async () => {
    const dir = newDir();
    let now = Date.now();
    const before = openDiskTier({ dir, maxBytes: MAX_BYTES, now: () => now });
    for (let i = 0; i < 100; i += 1) await before.put(entryWith({ createdAt: now }));
    const lasting = { staleUntil: now + 3_600_000, body: randomBytes(5000) };
    for (let i = 0; i < 100; i += 1) await before.put(entryWith(lasting));
    await before[Symbol.asyncDispose]();
    now += 60_000;

    await using after = openDiskTier({ dir, maxBytes: 100_000, now: () => now });

    const rows = withDatabase(
      dir,
      (db) => db.prepare('SELECT count(*) AS n FROM entries').get()?.n,
    );
    const { size, bytes, evictions } = await after.usage();
    expect(rows).toBe(size);
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(evictions).toBe(100 - size);
  });

  test('the directory and its files are for this user alone', async () => {
    const dir = join(newDir(), 'a', 'b');
    await using tier = openDiskTier({ dir, maxBytes: MAX_BYTES, maxRowBytes: 100 });
    await tier.put(entryWith({ body: randomBytes(1000) }));

    for (const path of [dirname(dir), dir, join(dir, 'blobs')])
      expect(statSync(path).mode & 0o77).toBe(0);
  });

  test('small values are kept, durable or not', async () => {
    const dir = newDir();
    const before = open(dir);
    expect(before.readMeta('view')).toBeUndefined();
    before.writeMeta('view', 'old', { rank: '1', durable: false });
    before.writeMeta('view', 'new', { rank: '2', durable: true });
    before.writeMeta('confirmed', '17', { rank: '1', durable: false });
    await before.clear();
    await before[Symbol.asyncDispose]();

    await using after = open(dir);

    expect(after.readMeta('view')).toBe('new');
    expect(after.readMeta('confirmed')).toBe('17');
  });

  test('a small value gives way to no value of a lower rank, whichever process writes it', async () => {
    const dir = newDir();
    await using ahead = open(dir);
    await using behind = open(dir);
    ahead.writeMeta('view', 'newer', { rank: '2', durable: true });

    behind.writeMeta('view', 'older', { rank: '1', durable: true });

    expect(behind.readMeta('view')).toBe('newer');
  });
});

describe('a file that cannot be used is set aside, and the tier begins empty', () => {
  const setAside = (dir: string) =>
    readdirSync(dir).filter((name) => /^entries\.sqlite\.damaged-\d+$/.test(name));

  const damages: [string, (path: string) => void][] = [
    ['no database at all', (path) => writeFileSync(path, randomBytes(50_000))],
    ['cut in its first page', (path) => truncateSync(path, 200)],
    [
      'a database of somebody else',
      (path) => {
        rmSync(path);
        withDatabase(join(path, '..'), (db) =>
          db.exec('CREATE TABLE entries (a); CREATE TABLE totals (b)'),
        );
      },
    ],
  ];
  const schemaChanges: [string, string, string][] = [
    ['that is no SQL any more', 'bytes INTEGER NOT NULL', 'byCes INTEGER NOT NULL'],
    ['that is SQL all the same', 'entries + 1', 'entries * 1'],
  ];
  for (const [what, from, to] of schemaChanges)
    damages.push([
      `ours with a schema ${what}`,
      (path) => {
        const bytes = readFileSync(path);
        const at = bytes.indexOf(from);
        expect(at).toBeGreaterThan(0);
        bytes.write(to, at);
        writeFileSync(path, bytes);
      },
    ]);
  test.each(damages)('%s', async (_, damage) => {
    const dir = newDir();
    const entry = entryWith({});
    const before = open(dir);
    await before.put(entry);
    await before[Symbol.asyncDispose]();
    damage(join(dir, FILE));

    await using after = open(dir);

    expect(await after.get(entry.header.key)).toBeUndefined();
    expect(await after.usage()).toMatchObject({ size: 0, bytes: 0, errors: 1 });
    expect(setAside(dir)).toHaveLength(1);
    expect(await after.put(entry)).toBe('stored');
    expect(await after.get(entry.header.key)).toBeDefined();
  });

  test('and of such files the last is kept', async () => {
    const dir = newDir();
    for (let i = 0; i < 3; i += 1) {
      writeFileSync(join(dir, FILE), randomBytes(5000 + i));
      await openDiskTier({ dir, maxBytes: MAX_BYTES, now: () => 1000 + i })[Symbol.asyncDispose]();
    }

    const [kept = '', ...others] = setAside(dir);
    expect(others).toEqual([]);
    expect(statSync(join(dir, kept)).size).toBe(5002);
  });

  test('an empty file is no damage', async () => {
    const dir = newDir();
    writeFileSync(join(dir, FILE), '');

    await using tier = open(dir);

    expect(await tier.usage()).toMatchObject({ errors: 0 });
  });

  /** 200 entries in the file, and all of it but the schema overwritten while `open` has it open. */
  async function damagedUnderneath(dir: string, tiers: () => DiskTier[]) {
    const before = open(dir);
    const entries = Array.from({ length: 200 }, () => entryWith({ body: randomBytes(3000) }));
    for (const entry of entries) await before.put(entry);
    await before[Symbol.asyncDispose]();
    const opened = tiers();
    const path = join(dir, FILE);
    await using file = await openFile(path, 'r+');
    const length = statSync(path).size - 16_384;
    await file.write(randomBytes(length), 0, length, 16_384);
    return { entries, opened };
  }

  test('also when the damage is met later, and no call fails for it', async () => {
    const dir = newDir();
    const { entries } = await damagedUnderneath(dir, () => []);

    await using after = open(dir);

    for (const { header, body } of entries) {
      const found = await after.get(header.key);
      if (found) expect(found.body.equals(body)).toBe(true);
    }
    const again = entryWith({});
    expect(await after.put(again)).toBe('stored');
    expect(await after.get(again.header.key)).toBeDefined();
    expect((await after.usage()).errors).toBe(1);
    expect(setAside(dir)).toHaveLength(1);
  });

  test('once, by the first of several processes that meet the damage', async () => {
    const dir = newDir();
    const { opened } = await damagedUnderneath(dir, () => [open(dir), open(dir)]);
    const [first, second] = opened as [DiskTier, DiskTier];
    const entry = entryWith({});

    await first.clear();
    await first.put(entry);
    await second.clear().catch(() => {});
    await first.put(entry);

    expect(await second.get(entry.header.key)).toBeDefined();
    expect(setAside(dir)).toHaveLength(1);
    for (const tier of opened) await tier[Symbol.asyncDispose]();
  });
});

describe('a failure of the file system or of SQLite is a TierError', () => {
  const failure = { code: 'TIER_UNAVAILABLE', tier: 'disk' };

  test('at opening, where the directory cannot be made', () => {
    const dir = newDir();
    writeFileSync(join(dir, 'file'), '');

    expect(() => open(join(dir, 'file', 'cache'))).toThrowError(expect.objectContaining(failure));
  });

  test('at opening, below a file system that makes no directories (/proc), and soon', () => {
    const source = JSON.stringify(new URL('./disk.ts', import.meta.url).href);
    const body = `import { openDiskTier } from ${source};
      for (const dir of ['/proc/deja', '/proc/deja/a/b', '/proc/self/fd/deja/c'])
        try { openDiskTier({ dir, maxBytes: 1e6 }) } catch (error) { console.log(error.code) }`;
    const args = ['--conditions=development', '--input-type=module', '-e', body];

    const { stdout, signal } = spawnSync(process.execPath, args, { timeout: 10_000 });

    expect(signal).toBeNull(); // it does not try for ever
    expect(String(stdout).trim().split('\n')).toEqual(Array(3).fill('TIER_UNAVAILABLE'));
  });

  test('at opening, where the directory is a file, or holds a directory of the name', () => {
    const dir = newDir();
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, FILE));

    for (const path of [join(dir, 'file'), dir])
      expect(() => open(path)).toThrowError(expect.objectContaining(failure));
  });

  test('while another process holds the write lock, and reads go on', async () => {
    const dir = newDir();
    await using tier = open(dir);
    const entry = entryWith({});
    await tier.put(entry);
    const other = new DatabaseSync(join(dir, FILE));
    other.exec('BEGIN IMMEDIATE');

    await expect(tier.put(entryWith({}))).rejects.toMatchObject(failure);
    expect(() => tier.writeMeta('a', 'b', { rank: '1', durable: true })).toThrowError(
      expect.objectContaining(failure),
    );
    expect(await tier.get(entry.header.key)).toBeDefined();

    other.exec('ROLLBACK');
    other.close();
    expect(await tier.put(entryWith({}))).toBe('stored');
    expect((await tier.usage()).errors).toBe(2);
  });

  test('after the tier has been closed', async () => {
    const tier = open(newDir());
    await tier[Symbol.asyncDispose]();
    await tier[Symbol.asyncDispose]();

    await expect(tier.get(randomKey())).rejects.toMatchObject(failure);
  });
});

describe('several processes share the file', () => {
  const script = (dir: string, body: string) => [
    '--conditions=development',
    '--input-type=module',
    '-e',
    `import { openDiskTier } from ${JSON.stringify(new URL('./disk.ts', import.meta.url).href)};
     import { randomBytes } from 'node:crypto';
     const tier = openDiskTier({ dir: ${JSON.stringify(dir)}, maxBytes: 500_000 });
     const entryOf = (key, no, n) => ({ body: Buffer.alloc(n, no % 256), header: { key, runSeq: no, model: 'm', tenant: 'default', log: 'l', digest: '', tags: [],
       createdAt: 1, freshUntil: 4e12, staleUntil: 4e12, computeMs: 1, token: { epoch: 1, seq: 1, id: 'i' } } });
     ${body}`,
  ];

  test('all open it at once, write the same keys, and the newest entries and exact totals remain', async () => {
    const dir = newDir();
    const run = promisify(execFile);
    const writes = `
      for (let i = 0; i < 300; i += 1) {
        const key = (i % 50).toString(16).padStart(64, '0');
        const no = i * 4 + Number(process.argv[1]);
        for (;;) {
          try { await tier.put(entryOf(key, no, 100 + no)); break; } catch (e) { if (e.code !== 'TIER_UNAVAILABLE') throw e; }
        }
        const found = await tier.get(key);
        if (found && found.body.length !== 100 + found.header.runSeq) throw new Error('wrong bytes');
      }
      await tier[Symbol.asyncDispose]();`;

    await Promise.all(
      ['0', '1', '2', '3'].map((n) => run(process.execPath, [...script(dir, writes), n])),
    );

    await using tier = open(dir);
    for (let i = 250; i < 300; i += 1) {
      const found = await tier.get((i % 50).toString(16).padStart(64, '0'));
      expect(found?.header.runSeq).toBe(i * 4 + 3);
    }
    const sum = withDatabase(
      dir,
      (db) => db.prepare('SELECT sum(size) AS n FROM entries').get()?.n,
    );
    expect(await tier.usage()).toMatchObject({ size: 50, bytes: sum, errors: 0 });
  });

  test('a file that is locked for longer than a call waits is waited for at opening', async () => {
    const dir = newDir();
    const holder = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const { DatabaseSync } = require('node:sqlite');
       const database = new DatabaseSync(workerData);
       database.exec('BEGIN EXCLUSIVE; CREATE TABLE other (a)');
       parentPort.postMessage('locked');
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
       database.exec('ROLLBACK');
       database.close();`,
      { eval: true, workerData: join(dir, FILE) },
    );
    await once(holder, 'message');

    await using tier = open(dir);

    expect(await tier.put(entryWith({}))).toBe('stored');
    await holder.terminate();
  });

  test('one that is killed while it writes damages nothing', async () => {
    const dir = newDir();
    const writes = `
      for (let no = 0; ; no += 1) {
        await tier.put(entryOf(randomBytes(32).toString('hex'), no, 20_000));
        if (no === 40) process.stdout.write('writing');
      }`;
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, script(dir, writes), {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');

      await using tier = open(dir);
      const keys = withDatabase(dir, (db) => db.prepare('SELECT key FROM entries').all());
      expect(keys.length).toBeGreaterThan(10);
      for (const { key } of keys) expect(await tier.get(key as string)).toBeDefined();
      const { bytes, errors } = await tier.usage();
      expect(errors).toBe(0);
      expect(bytes).toBeLessThanOrEqual(500_000);
    }
  });
});
