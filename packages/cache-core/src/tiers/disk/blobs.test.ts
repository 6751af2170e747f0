import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import { describeTier } from '../../testing/describe-tier.ts';
import { entryWith, randomKey } from '../../testing/tier-stage.ts';
import { type DiskTier, type DiskTierOptions, openDiskTier } from './disk.ts';

const root = mkdtempSync(join(tmpdir(), 'deja-bodies-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newDir = () => mkdtempSync(join(root, 'tier-'));
const open = (dir: string, options: Partial<DiskTierOptions> = {}): DiskTier =>
  openDiskTier({ dir, maxBytes: 10_000_000, maxEntryBytes: 5_000_000, ...options });
const filesIn = (dir: string): string[] =>
  globSync('blobs/*/*', { cwd: dir }).map((name) => join(dir, name));
const fileIn = (dir: string): string => {
  const [file, ...others] = filesIn(dir);
  if (!file || others.length > 0) throw new Error(`${others.length} files besides ${file}`);
  return file;
};
const large = (parts: Partial<Entry['header']> = {}, bytes = 300_000) =>
  entryWith({ ...parts, body: randomBytes(bytes) });

function withDatabase<T>(dir: string, run: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(dir, 'entries.sqlite'));
  try {
    return run(database);
  } finally {
    database.close();
  }
}

describeTier(
  'disk, every entry in a file',
  async ({ now, maxBytes }) => {
    const dir = newDir();
    const tier = openDiskTier({ dir, now, maxBytes, maxRowBytes: 0 });
    return {
      tier,
      corrupt: async () => {
        const bytes = readFileSync(fileIn(dir));
        bytes[bytes.length - 33] = (bytes.at(-33) ?? 0) ^ 1;
        writeFileSync(fileIn(dir), bytes);
      },
      [Symbol.asyncDispose]: async () => {
        const { size } = await tier.usage();
        expect(filesIn(dir)).toHaveLength(size);
        await tier[Symbol.asyncDispose]();
      },
    };
  },
  { bounded: true, corruptible: true },
);

test('what takes more than a row may lies in a file, all others in rows', async () => {
  const dir = newDir();
  await using tier = open(dir);

  await tier.put(entryWith({ body: randomBytes(260_000) }));
  await tier.put(entryWith({ body: Buffer.alloc(2_000_000, 'compressible') }));
  expect(filesIn(dir)).toEqual([]);
  const entry = large();
  await tier.put(entry);

  expect(basename(fileIn(dir))).toMatch(/^[0-9a-f]{32}-[0-9a-f]{16}$/);
  expect((await tier.get(entry.header.key))?.body.equals(entry.body)).toBe(true);
});

test('files count, to the byte', async () => {
  const dir = newDir();
  await using tier = open(dir);
  const entry = large();
  await tier.put(entry);

  expect((await tier.usage()).bytes).toBe(statSync(fileIn(dir)).size + 512);
  await tier.put(large({ key: entry.header.key, runSeq: 2 }, 400_000));
  expect((await tier.usage()).bytes).toBe(statSync(fileIn(dir)).size + 512);
  await tier.put(entryWith({ key: entry.header.key, runSeq: 3 }));
  expect(filesIn(dir)).toEqual([]);
  expect((await tier.usage()).bytes).toBeLessThan(2000);
});

test('the bound holds over many at once, and evicted files are gone', async () => {
  const dir = newDir();
  await using tier = open(dir, { maxBytes: 2_000_000 });
  let most = 0;

  await Promise.all(
    Array.from({ length: 40 }, async () => {
      await tier.put(large());
      most = Math.max(most, (await tier.usage()).bytes);
    }),
  );

  expect(most).toBeLessThanOrEqual(2_000_000);
  const { size, evictions } = await tier.usage();
  expect(size).toBe(6);
  expect(evictions).toBe(34);
  expect(filesIn(dir)).toHaveLength(size);
});

describe('a file goes with its row', () => {
  const ends: [string, (tier: DiskTier, entry: Entry) => Promise<unknown>][] = [
    ['removed', (tier, { header }) => tier.remove(header.key)],
    ['cleared', (tier) => tier.clear()],
    [
      'refused',
      (tier, { header }) => tier.put({ ...large(), header: { ...header, staleUntil: 1 } }),
    ],
  ];
  test.each(ends)('%s', async (_, end) => {
    const dir = newDir();
    await using tier = open(dir);
    const entry = large();
    await tier.put(entry);

    await end(tier, entry);

    expect(await tier.get(entry.header.key)).toBeUndefined();
    expect(filesIn(dir)).toEqual([]);
  });

  test('expired', async () => {
    const dir = newDir();
    let now = Date.now();
    await using tier = open(dir, { now: () => now });
    await tier.put(large({ createdAt: now }));
    now += 60_000;

    await tier.put(entryWith({ createdAt: now }));

    expect(filesIn(dir)).toEqual([]);
  });

  test('removed by a process that was killed before it took the file away', async () => {
    const dir = newDir();
    const entry = large();
    const before = open(dir);
    await before.put(entry);
    await before[Symbol.asyncDispose]();
    withDatabase(dir, (database) => database.exec('DELETE FROM entries'));

    await open(dir)[Symbol.asyncDispose]();

    expect(filesIn(dir)).toEqual([]);
  });
});

test('an older entry leaves no file, and an equal one is not written again', async () => {
  const dir = newDir();
  await using tier = open(dir);
  const entry = large({ runSeq: 5 });
  await tier.put(entry);
  const file = fileIn(dir);

  expect(await tier.put(large({ key: entry.header.key, runSeq: 4 }))).toBe('older');
  expect(await tier.put(entry)).toBe('stored');
  expect(fileIn(dir)).toBe(file);
  expect(await tier.put({ ...entry, body: randomBytes(300_000) })).toBe('stored');
  expect(fileIn(dir)).not.toBe(file);
});

test('a reader meets the old entry or the new one while another process replaces it', async () => {
  const dir = newDir();
  await using writer = open(dir);
  await using reader = open(dir);
  const key = randomKey();
  const body = (no: number) => Buffer.concat([Buffer.alloc(4, no), randomBytes(300_000)]);
  await writer.put(entryWith({ key, runSeq: 0, body: body(0) }));
  let isDone = false;
  let [last, reads] = [0, 0];

  const reading = async () => {
    while (!isDone) {
      const found = await reader.get(key);
      expect(found?.body[0]).toBe(found?.header.runSeq);
      expect(found?.header.runSeq).toBeGreaterThanOrEqual(last);
      last = found?.header.runSeq ?? 0;
      reads += 1;
    }
  };
  const writing = async () => {
    for (let no = 1; no <= 100; no += 1)
      await writer.put(entryWith({ key, runSeq: no, body: body(no) }));
    isDone = true;
  };
  await Promise.all([writing(), reading()]);

  expect(reads).toBeGreaterThan(20);
  expect(await reader.usage()).toMatchObject({ size: 1, errors: 0 });
  expect(filesIn(dir)).toHaveLength(1);
});

describe('files without a row', () => {
  const AGED = new Date(Date.now() - 3_600_000);
  const plant = (dir: string, name: string, at?: Date) => {
    const path = join(dir, 'blobs', name.slice(0, 2), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    if (at) utimesSync(path, at, at);
    return path;
  };
  const nameOf = (n: number) => `${String(n).repeat(32)}-${'0'.repeat(16)}`;

  test('are taken away at opening when they are old, finished or not', async () => {
    const dir = newDir();
    const before = open(dir);
    await before.put(large());
    await before[Symbol.asyncDispose]();
    utimesSync(fileIn(dir), AGED, AGED);
    const kept = fileIn(dir);
    plant(dir, nameOf(1), AGED);
    plant(dir, `${nameOf(2)}.tmp`, AGED);
    const young = plant(dir, nameOf(3));
    const strange = plant(dir, 'somebody-elses', AGED);

    await open(dir)[Symbol.asyncDispose]();

    expect(filesIn(dir).sort()).toEqual([kept, young, strange].sort());
  });

  test('are taken away once an hour after that', async () => {
    const dir = newDir();
    let now = Date.now();
    const tier = open(dir, { now: () => now });
    await tier.put(entryWith({}));
    plant(dir, nameOf(1), AGED);

    await tier.put(entryWith({}));
    expect(filesIn(dir)).toHaveLength(1);
    now += 3_600_000;
    await tier.put(entryWith({ createdAt: now }));
    await tier[Symbol.asyncDispose]();

    expect(filesIn(dir)).toEqual([]);
  });

  test('are taken away at once when the rows have been lost', async () => {
    const dir = newDir();
    const before = open(dir);
    await before.put(large());
    await before[Symbol.asyncDispose]();
    writeFileSync(join(dir, 'entries.sqlite'), randomBytes(50_000));

    await open(dir)[Symbol.asyncDispose]();

    expect(filesIn(dir)).toEqual([]);
  });
});

describe('a file that is not as it was written is a miss, counted once', () => {
  const damages: [string, (path: string) => void][] = [
    ['gone', (path) => rmSync(path)],
    ['cut', (path) => truncateSync(path, 299_000)],
    ['emptied', (path) => truncateSync(path, 0)],
    ['longer', (path) => appendFileSync(path, 'x')],
    ['of another entry', (path) => writeFileSync(path, randomBytes(statSync(path).size))],
  ];
  test.each(damages)('%s', async (_, damage) => {
    const dir = newDir();
    await using tier = open(dir);
    const entry = large();
    await tier.put(entry);
    damage(fileIn(dir));

    const found = await Promise.all([1, 2, 3].map(() => tier.get(entry.header.key)));

    expect(found).toEqual([undefined, undefined, undefined]);
    expect(await tier.usage()).toMatchObject({ size: 0, bytes: 0, errors: 1 });
    expect(filesIn(dir)).toEqual([]);
  });

  test('a row that names a file elsewhere reaches no file elsewhere', async () => {
    const dir = newDir();
    await using tier = open(dir);
    const entry = large();
    const outside = join(dir, 'outside');
    writeFileSync(outside, 'x');
    await tier.put(entry);
    withDatabase(dir, (database) => database.exec(`UPDATE entries SET file = '../../outside'`));

    expect(await tier.get(entry.header.key)).toBeUndefined();
    await tier.clear();

    expect(existsSync(outside)).toBe(true);
    expect((await tier.usage()).errors).toBe(1);
  });
});

test('closing waits for what is being written', async () => {
  const dir = newDir();
  const entries = [large(), large(), large()];
  const before = open(dir);
  const puts = Promise.all(entries.map((entry) => before.put(entry)));
  await new Promise(setImmediate);

  await before[Symbol.asyncDispose]();

  await puts;
  await using after = open(dir);
  for (const { header } of entries) expect(await after.get(header.key)).toBeDefined();
});
