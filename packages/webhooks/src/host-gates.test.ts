import { setImmediate } from 'node:timers/promises';
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
      const permit = opened(gates.enter(url));
      clock.now += tookMs;
      permit.leave(outcome);
    },
  };
}

function opened(permit: Permit) {
  if (!permit.isOpen) throw new Error(`refused: ${permit.because}`);
  return permit;
}

describe('places', () => {
  test('a host has at most `maxPerHost` attempts under way, and one until it has answered for the first time', () => {
    const { gates, attempt } = setUp({ maxPerHost: 3 });
    const first = opened(gates.enter(A));
    expect(gates.enter(A)).toMatchObject({ isOpen: false, because: 'busy' });
    first.leave(DELIVERED);
    attempt(A, DELIVERED);

    const permits = Array.from({ length: 4 }, () => gates.enter(A));

    expect(permits.map(({ isOpen }) => isOpen)).toEqual([true, true, true, false]);
  });

  test('of these, and of those to hosts that have not answered yet, a tenant has at most as many as are free', async () => {
    const { gates, attempt } = setUp({ maxPerHost: 4, maxUnproven: 4 });
    attempt(A, DELIVERED);
    const signal = AbortSignal.abort(); // it does not wait
    const enter = async (url: string, tenant: string) =>
      (await gates.waitToEnter(url, { timeoutMs: 0, signal, tenant })).isOpen;
    const three = async (urlOf: (n: number) => string) => [
      ...[await enter(urlOf(1), 'acme'), await enter(urlOf(2), 'acme')],
      ...[await enter(urlOf(3), 'acme'), await enter(urlOf(4), 'other')],
    ];

    expect(await three(() => A)).toEqual([true, true, false, true]);
    expect(await three((n) => `https://new-${n}.example`)).toEqual([true, true, false, true]);
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
});

describe('the line', () => {
  const signal = new AbortController().signal;
  const patience = { timeoutMs: 60_000, signal };

  test('deliveries that wait for a place get it in the order in which they came', async () => {
    const { gates, attempt } = setUp({ maxPerHost: 1 });
    attempt(A, DELIVERED);
    const inside = opened(gates.enter(A));
    const went: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      const permit = opened(await gates.waitToEnter(A, patience));
      went.push(n);
      permit.leave(DELIVERED);
    });

    inside.leave(DELIVERED);
    await Promise.all(waiting);

    expect(went).toEqual([1, 2, 3]);
  });

  test('a first answer makes room for as many as may go to a host that answers', async () => {
    const { gates } = setUp({ maxPerHost: 3 });
    const first = opened(gates.enter(A));
    const waiting = [1, 2, 3].map(() => gates.waitToEnter(A, patience));

    first.leave(DELIVERED);

    expect((await Promise.all(waiting)).map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
  });

  test('a place of those that hosts without an answer share goes to the next of any such host', async () => {
    const { gates } = setUp({ maxUnproven: 1 });
    const first = opened(gates.enter(A));
    const waiting = gates.waitToEnter('https://b.example', patience);

    first.leave(TIMED_OUT);

    expect((await waiting).isOpen).toBe(true);
  });

  test('deliveries that wait for a host that turns out not to answer do not wait on', async () => {
    const { gates, attempt } = setUp();
    for (let i = 0; i < 4; i += 1) attempt(A, TIMED_OUT);
    const fifth = opened(gates.enter(A));
    const waiting = [gates.waitToEnter(A, patience), gates.waitToEnter(A, patience)];

    fifth.leave(TIMED_OUT);

    for (const permit of await Promise.all(waiting))
      expect(permit).toEqual({ isOpen: false, because: 'broken', waitMs: 5000 });
  });

  test('many wait for a host that answered last time, a few for any other, and so many in all', async () => {
    const { gates, attempt } = setUp({ maxPerHost: 1, maxWaitingPerHost: 20, maxWaiting: 25 });
    const good = 'https://good.example';
    attempt(good, DELIVERED);
    const [first, silent] = [opened(gates.enter(good)), opened(gates.enter(A))];
    const stopping = new AbortController();
    const options = { ...patience, signal: stopping.signal };
    /** Of 30 that come, how many wait. */
    const fill = async (url: string) => {
      let told = 0;
      for (let i = 0; i < 30; i += 1)
        void gates.waitToEnter(url, options).then(() => {
          told += 1;
        });
      await setImmediate();
      return 30 - told;
    };

    expect(await fill(A)).toBe(8);
    expect(await fill(good)).toBe(17);
    stopping.abort();
    silent.leave(TIMED_OUT);
    first.leave(TIMED_OUT);
    attempt(good, TIMED_OUT);
    opened(gates.enter(good));
    const next = new AbortController();
    options.signal = next.signal;
    expect(await fill(good)).toBe(8);
    next.abort();
  });

  test('nobody waits longer than he may, nor when the worker stops, nor is given a place then', async () => {
    const { gates } = setUp();
    const inside = opened(gates.enter(A));
    const stopping = new AbortController();

    const brief = gates.waitToEnter(A, { ...patience, timeoutMs: 1 });
    const stopped = gates.waitToEnter(A, { ...patience, signal: stopping.signal });
    stopping.abort();
    await brief;
    inside.leave(DELIVERED);

    for (const permit of await Promise.all([brief, stopped]))
      expect(permit).toEqual({ isOpen: false, because: 'busy' });
    expect(gates.enter(A).isOpen).toBe(true);
    const late = await gates.waitToEnter(A, { ...patience, signal: stopping.signal });
    expect(late.isOpen).toBe(true);
  });
});

describe('hosts that have not answered yet', () => {
  test('have at most `maxUnproven` attempts under way together', () => {
    const { gates, attempt } = setUp({ maxUnproven: 2 });
    attempt(A, DELIVERED);

    const permits = ['b', 'c', 'd'].map((name) => gates.enter(`https://${name}.example`));

    expect(permits.map(({ isOpen }) => isOpen)).toEqual([true, true, false]);
    expect(permits[2]).toMatchObject({ because: 'busy' });
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
    ['410', { kind: 'endpointGone', statusCode: 410 }],
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
    const permits = Array.from({ length: 8 }, () => opened(gates.enter(A)));
    for (const permit of permits) permit.leave(TIMED_OUT);

    expect(gates.enter(A)).toMatchObject({ because: 'broken', waitMs: 5000 });
  });

  test('has those who wait return spread over half as long again', () => {
    const { gates, attempt } = setUp({ random: () => 0.999 });
    for (let i = 0; i < 5; i += 1) attempt(A, TIMED_OUT);

    expect(waitOf(gates.enter(A))).toBe(7498);
  });
});

test('it tells of its receivers whether they answer, the last ones first, at most 50', () => {
  const { gates, attempt } = setUp();
  attempt(A, DELIVERED);
  attempt(A, { kind: 'failed', reason: 'status', statusCode: 503 });
  attempt('https://silent.example/', TIMED_OUT);
  for (let i = 0; i < 5; i += 1) attempt('https://rests.example:8443/', TIMED_OUT);
  attempt('https://gone.example/', { kind: 'failed', reason: 'aborted' });
  gates.enter('https://new.example/');

  expect(gates.receivers()).toEqual([
    {
      ...{ host: 'rests.example:8443', state: 'rests', restsMs: 5000, attempts: 5, delivered: 0 },
    },
    { host: 'silent.example', state: 'silent', restsMs: 0, attempts: 1, delivered: 0 },
    {
      ...{ host: 'a.example', state: 'answers', restsMs: 0, attempts: 2, delivered: 1 },
      ...{ lastStatus: 503, p95Ms: expect.any(Number) },
    },
  ]);
  for (let i = 0; i < 60; i += 1) attempt(`https://h${i}.example/`, DELIVERED);
  expect(gates.receivers()).toHaveLength(50);
  expect(gates.receivers()[0]?.host).toBe('h59.example');
});

function waitOf(permit: Permit): number {
  return 'waitMs' in permit ? permit.waitMs : 0;
}
