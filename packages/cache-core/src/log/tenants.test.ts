/** Judging for tenants: examples, and a property against a reference without any cleverness. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from './records.ts';
import { LogReplica, type LogReply } from './replica.ts';
import { recordedScope, scopesOf, tenantScopeOf } from './scopes.ts';

const KEY = 'a'.repeat(64);
const HEAD = { log: 'log', epoch: 1 };
const BASE: LogRecord = { seq: 1, id: 'base', scope: '-' };

function replicaOf(records: readonly LogRecord[], more: Partial<LogReply> = {}): LogReplica {
  const replica = new LogReplica();
  const seq = records.at(-1)?.seq ?? 0;
  replica.apply({ ...HEAD, seq, first: 1, reset: true, more: false, records, ...more });
  return replica;
}

const entryAt = (seq: number, id: string, more: { derivedFrom?: string[] } = {}) => ({
  ...{ key: KEY, tags: ['model:m'], log: 'log', token: { epoch: 1, seq, id } },
  ...more,
});

test("a tenant's invalidation hides an entry from that tenant and from nobody else (R34)", () => {
  for (const scope of ['T:a', `T:a:k:${KEY}`, 'T:a:t:model:m']) {
    const replica = replicaOf([BASE, { seq: 2, id: 'base', scope }]);
    const entry = entryAt(1, 'base');

    expect([scope, replica.judge(entry, 'a')]).toEqual([scope, 'hidden']);
    expect([scope, replica.judge(entry, 'b')]).toEqual([scope, 'servable']);
    expect([scope, replica.judge(entry)]).toEqual([scope, 'servable']);
    expect([scope, replica.judge(entryAt(2, 'base'), 'a')]).toEqual([scope, 'servable']);
  }
});

test('what is invalidated for everybody is so for tenants', () => {
  const replica = replicaOf([BASE, { seq: 2, id: 'x', scope: `k:${KEY}` }]);

  expect(replica.judge(entryAt(1, 'base'), 'a')).toBe('fenced');
});

test("a tenant's invalidation of a source hides what was made of it", () => {
  const source = 'b'.repeat(64);
  const replica = replicaOf([BASE, { seq: 2, id: 'base', scope: `T:a:k:${source}` }]);

  expect(replica.judge(entryAt(1, 'base', { derivedFrom: [source] }), 'a')).toBe('hidden');
});

test('a dropped record is judged by the id that it had (R35)', () => {
  const replica = replicaOf([BASE, { seq: 4, id: 'base', scope: 'T:a' }]); // 2 and 3 were dropped

  expect(replica.judge(entryAt(3, 'base'), 'b')).toBe('servable');
  expect(replica.judge(entryAt(3, 'of a lost log'), 'b')).toBe('fenced');
  expect(replica.judge(entryAt(3, 'base'), 'a')).toBe('hidden');
});

test('a replica follows over records that were dropped meanwhile, and leaves no other gap', () => {
  const replica = replicaOf([BASE]);
  const later = { ...HEAD, seq: 9, first: 1, reset: false, more: false };
  const records = [{ seq: 9, id: 'base', scope: 'T:a' }];

  expect(replica.apply({ ...later, after: 5, records })).toBe(false);
  expect(replica.position?.seq).toBe(1);
  expect(replica.apply({ ...later, after: 1, records })).toBe(true);
  expect(replica.position?.seq).toBe(9);
});

test('a scope is read as it was recorded', () => {
  for (const scope of ['*', `k:${KEY}`, 't:model_id:a:b', 't:T:x'])
    expect(tenantScopeOf(recordedScope(scope, 'acme'))).toEqual({ tenant: 'acme', scope });
  for (const scope of ['*', '-', `k:${KEY}`, 't:T:x']) expect(tenantScopeOf(scope)).toBeUndefined();
});

/**
 * The log as the scripts keep it, and all that ever happened. A tenant with `share` records gets one of
 * all that is its own; the log keeps a tenant's newest record of each scope.
 */
class Reference {
  readonly all: { seq: number; tenant: string | undefined; scope: string }[] = [];
  log: LogRecord[] = [BASE];
  seq = 1;
  readonly share: number;

  constructor(share: number) {
    this.share = share;
  }

  invalidate(scope: string, tenant: string | undefined): void {
    this.all.push({ seq: ++this.seq, tenant, scope });
    const id = tenant === undefined ? `id${this.seq}` : (this.log.at(-1)?.id ?? '');
    let kept = scope;
    if (tenant !== undefined) {
      const own = this.log.filter((record) => tenantScopeOf(record.scope)?.tenant === tenant);
      const isNew = own.every((record) => tenantScopeOf(record.scope)?.scope !== scope);
      if (isNew && own.length >= this.share) kept = '*';
      const covers = (record: LogRecord) =>
        own.includes(record) && (kept === '*' || tenantScopeOf(record.scope)?.scope === scope);
      this.log = this.log.filter((record) => !covers(record));
    }
    this.log.push({ seq: this.seq, id, scope: recordedScope(kept, tenant) });
  }

  /** Whether an invalidation that concerns the tenant came after the computation began. */
  isStale(seq: number, tenant: string | undefined): boolean {
    const scopes = scopesOf(KEY, ['model:m']);
    return this.all.some(
      (one) =>
        one.seq > seq &&
        scopes.includes(one.scope) &&
        (one.tenant === undefined || one.tenant === tenant),
    );
  }
}

const tenants = fc.constantFrom('a', 'b', undefined);
const steps = fc.array(
  fc.record({
    tenant: tenants,
    scope: fc.constantFrom('*', `k:${KEY}`, 't:model:m', 't:other', 't:x', 't:y', 't:z'),
    follows: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('whatever tenants invalidate and the log drops, nothing stale comes back, and nobody loses what another forgets (R36)', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, share) => {
      const reference = new Reference(share);
      const following = replicaOf(reference.log);
      const entries = [entryAt(1, 'base')];
      for (const { tenant, scope, follows } of all) {
        reference.invalidate(scope, tenant);
        entries.push(entryAt(reference.seq, reference.log.at(-1)?.id ?? ''));
        if (!follows) continue;
        const after = following.position?.seq ?? 0;
        const records = reference.log.filter(({ seq }) => seq > after);
        const head = { ...HEAD, seq: reference.seq, first: 1, reset: false, more: false };
        expect(following.apply({ ...head, after, records })).toBe(true);
      }
      const fresh = replicaOf(reference.log);
      const kept = new LogReplica();
      kept.restore(fresh.snapshot());
      const isWidened = (tenant: string | undefined) =>
        reference.log.some(({ scope }) => scope === `T:${tenant}`);
      for (const replica of [fresh, kept])
        for (const entry of entries)
          for (const tenant of ['a', 'b', 'c', undefined]) {
            const verdict = replica.judge(entry, tenant);
            if (reference.isStale(entry.token.seq, tenant)) expect(verdict).not.toBe('servable');
            else if (!isWidened(tenant)) expect(verdict).toBe('servable');
            else expect(['servable', 'hidden']).toContain(verdict);
          }
    }),
    { numRuns: 500 },
  );
});
