/** Idempotency-Keys belong to jobs that were made. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimFor, IdempotencyConflictError, type JoinReply } from '../src/index.ts';
import { openStore, request } from './harness.ts';

const jobOf = (reply: JoinReply) => (reply.outcome === 'done' ? undefined : reply.job);

test('of joins at the same time with one key, one makes the job and all get it', async () => {
  await using store = openStore();
  const claim = claimFor('k', 'what is asked');

  const replies = await Promise.all(
    Array.from({ length: 20 }, () => store.runs.join(request({ claim }), '{}')),
  );

  expect(new Set(replies.map(jobOf)).size).toBe(1);
  expect(await store.idempotency.jobOf(claim)).toBe(jobOf(replies[0] as JoinReply));
});

test('a key that has a job is a conflict for another question, and nothing is added', async () => {
  await using store = openStore();
  await store.runs.join(request({ claim: claimFor('k', 'one') }), '{}');
  const other = request({ key: 'b'.repeat(64), claim: claimFor('k', 'other') });

  await expect(store.runs.join(other, '{}')).rejects.toThrow(IdempotencyConflictError);
  await expect(store.idempotency.jobOf(claimFor('k', 'other'))).rejects.toThrow(
    IdempotencyConflictError,
  );
  expect(await store.jobs.read(other.job)).toEqual({ outcome: 'unknown' });
});

test('a refused join leaves the key free', async () => {
  await using store = openStore({ queueMax: 1 });
  await store.runs.join(request(), '{}');
  const claim = claimFor(randomUUID(), 'one');

  await expect(store.runs.join(request({ key: 'b'.repeat(64), claim }), '{}')).rejects.toThrow(
    'QUEUE_MAX',
  );

  expect(await store.idempotency.jobOf(claim)).toBeUndefined();
  expect(await store.redis.keys(`${store.shard.prefix}x:*`)).toEqual([]);
});

test('a key is held for a day from when its job was made', async () => {
  await using store = openStore();
  const claim = claimFor('k', 'one');
  await store.runs.join(request({ claim }), '{}');

  const leftMs = await store.redis.pttl(`${store.shard.prefix}x:${claim.digest}`);

  expect(leftMs).toBeGreaterThan(86_000_000);
  expect(leftMs).toBeLessThanOrEqual(86_400_000);
});

test('a key belongs to its tenant: for another one it is free, and its job is not told', async () => {
  await using store = openStore();
  const [acme, other] = ['acme', 'other'].map((tenant) => ({
    tenant,
    claim: claimFor('k', 'one', tenant),
  }));
  const first = await store.runs.join(request(acme), '{}');

  const second = await store.runs.join(request(other), '{}');
  const again = await store.runs.join(request(acme), '{}');

  expect(jobOf(second)).not.toBe(jobOf(first));
  expect(jobOf(again)).toBe(jobOf(first));
  expect(await store.idempotency.jobOf(claimFor('k', 'one'))).toBeUndefined();
  const seen = await store.jobs.read(String(jobOf(second)));
  expect(seen).toMatchObject({ job: { tenant: 'other' } });
});
