import { expect, test } from 'vitest';
import { SharedBound } from './shared-bound.ts';

/** What each holds once none of them gets more, each having asked in turn. */
function flood(bound: SharedBound, tenants: readonly (string | undefined)[]): number[] {
  const held = tenants.map(() => 0);
  for (let wants = true; wants; ) {
    wants = false;
    for (const [at, tenant] of tenants.entries()) {
      if (bound.fullFor(tenant)) continue;
      bound.hold(tenant);
      held[at] = (held[at] ?? 0) + 1;
      wants = true;
    }
  }
  return held;
}

test('one that wants all gets half, two a third each, and there is room for another one', () => {
  for (const [tenants, share] of [
    [['a'], 50],
    [['a', 'b'], 33],
    [['a', 'b', 'c'], 25],
  ] as const) {
    const bound = new SharedBound(100);

    for (const held of flood(bound, tenants)) expect(Math.abs(held - share)).toBeLessThanOrEqual(1);

    expect(bound.fullFor(tenants[0])).toBe('tenant');
    expect(bound.fullFor('another')).toBeUndefined();
  }
});

test('nobody gets all, and a bound of none is none', () => {
  const bound = new SharedBound(3);
  expect(flood(bound, [undefined])).toEqual([3]);
  expect(bound.fullFor('a')).toBe('all');
  expect(flood(new SharedBound(0), ['a'])).toEqual([0]);
  expect(flood(new SharedBound(1), ['a'])).toEqual([1]);
});

test('what is let go is given back once', () => {
  const bound = new SharedBound(2);
  const one = bound.hold('a');
  expect(bound.fullFor('a')).toBe('tenant');

  one[Symbol.dispose]();
  one[Symbol.dispose]();

  expect([bound.size, bound.held.size]).toEqual([0, 0]);
});

test('who has nothing gets what there is room for, and what is the least in any case', () => {
  const bound = new SharedBound(8, 4);
  bound.hold('a', 3);

  expect([bound.fullFor('b', 5), bound.fullFor('b', 6)]).toEqual([undefined, 'all']);
  bound.hold('b', 3);
  expect([bound.fullFor('a', 1), bound.fullFor('a', 2)]).toEqual([undefined, 'tenant']);
});
