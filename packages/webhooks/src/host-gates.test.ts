import { describe, expect, test } from 'vitest';
import { HostGates, type HostGatesOptions, type Permit } from './host-gates.ts';
import type { SendOutcome } from './outcome.ts';

const A = 'https://a.example/hook';
const DELIVERED: SendOutcome = { kind: 'delivered', statusCode: 200 };
const TIMED_OUT: SendOutcome = { kind: 'failed', reason: 'timeout' };

function setUp(options: HostGatesOptions = {}) {
  const clock = { now: 1000 };
  const gates = new HostGates({ now: () => clock.now, random: () => 0, ...options });
  return {
    clock,
    gates,
    attempt(url: string, outcome: SendOutcome | undefined, tookMs = 0) {
      const entry = opened(gates.enter(url));
      clock.now += tookMs;
      entry.leave(outcome);
    },
  };
}

function opened(entry: Permit) {
  if (!entry.isOpen) throw new Error(`refused: ${entry.because}`);
  return entry;
}

describe('places', () => {
  test('a host that has never answered has one, then maxPerHost', () => {
    const { gates, attempt } = setUp({ maxPerHost: 3 });
    const first = opened(gates.enter(A));
    expect(gates.enter(A)).toMatchObject({ isOpen: false, because: 'busy' });
    first.leave(DELIVERED);
    attempt(A, DELIVERED);

    const entries = Array.from({ length: 4 }, () => gates.enter(A));

    expect(entries.map(({ isOpen }) => isOpen)).toEqual([true, true, true, false]);
  });

  test('a place that is left is there for the next', () => {
    const { gates } = setUp();
    opened(gates.enter(A)).leave(DELIVERED);

    expect(gates.enter(A).isOpen).toBe(true);
  });

  test('leaving twice frees one place', () => {
    const { gates, attempt } = setUp({ maxPerHost: 1 });
    attempt(A, DELIVERED);
    const first = opened(gates.enter(A));
    first.leave(DELIVERED);
    opened(gates.enter(A));

    first.leave(DELIVERED);

    expect(gates.enter(A).isOpen).toBe(false);
  });

  test('hosts do not share them; ports are different hosts, paths are not', () => {
    const { gates } = setUp();
    opened(gates.enter(A));

    expect(gates.enter('https://b.example/hook').isOpen).toBe(true);
    expect(gates.enter('https://a.example:8443/hook').isOpen).toBe(true);
    expect(gates.enter('https://a.example/other?x=1').isOpen).toBe(false);
  });

  test('those who find none are told different times to come again', () => {
    const { gates } = setUp();
    opened(gates.enter(A));

    const waits = Array.from({ length: 100 }, () => waitOf(gates.enter(A)));

    expect(new Set(waits.slice(20)).size).toBe(80);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });
});

describe('hosts that have not answered yet', () => {
  test('have at most maxUnproven places together', () => {
    const { gates, attempt } = setUp({ maxUnproven: 2 });
    attempt(A, DELIVERED);

    const entries = ['b', 'c', 'd'].map((name) => gates.enter(`https://${name}.example`));

    expect(entries.map(({ isOpen }) => isOpen)).toEqual([true, true, false]);
    expect(entries[2]).toMatchObject({ because: 'busy' });
    expect(gates.enter(A).isOpen).toBe(true);
  });

  test('give their places back, whatever came of it', () => {
    const { gates } = setUp({ maxUnproven: 1 });
    for (const outcome of [DELIVERED, TIMED_OUT, undefined]) {
      opened(gates.enter(`https://${String(outcome?.kind)}.example`)).leave(outcome);
    }

    expect(gates.enter(A).isOpen).toBe(true);
  });
});

describe('a host that does not answer', () => {
  test('is left alone after five attempts', () => {
    const { gates, attempt } = setUp();
    for (let i = 0; i < 4; i += 1) attempt(A, TIMED_OUT);
    expect(gates.enter(A).isOpen).toBe(true);

    const broken = setUp();
    for (let i = 0; i < 5; i += 1) broken.attempt(A, TIMED_OUT);

    expect(broken.gates.enter(A)).toEqual({ isOpen: false, because: 'broken', waitMs: 5000 });
  });

  test.each(['timeout', 'connection', 'tls', 'dns', 'refused_address'] as const)(
    'counts %s',
    (reason) => {
      const { gates, attempt } = setUp();
      for (let i = 0; i < 5; i += 1) attempt(A, { kind: 'failed', reason });
      expect(gates.enter(A)).toMatchObject({ because: 'broken' });
    },
  );

  test.each([
    ['500', { kind: 'failed', reason: 'status', statusCode: 500 }],
    ['302', { kind: 'failed', reason: 'redirect', statusCode: 302 }],
    ['410', { kind: 'gone', statusCode: 410 }],
    ['what was aborted', { kind: 'failed', reason: 'aborted' }],
    ['a refused URL', { kind: 'failed', reason: 'refused_url', isFinal: true }],
    ['what was not attempted', undefined],
  ] as const)('does not count %s', (_what, outcome) => {
    const { gates, attempt } = setUp();
    for (let i = 0; i < 20; i += 1) attempt(A, outcome);
    expect(gates.enter(A).isOpen).toBe(true);
  });

  test('any answer in between begins the count anew', () => {
    const { gates, attempt } = setUp();
    for (let i = 0; i < 20; i += 1) attempt(A, i % 5 === 4 ? DELIVERED : TIMED_OUT);

    expect(gates.enter(A).isOpen).toBe(true);
  });

  test('is tried by one after the pause; the others are told to wait', () => {
    const { clock, gates, attempt } = setUp();
    attempt(A, DELIVERED);
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);
    clock.now += 5000;

    const [probe, other] = [gates.enter(A), gates.enter(A)];

    expect(probe.isOpen).toBe(true);
    expect(other).toMatchObject({ isOpen: false, because: 'broken' });
  });

  test('has pauses twice as long each time, up to 5 min', () => {
    const { clock, gates, attempt } = setUp();
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const waitMs = waitOf(gates.enter(A));
      pauses.push(waitMs / 1000);
      clock.now += waitMs;
      attempt(A, TIMED_OUT, 15_000);
    }

    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('is itself again with one answer', () => {
    const { clock, gates, attempt } = setUp({ maxPerHost: 2 });
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);
    clock.now += 5000;
    attempt(A, DELIVERED);
    for (let i = 0; i < 4; i += 1) attempt(A, TIMED_OUT);

    expect([gates.enter(A), gates.enter(A)].map(({ isOpen }) => isOpen)).toEqual([true, true]);
  });

  test('begins with a short pause again when it has answered in between', () => {
    const { clock, gates, attempt } = setUp();
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);
    clock.now += 5000;
    attempt(A, DELIVERED);
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);

    expect(waitOf(gates.enter(A))).toBe(5000);
  });

  test('has one pause, not four, when attempts that were under way together fail', () => {
    const { gates, attempt } = setUp({ maxPerHost: 8 });
    attempt(A, DELIVERED);
    const entries = Array.from({ length: 8 }, () => opened(gates.enter(A)));
    for (const entry of entries) entry.leave(TIMED_OUT);

    expect(gates.enter(A)).toMatchObject({ because: 'broken', waitMs: 5000 });
  });

  test('has those who wait return spread over half as long again', () => {
    const { gates, attempt } = setUp({ random: () => 0.999 });
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);

    expect(waitOf(gates.enter(A))).toBe(7498);
  });
});

function waitOf(entry: Permit): number {
  return entry.isOpen ? 0 : entry.waitMs;
}
