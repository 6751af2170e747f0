import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { CanonicalFormError } from './errors.ts';

const bytesOf = (value: unknown): string => Buffer.from(canonicalBytes(value)).toString('hex');

/** Any JSON, with text of all of Unicode. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.integer(), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5 }),
  ),
})).value;

/** The same JSON as somebody else might have written it. */
function respelt(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFD');
  if (value === 0) return -0;
  if (Array.isArray(value)) return value.map(respelt);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, v]) => [name.normalize('NFD'), respelt(v)]);
  return Object.assign(Object.create(null), Object.fromEntries(members.reverse()), {
    absent: undefined,
  });
}

/** JSON as one text per value: members sorted, text in NFC, -0 as 0. */
function plainText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC'));
  if (Array.isArray(value)) return `[${value.map(plainText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([k, v]) => `${plainText(k)}:${plainText(v)}`);
  return `{${members.sort().join()}}`;
}

const isLeaf = (v: unknown) => typeof v !== 'object' || v === null || Object.keys(v).length === 0;

function leavesOf(v: unknown): number {
  if (isLeaf(v)) return 1;
  return Object.values(v as object).reduce<number>((sum, member) => sum + leavesOf(member), 0);
}

/** A copy in which the leaf after `left` others is another. */
function withAnotherLeaf(v: unknown, counter: { left: number }): unknown {
  if (isLeaf(v)) {
    counter.left -= 1;
    if (counter.left !== -1) return v;
    if (typeof v === 'number') return v === 0 ? 1 : -v;
    return typeof v === 'string' ? `${v}.` : 'another';
  }
  if (Array.isArray(v)) return v.map((member) => withAnotherLeaf(member, counter));
  const members = Object.entries(v as object);
  return Object.fromEntries(members.map(([name, m]) => [name, withAnotherLeaf(m, counter)]));
}

function hasTwins(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value).map((name) => name.normalize('NFC'));
  return new Set(names).size < names.length || Object.values(value).some(hasTwins);
}

const value = json.filter((v) => !hasTwins(v));

describe('equal values have equal bytes', () => {
  test('in any order of members, any spelling of text, and with -0', () => {
    fc.assert(
      fc.property(value, (v) => {
        expect(bytesOf(respelt(v))).toBe(bytesOf(v));
      }),
      { numRuns: 500 },
    );
  });

  test('after a trip through JSON', () => {
    fc.assert(
      fc.property(value, (v) => {
        expect(bytesOf(JSON.parse(JSON.stringify(v)))).toBe(bytesOf(v));
      }),
    );
  });

  test('as a Float64Array', () => {
    expect(bytesOf(Float64Array.of(1, -0, 2.5))).toBe(bytesOf([1, 0, 2.5]));
    expect(bytesOf(new Float64Array())).toBe(bytesOf([]));
  });

  test('with members that are undefined, and with none', () => {
    expect(bytesOf({ a: 1, b: undefined })).toBe(bytesOf({ a: 1 }));
  });

  test('in the order of UTF-16 code units, not of code points', () => {
    const reversed = Object.fromEntries(
      [...Object.entries({ '\u{1f600}': 1, '\ufb33': 2 })].reverse(),
    );

    expect(bytesOf(reversed)).toBe(bytesOf({ '\u{1f600}': 1, '\ufb33': 2 }));
  });
});

describe('values that differ have bytes that differ', () => {
  test('whatever they are', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(bytesOf(a) === bytesOf(b)).toBe(plainText(a) === plainText(b));
      }),
      { numRuns: 2000 },
    );
  });

  test('in any one leaf', () => {
    fc.assert(
      fc.property(value, fc.nat(), (v, at) => {
        const other = withAnotherLeaf(v, { left: at % (leavesOf(v) || 1) });

        expect(bytesOf(other)).not.toBe(bytesOf(v));
      }),
      { numRuns: 500 },
    );
  });

  test('in one leaf of a series', () => {
    const series = { ds: Array.from({ length: 1000 }, (_, i) => i), y: Array(1000).fill(1) };
    const forms = new Set([bytesOf(series)]);
    for (let i = 0; i < 1000; i += 1)
      forms.add(bytesOf({ ...series, y: series.y.with(i, 1 + Number.EPSILON) }));

    expect(forms.size).toBe(1001);
  });

  test.each<[unknown, unknown]>([
    [{ a: 'x', b: 'y"' }, { a: 'x,b:y"' }],
    [{ a: 1 }, ['a', 1]],
    [['ab'], ['a', 'b']],
    [
      [1, [2]],
      [[1], 2],
    ],
    [[[], []], [[[]]]],
    [[], {}],
    [[null], []],
    ['1', 1],
    ['true', true],
    ['', null],
    [0, false],
    [{ a: null }, {}],
    [[1], 1],
    [[[1]], [1]],
    [
      [1, 2],
      [1, '2'],
    ],
    [
      [0, 1],
      [1, 0],
    ],
  ])('%j and %j', (a, b) => {
    expect(bytesOf(a)).not.toBe(bytesOf(b));
  });
});

function argumentsOf(..._: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: an object that looks plain and is not
  return arguments;
}
class Point {
  x = 1;
}
const cycle: Record<string, unknown> = {};
cycle.self = cycle;
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe('what is not plain JSON is refused, with the place', () => {
  test.each<[string, unknown, string]>([
    ['NaN', { a: [1, Number.NaN] }, '/a/1'],
    ['NaN after text', { a: ['', Number.NaN] }, '/a/1'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, '/a'],
    ['NaN in a Float64Array', { y: Float64Array.of(1, Number.NaN) }, '/y/1'],
    ['undefined', undefined, ''],
    ['undefined in an array', { a: [1, undefined] }, '/a/1'],
    ['a hole', { a: Object.assign([1], { 2: 3 }) }, '/a/1'],
    ['a lone surrogate', { a: 'x\ud800' }, '/a'],
    ['a lone surrogate in a long text', { a: `${'x'.repeat(100)}\udc00` }, '/a'],
    ['a lone surrogate in a name', { 'a\ud800': 1 }, '/a\ud800'],
    ['a bigint', [1n], '/0'],
    ['a symbol', [Symbol('s')], '/0'],
    ['a function', { f: () => 1 }, '/f'],
    ['a Map', { m: new Map() }, '/m'],
    ['a Set', new Set(), ''],
    ['a Date', { at: new Date(0) }, '/at'],
    ['a Buffer', { b: Buffer.from('a') }, '/b'],
    ['another typed array', { b: new Float32Array(1) }, '/b'],
    ['an instance of a class', new Point(), ''],
    ['a subclass of Array', new (class extends Array {})(), ''],
    ['a boxed string', Object('s'), ''],
    ['an error', new Error('e'), ''],
    ['arguments', argumentsOf(1), ''],
    ['a symbol as name', { a: { [Symbol('s')]: 1 } }, '/a'],
    [
      'a getter',
      {
        get a() {
          return 1;
        },
      },
      '/a',
    ],
    ['a setter', { set a(_: number) {} }, '/a'],
    ['a cycle', cycle, '/self'.repeat(64)],
    ['a depth of 65', nested(65), '/a'.repeat(64)],
    ['two spellings of a name', { '\u00e9': 1, 'e\u0301': 2 }, '/e\u0301'],
    ['a name with / and ~', { 'a/b~c': [Number.NaN] }, '/a~1b~0c/0'],
  ])('%s', (_, refused, path) => {
    expect(() => canonicalBytes(refused)).toThrowError(
      expect.objectContaining({ code: 'NO_CANONICAL_FORM', path }),
    );
  });

  test('and the next value is written as ever', () => {
    const before = bytesOf({ a: 'text' });

    expect(() => canonicalBytes({ a: ['text', 1n] })).toThrow(CanonicalFormError);

    expect(bytesOf({ a: 'text' })).toBe(before);
  });
});

test('the bytes are as documented', () => {
  expect(bytesOf([null, false, true, 1, 'ä'])).toBe(
    ['05', '05000000', '00', '01', '02', '03', '000000000000f03f', '04', '02000000', 'c3a4'].join(
      '',
    ),
  );
  expect(bytesOf([1, -2])).toBe(
    ['07', '02000000', '000000000000f03f', '00000000000000c0'].join(''),
  );
  expect(bytesOf({ b: [], a: {} })).toBe(
    ['06', '02000000', '01000000', '61', '06', '00000000', '01000000', '62', '07', '00000000'].join(
      '',
    ),
  );
});

test('a depth of 64 is allowed', () => {
  expect(canonicalBytes(nested(64)).byteLength).toBeGreaterThan(64);
});

test('a member may be called __proto__', () => {
  const parsed: unknown = JSON.parse('{"__proto__":{"a":1}}');

  expect(bytesOf(parsed)).not.toBe(bytesOf({}));
  expect(bytesOf(parsed)).toBe(bytesOf(JSON.parse('{"__proto__":{"a":1}}')));
});

test('a value that has its own encoding computed meanwhile is not disturbed', () => {
  const meddler = new Proxy({ a: 1, b: 'x' } as Record<string, unknown>, {
    ownKeys: (target) => {
      canonicalBytes(['something', 'else', 1, 2, 3]);
      return Reflect.ownKeys(target);
    },
  });

  expect(bytesOf(['head', meddler])).toBe(bytesOf(['head', { a: 1, b: 'x' }]));
});

test('text of any length is written whole', () => {
  for (const length of [0, 1, 47, 48, 49, 70_000]) {
    const bytes = Buffer.from(canonicalBytes('é'.repeat(length)));

    expect(bytes.readUInt32LE(1)).toBe(length * 2);
    expect(bytes.subarray(5).toString()).toBe('é'.repeat(length));
  }
});
