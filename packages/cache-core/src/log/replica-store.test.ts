import { expect, test } from 'vitest';
import type { MetaTable } from '../tiers/disk/meta.ts';
import type { LogSnapshot } from './replica.ts';
import { createReplicaStore } from './replica-store.ts';

/** Keeps the value of the highest rank, as the disk tier does. */
function openKept() {
  const kept = new Map<string, { value: string; rank: string }>();
  const table: MetaTable = {
    readMeta: (name) => kept.get(name)?.value,
    writeMeta: (name, value, { rank }) => {
      if (rank >= (kept.get(name)?.rank ?? '')) kept.set(name, { value, rank });
    },
  };
  return { kept, store: createReplicaStore(table) };
}

const viewAt = (epoch: number, seq: number): LogSnapshot => ({
  log: 'log',
  epoch,
  first: 1,
  records: [{ seq, id: `id${seq}`, scope: '*' }],
});

test('what was saved is loaded, with the time of its last confirmation', () => {
  const { store } = openKept();
  store.save(viewAt(1, 7), { durable: true });
  store.saveConfirmed(1234);

  expect(store.load()).toEqual({ snapshot: viewAt(1, 7), confirmedAt: 1234 });
});

test('a process that is behind does not take the view of its host back (R8)', () => {
  const { store } = openKept();
  store.save(viewAt(2, 10), { durable: true });
  store.save(viewAt(2, 9), { durable: true });
  store.save(viewAt(1, 99), { durable: true });

  expect(store.load()?.snapshot).toEqual(viewAt(2, 10));
});

test('a view that cannot be read is as good as none', () => {
  const { kept, store } = openKept();
  kept.set('view', { value: '{"epoch":1,', rank: '' });

  expect(store.load()).toBeUndefined();
});
