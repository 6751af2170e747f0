import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openDiskTier } from '../tiers/disk/disk.ts';
import type { LogSnapshot } from './replica.ts';
import { createReplicaStore } from './replica-store.ts';

function openKept() {
  const dir = mkdtempSync(join(tmpdir(), 'deja-replica-'));
  const tier = openDiskTier({ dir, maxBytes: 1_000_000 });
  const database = new DatabaseSync(join(dir, 'entries.sqlite'));
  return {
    tier,
    database,
    store: createReplicaStore(tier),
    async [Symbol.asyncDispose]() {
      database.close();
      await tier[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true });
    },
  };
}

/** A replica that has records `first` to `seq`. */
const viewAt = (epoch: number, seq: number, first = 1): LogSnapshot => ({
  ...{ log: 'log', epoch, first },
  records: Array.from({ length: seq - first + 1 }, (_, at) => ({
    ...{ seq: first + at, id: `id${epoch}.${first + at}`, scope: `k:${first + at}` },
  })),
});

test('what was saved is loaded, with the time of its last confirmation', async () => {
  await using t = openKept();
  t.store.save(viewAt(1, 7), { durable: true });
  t.store.saveConfirmed(1234);

  expect(t.store.load()).toEqual({ snapshot: viewAt(1, 7), confirmedAt: 1234 });
});

test('a process that is behind does not take the view of its host back (R8)', async () => {
  await using t = openKept();
  t.store.save(viewAt(2, 10), { durable: true });
  t.store.save(viewAt(2, 9), { durable: true });
  t.store.save(viewAt(1, 99), { durable: true });

  expect(t.store.load()?.snapshot).toEqual(viewAt(2, 10));
});

test('a view that cannot be read is as good as none, and the next one is kept whole', async () => {
  await using t = openKept();
  t.store.save(viewAt(1, 7), { durable: true });
  t.database.exec('DELETE FROM log_records WHERE seq = 3');
  expect(t.store.load()).toBeUndefined();

  t.store.save(viewAt(1, 8), { durable: true });

  expect(t.store.load()?.snapshot).toEqual(viewAt(1, 8));
});

test('an invalidation adds its record to the saved view and writes no other', async () => {
  await using t = openKept();
  t.store.save(viewAt(1, 5000), { durable: true });
  t.database.exec(`
    CREATE TABLE written (seq);
    CREATE TRIGGER counted AFTER INSERT ON log_records BEGIN
      INSERT INTO written VALUES (new.seq);
    END`);

  t.store.save(viewAt(1, 5001), { durable: true });
  t.store.save(viewAt(1, 5002, 3), { durable: true });

  expect(t.database.prepare('SELECT seq FROM written').all()).toEqual([
    { seq: 5001 },
    { seq: 5002 },
  ]);
  expect(t.store.load()?.snapshot).toEqual(viewAt(1, 5002, 3));
});

test('a log that was written over, or another epoch, replaces the saved view', async () => {
  await using t = openKept();
  t.store.save(viewAt(1, 7), { durable: true });
  const over = viewAt(1, 8);
  const records = over.records.map((record) =>
    record.seq > 5 ? { ...record, id: 'other' } : record,
  );

  t.store.save({ ...over, records }, { durable: true });
  expect(t.store.load()?.snapshot.records).toEqual(records);
  t.store.save(viewAt(2, 9, 9), { durable: true });

  expect(t.store.load()?.snapshot).toEqual(viewAt(2, 9, 9));
});
