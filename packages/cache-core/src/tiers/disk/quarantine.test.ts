import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { entryWith } from '../../testing/tier-stage.ts';
import { openDiskTier } from './disk.ts';
import { DiskQuarantine } from './quarantine.ts';

const root = mkdtempSync(join(tmpdir(), 'deja-quarantine-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newDir = () => mkdtempSync(join(root, 'tier-'));
const itemsIn = (dir: string): string[] =>
  readdirSync(join(dir, 'quarantine'))
    .sort()
    .map((name) => join(dir, 'quarantine', name));

function change(dir: string, sql: string): void {
  const database = new DatabaseSync(join(dir, 'entries.sqlite'));
  database.exec(sql);
  database.close();
}

test.each([
  ['a row', 1000],
  ['a file', 400_000],
])('the bytes of a damaged entry are kept for somebody to look at, from %s', async (_, length) => {
  const dir = newDir();
  await using tier = openDiskTier({ dir, maxBytes: 10_000_000 });
  const entry = entryWith({ body: randomBytes(length) });
  await tier.put(entry);
  change(dir, 'UPDATE entries SET run_seq = run_seq + 1');

  expect(await tier.get(entry.header.key)).toBeUndefined();

  const [item = '', ...others] = itemsIn(dir);
  expect(others).toEqual([]);
  expect(item).toContain(`-${entry.header.key.slice(0, 16)}-`);
  expect(readFileSync(item).includes(entry.body)).toBe(true);
  expect(await tier.usage()).toMatchObject({ size: 0, bytes: 0, errors: 1 });
});

test('columns that no checksum covers are held against the entry', async () => {
  const dir = newDir();
  await using tier = openDiskTier({ dir, maxBytes: 10_000_000 });
  const changes = ['epoch = epoch + 1', 'seq = 1 << 62', 'run_seq = 0', 'size = size + 1'];
  for (const sql of changes) {
    const entry = entryWith({});
    await tier.put(entry);
    change(dir, `UPDATE entries SET ${sql}`);
    expect(await tier.get(entry.header.key)).toBeUndefined();
    expect(await tier.put(entry)).toBe('stored');
    expect(await tier.get(entry.header.key)).toBeDefined();
    await tier.clear();
  }
});

test('an entry of a later format is a miss, and left for those who can read it', async () => {
  const dir = newDir();
  await using tier = openDiskTier({ dir, maxBytes: 10_000_000 });
  const entry = entryWith({});
  await tier.put(entry);
  const { createHash } = await import('node:crypto');
  const database = new DatabaseSync(join(dir, 'entries.sqlite'));
  const bytes = Buffer.from(database.prepare('SELECT bytes FROM entries').get()?.bytes as Buffer);
  bytes.writeUInt16LE(9, 4);
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  database.prepare('UPDATE entries SET bytes = ?').run(bytes);
  database.close();

  expect(await tier.get(entry.header.key)).toBeUndefined();

  expect(await tier.usage()).toMatchObject({ size: 1, errors: 0 });
  expect(await tier.put(entry)).toBe('stored');
  expect(await tier.get(entry.header.key)).toBeDefined();
});

test('at most 100 items are kept, the newest', async () => {
  const dir = newDir();
  const quarantine = new DiskQuarantine(dir, 1_000_000_000);

  for (let at = 1; at <= 120; at += 1) await quarantine.add(Buffer.from(`item ${at}`), 'key', at);

  const items = itemsIn(dir);
  expect(items).toHaveLength(100);
  expect(readFileSync(items[0] ?? '', 'utf8')).toBe('item 21');
});

test('at most an eighth of the bound is kept, and nothing that is larger alone', async () => {
  const dir = newDir();
  const quarantine = new DiskQuarantine(dir, 80_000);
  const path = join(dir, 'file');
  writeFileSync(path, randomBytes(10_001));

  for (let at = 1; at <= 9; at += 1) await quarantine.add(randomBytes(3000), '../../key', at);
  await quarantine.add(path, 'key', 10);

  const items = itemsIn(dir);
  expect(items).toHaveLength(3);
  expect(items.every((item) => statSync(item).size === 3000)).toBe(true);
  expect(readdirSync(dir)).toEqual(['quarantine']);
});

test('what cannot be kept is dropped', async () => {
  const dir = newDir();
  writeFileSync(join(dir, 'quarantine'), 'in the way');
  await using tier = openDiskTier({ dir, maxBytes: 10_000_000 });
  const entry = entryWith({});
  await tier.put(entry);
  change(dir, 'UPDATE entries SET run_seq = run_seq + 1');

  expect(await tier.get(entry.header.key)).toBeUndefined();
  expect(await tier.usage()).toMatchObject({ size: 0, errors: 1 });
});
