/** Races of the invalidation log with the network and with itself: 4 to 8 of races.md. */
import { setImmediate as turn } from 'node:timers/promises';
import { createFaultProxy } from '@deja/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import type { Lookup } from '../src/index.ts';
import type { LogRecord } from '../src/log/records.ts';
import { LogReplica } from '../src/log/replica.ts';
import { heldTier, KEY, logPrefixOf, newNamespace, openReplica } from './open-replica.ts';

const OTHER = 'b'.repeat(64);
const HOUR_MS = 3_600_000;
const PATIENTLY = { timeout: 10_000 };

const outcomeOf = async (found: Lookup | Promise<Lookup>) => (await found).outcome;

// Race 4. Guard: the notifier is a hint; what was missed is read after every subscription, and polled.
test('what was announced while the subscription was gone is read when it is back', async () => {
  const namespace = newNamespace();
  const bellProxy = await createFaultProxy(inject('redisUrl'));
  await using here = await openReplica({ namespace });
  await using away = await openReplica({ namespace, notifierUrl: bellProxy.url, pollMs: HOUR_MS });
  await away.memory.put(away.entry());
  bellProxy.blackhole();
  for (const tag of ['x', 'y']) await here.cache.invalidateTag(tag);
  const seq = await here.cache.invalidateKey(KEY);

  bellProxy.reset(); // what it held back is lost with the connection
  bellProxy.heal();

  await expect.poll(() => away.log.replica.position?.seq, PATIENTLY).toBe(seq);
  expect(await outcomeOf(away.cache.lookup(KEY))).toBe('miss');
  await bellProxy.close();
});

// Race 5. Guard: R13, the lease; R5, it counts from when the question was sent.
test('G3 No stale answer after an invalidation: a half-open subscription delays nothing beyond the poll', async () => {
  const namespace = newNamespace();
  const bellProxy = await createFaultProxy(inject('redisUrl'));
  await using here = await openReplica({ namespace });
  await using deaf = await openReplica({ namespace, notifierUrl: bellProxy.url });
  await deaf.memory.put(deaf.entry());
  bellProxy.blackhole();

  await here.cache.invalidateKey(KEY);
  const ackedAt = performance.now();

  for (;;) {
    const askedMs = performance.now() - ackedAt;
    const found = await deaf.cache.lookup(KEY);
    if (found.outcome === 'miss') break;
    const plain = found.outcome === 'hit' && found.unverifiedMs === undefined;
    if (askedMs > 1000) expect(plain).toBe(false);
  }
  await bellProxy.close();
});

// Race 5. Guard: R13. Without it the old entry is served as verified for as long as the cut lasts.
test('a half-open connection to the log is a mark once the lease is over, and an end', async () => {
  const namespace = newNamespace();
  const logProxy = await createFaultProxy(inject('redisUrl'));
  const settings = { namespace, logUrl: logProxy.url, serveUnverifiedMs: 2500 };
  await using here = await openReplica({ namespace });
  await using cut = await openReplica(settings);
  await cut.memory.put(cut.entry());

  logProxy.blackhole();
  const cutAt = performance.now();
  await here.cache.invalidateKey(KEY);

  const seen = new Set<string>();
  for (;;) {
    const askedMs = performance.now() - cutAt;
    const found = await cut.cache.lookup(KEY);
    const marked = 'unverifiedMs' in found && found.unverifiedMs !== undefined;
    seen.add(found.outcome === 'hit' ? (marked ? 'marked' : 'plain') : found.outcome);
    if (found.outcome === 'untrusted') break;
    expect(found.outcome).toBe('hit'); // it cannot know
    if (askedMs > 900) expect(marked).toBe(true);
    expect(askedMs).toBeLessThanOrEqual(2500);
  }
  expect([...seen]).toEqual(['plain', 'marked', 'untrusted']);

  logProxy.heal();
  await expect.poll(() => outcomeOf(cut.cache.lookup(KEY)), PATIENTLY).toBe('miss');
  await logProxy.close();
});

// Race 6. Guard: R4 and R10.
test('an entry from before the log begins is a miss, on a disk that was away as well', async () => {
  await using here = await openReplica({ logMax: 5 });
  const old = here.entry();
  for (let i = 0; i < 20; i += 1) await here.cache.invalidateTag(`unrelated ${i}`);
  await here.disk.put(old);
  await here.disk.put(here.entry({ key: OTHER }));

  expect(await outcomeOf(here.cache.lookup(KEY))).toBe('miss');
  expect(await outcomeOf(here.cache.lookup(OTHER))).toBe('hit');
});

// Race 8. Guard: a reply never moves the view back, and never leaves a gap in it.
test('replies in any order and number leave a view that knows all records up to its own', () => {
  const scopes = fc.array(fc.constantFrom('t:a', 't:b', `k:${KEY}`, '*'), {
    minLength: 1,
    maxLength: 30,
  });
  const asks = fc.array(fc.tuple(fc.nat(30), fc.nat(30), fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(scopes, asks, (all, asked) => {
      const records: LogRecord[] = [{ seq: 1, id: 'id1', scope: '-' }];
      for (const scope of all) {
        const seq = records.length + 1;
        records.push({ seq, id: `id${seq}`, scope });
      }
      const view = new LogReplica();
      for (const [from, to, reset] of asked) {
        // Somebody asked from record `from` when the log had got to `to`.
        const head = Math.min(1 + to, records.length);
        const known = reset || view.position === undefined ? 0 : Math.min(from, head);
        const page = records.slice(known, head);
        const before = view.position?.seq ?? 0;
        const confirmed = view.apply({
          ...{ log: 'log', epoch: 1, seq: head, first: 1, reset: known === 0, more: false },
          records: page,
        });
        const seq = view.position?.seq ?? 0;
        expect(seq).toBeGreaterThanOrEqual(before);
        if (confirmed) expect(seq).toBeGreaterThanOrEqual(head);
        expect(view.snapshot().records).toEqual(records.slice(0, seq));
      }
    }),
  );
});

// Race 8, as a replica meets it: the question in flight is older than the entry that it is asked for.
test('an entry from ahead of a question in flight leaves no gap behind it', async () => {
  const namespace = newNamespace();
  const logProxy = await createFaultProxy(inject('redisUrl'));
  await using here = await openReplica({ namespace });
  await using slow = await openReplica({
    ...{ namespace, logUrl: logProxy.url, pollMs: HOUR_MS, leaseMs: HOUR_MS },
    notifierUrl: 'redis://127.0.0.1:1',
  });
  const old = slow.entry();
  await slow.memory.put(old);
  const asked = logProxy.holdReplies();
  const inFlight = slow.log.catchUp();
  await asked;

  await here.cache.invalidateKey(KEY); // the record that was skipped
  const ahead = here.entry({ key: OTHER });
  await here.redis.put(ahead);
  await here.cache.invalidateTag('unrelated');
  const held = heldTier(slow.redis);
  const looking = slow.withLower([held.tier]).lookup(OTHER);
  await held.reached;
  held.open();
  await turn(); // it has judged the entry, and waits for the question in flight
  logProxy.heal();
  await inFlight;

  expect(await outcomeOf(looking)).toBe('hit');
  expect(slow.log.replica.position).toEqual(here.log.replica.position);
  expect(slow.log.replica.judge(old.header)).toBe('fenced');
  await logProxy.close();
});

// Race 8. Guard: as above; here the view is not confirmed by an answer that it cannot take in.
test('an answer that was asked for from elsewhere in the log confirms nothing', async () => {
  const namespace = newNamespace();
  await using here = await openReplica({ namespace });
  await using behind = await openReplica({
    ...{ namespace, notifierUrl: 'redis://127.0.0.1:1', pollMs: HOUR_MS, leaseMs: HOUR_MS },
  });
  const old = behind.entry();
  await here.cache.invalidateKey(KEY);

  await behind.log.suspect(positionOf(here));

  expect(behind.log.replica.judge(old.header)).toBe('fenced');
});

// Race 7. Guard: R2. Everything that was computed under the lost log is void, on disk as well.
test('after FLUSHALL of the log nothing from before is served, whoever asks first', async () => {
  const namespace = newNamespace();
  await using one = await openReplica({ namespace });
  await using two = await openReplica({ namespace });
  const old = one.entry();
  for (const { memory, disk } of [one, two]) {
    await memory.put(old);
    await disk.put(old);
  }

  const redis = new Redis(inject('redisUrl'));
  await redis.del(['meta', 'log', 'floor'].map((name) => `${logPrefixOf(namespace)}${name}`));
  redis.disconnect();
  const epochs = () => [one, two].map(({ log }) => log.replica.position?.epoch);
  await expect.poll(epochs, PATIENTLY).not.toContain(old.header.token.epoch);

  for (const { cache } of [one, two]) expect(await outcomeOf(cache.lookup(KEY))).toBe('miss');
  expect(one.log.replica.position).toEqual(two.log.replica.position);
});

function positionOf({ log }: { readonly log: { readonly replica: LogReplica } }) {
  const { position } = log.replica;
  if (!position) throw new Error('the log has not been seen');
  return position;
}
