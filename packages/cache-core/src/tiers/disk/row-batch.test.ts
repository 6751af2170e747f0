import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test, vi } from 'vitest';
import { entryWith, randomKey } from '../../testing/tier-stage.ts';
import { openDiskTier } from './disk.ts';

const dir = mkdtempSync(join(tmpdir(), 'deja-rows-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});
const open = () => openDiskTier({ dir, maxBytes: 1_000_000 });
const three = () => [entryWith({}), entryWith({}), entryWith({})] as const;

test('small entries that are put at once share a transaction', async () => {
  await using tier = open();
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  const entries = three();

  const outcomes = await Promise.all(entries.map((entry) => tier.put(entry)));

  expect(outcomes).toEqual(['stored', 'stored', 'stored']);
  expect(exec.mock.calls.filter(([sql]) => sql === 'COMMIT')).toHaveLength(1);
  for (const { header } of entries) expect(await tier.get(header.key)).toBeDefined();
});

test('an entry that cannot be written fails alone', async () => {
  await using tier = open();
  const [first, second, third] = three();
  const wrong = { ...first, header: { ...first.header, key: randomKey(), runSeq: {} as number } };

  const outcomes = await Promise.allSettled([first, wrong, second, third].map((e) => tier.put(e)));

  expect(outcomes.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  ]);
});

test('what removes an entry comes after a put that was called before', async () => {
  await using tier = open();
  const [removed, cleared] = three();

  const puts = [tier.put(removed)];
  await tier.remove(removed.header.key);
  expect(await tier.get(removed.header.key)).toBeUndefined();
  puts.push(tier.put(cleared));
  await tier.clear();

  expect(await Promise.all(puts)).toEqual(['stored', 'stored']);
  expect((await tier.usage()).size).toBe(0);
});

test('puts that failed together reject, and count as one error', async () => {
  await using tier = open();
  await tier.usage();
  using other = new DatabaseSync(join(dir, 'entries.sqlite'));
  other.exec('BEGIN IMMEDIATE');

  const outcomes = await Promise.allSettled(three().map((entry) => tier.put(entry)));

  other.exec('ROLLBACK');
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect((await tier.usage()).errors).toBe(1);
});
