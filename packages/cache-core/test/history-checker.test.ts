/** The checker of histories, over made-up ones; soak/sabotage.soak.ts has it find real breaks. */
import { expect, test } from 'vitest';
import { findViolations, isTooOld } from '../soak/checker.ts';
import {
  bodyOf,
  type Computation,
  digestOf,
  emptyHistory,
  type History,
  type Invalidation,
  type Read,
} from '../soak/history.ts';

const KEY = 'a'.repeat(64);
const token = { log: 'log', epoch: 1, seq: 5, id: 'id5' };
const computation: Computation = {
  ...{ number: 1, key: KEY, tags: ['t'], size: 10, token, runSeq: 1 },
  ...{ tokenFrom: 100, tokenUntil: 101 },
};
const invalidation: Invalidation = {
  ...{ replica: 0, target: { kind: 'key', key: KEY }, beganAt: 200, ackedAt: 210, seq: 6 },
  epochs: [1, 1],
};
const read: Read = {
  ...{ replica: 0, startedAt: 0, key: KEY, beganAt: 220, endedAt: 221, outcome: 'hit' },
  served: { key: KEY, token, runSeq: 1, digest: digestOf(bodyOf(KEY, 1, 10)), tier: 'memory' },
};

function rulesOf(changes: Partial<History>): string[] {
  const about = { seed: 0, serveUnverifiedMs: [5000, 5000], sharesDisk: [false, false] };
  const history = { ...emptyHistory(about), computations: [computation], ...changes };
  return findViolations(history).map(({ rule }) => rule);
}

test('a read after an acknowledgement is judged by who acknowledged, and when', () => {
  const elsewhere = { ...read, replica: 1 };
  const invalidations = [invalidation];
  const rules = (reads: Read[]) => rulesOf({ reads, invalidations });

  expect(rules([{ ...read, beganAt: 209 }])).toEqual([]);
  expect(rules([read])).toEqual(['I']);
  expect(rules([{ ...read, unverifiedMs: 5000 }])).toEqual(['I']);
  expect(rules([{ ...elsewhere, beganAt: 1200 }])).toEqual([]);
  expect(rules([{ ...elsewhere, beganAt: 1211 }])).toEqual(['II']);
  expect(rules([{ ...elsewhere, beganAt: 1211, unverifiedMs: 1005 }])).toEqual([]);
  expect(rules([{ ...elsewhere, beganAt: 1211, unverifiedMs: 900 }])).toEqual(['II']);
  expect(rules([{ ...elsewhere, last: true }])).toEqual(['VI']);
});

test('what the queue Redis has lost is excepted until the log has found out, but for who took it', () => {
  const losses = [{ since: 150, from: 300, foundOutAt: 4000 }];
  const rules = (reads: Read[]) => rulesOf({ reads, invalidations: [invalidation], losses });
  const at = (beganAt: number) => ({ ...read, replica: 1, beganAt, endedAt: beganAt + 1 });

  expect(rules([at(4900)])).toEqual([]);
  expect(rules([at(5100)])).toEqual(['II']);
  expect(rules([{ ...at(4900), replica: 0 }])).toEqual(['I']);
});

test('a replica that is cut off marks its answers truly, and stops', () => {
  const cutOffs = [{ replica: 0, from: 1000, until: 9000 }];
  const at = (beganAt: number, more: Partial<Read> = {}) =>
    rulesOf({ cutOffs, reads: [{ ...read, beganAt, endedAt: beganAt + 1, ...more }] });

  expect(at(1900)).toEqual([]);
  expect(at(1901)).toEqual(['III']);
  expect(at(1901, { unverifiedMs: 950 })).toEqual([]);
  expect(at(3000, { unverifiedMs: 950 })).toEqual(['III']);
  expect(at(6100, { unverifiedMs: 5200 })).toEqual(['III']);
  expect(at(6100, { replica: 1 })).toEqual([]);
  expect(at(8999, { endedAt: 9001 })).toEqual([]);
});

test('bytes are those of that key and of that computation', () => {
  const { served } = read;
  if (!served) throw new Error('this read was served');
  const rules = (more: Partial<typeof served>) =>
    rulesOf({ reads: [{ ...read, served: { ...served, ...more } }] });

  expect(rules({})).toEqual([]);
  expect(rules({ digest: digestOf(bodyOf(KEY, 2, 10)) })).toEqual(['IV']);
  expect(rules({ runSeq: 2 })).toEqual(['IV']);
  expect(rules({ token: { ...token, id: 'other' } })).toEqual(['IV']);
  expect(rulesOf({ reads: [{ ...read, key: 'b'.repeat(64) }] })).toEqual(['IV']);
});

test('a token that was read while an invalidation was under way is ordered by the log', () => {
  const during = { ...computation, tokenFrom: 205, tokenUntil: 206 };

  expect(isTooOld(during, invalidation)).toBe(true);
  expect(isTooOld({ ...during, token: { ...token, seq: 6 } }, invalidation)).toBe(false);
  expect(isTooOld(during, { ...invalidation, epochs: [1, 2] })).toBe(false); // in doubt
  expect(isTooOld({ ...computation, tokenFrom: 211, tokenUntil: 212 }, invalidation)).toBe(false);
});

test("an invalidation of a tenant promises that tenant's reads something, and no others", () => {
  const rules = (tenant: string | undefined) =>
    rulesOf({
      reads: [{ ...read, tenant }],
      invalidations: [{ ...invalidation, target: { kind: 'key', key: KEY, tenant: 'a' } }],
    });

  expect(rules('a')).toEqual(['I']);
  expect(rules('b')).toEqual([]);
  expect(rules(undefined)).toEqual([]);
});
