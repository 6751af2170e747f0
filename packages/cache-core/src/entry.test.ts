import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeEntry, isNewer } from './entry.ts';
import { EntryDamagedError } from './errors.ts';
import { entryWith } from './tiers/describe-tier.ts';

const entry = entryWith({ body: Buffer.from('{"forecast":[1,2,3]}') });
const { key } = entry.header;

function reasonOf(bytes: Uint8Array, of = key): string {
  try {
    decodeEntry(bytes, of);
  } catch (error) {
    if (error instanceof EntryDamagedError) return error.reason;
    throw error;
  }
  return 'none';
}

/** The entry with another header, whole and with a good checksum. */
function encodedWith(header: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = encodeEntry(entry).subarray(0, 6);
  const u32 = (n: number) => Buffer.from(Uint32Array.of(n).buffer);
  const all = Buffer.concat([prefix, u32(json.length), json, u32(0)]);
  return Buffer.concat([all, createHash('sha256').update(all).digest()]);
}

test('an entry survives its encoding', () => {
  const copy = decodeEntry(encodeEntry(entry), key);

  expect(copy.header).toEqual(entry.header);
  expect(copy.body.equals(entry.body)).toBe(true);
});

test('the decoded body is memory of its own', () => {
  const chunk = Buffer.concat([Buffer.alloc(100), encodeEntry(entry), Buffer.alloc(100)]);

  const { body } = decodeEntry(chunk.subarray(100, -100), key);
  chunk.fill(0);

  expect(body.buffer.byteLength).toBe(body.byteLength);
  expect(body.equals(entry.body)).toBe(true);
});

describe('a damaged entry is refused', () => {
  test('with any byte changed', () => {
    const bytes = encodeEntry(entry);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(reasonOf(damaged)).not.toBe('none');
      }),
    );
  });

  test('cut off anywhere, or with more behind it', () => {
    const bytes = encodeEntry(entry);
    for (let length = 0; length < bytes.length; length += 1)
      expect(reasonOf(bytes.subarray(0, length))).not.toBe('none');
    expect(reasonOf(Buffer.concat([bytes, Buffer.alloc(1)]))).not.toBe('none');
  });

  test('made of anything at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(reasonOf(bytes)).not.toBe('none');
      }),
    );
  });

  test('of another format', () => {
    const bytes = encodeEntry(entry);
    bytes.writeUInt16LE(2, 4);

    expect(reasonOf(bytes)).toBe('format');
  });

  test('of another key', () => {
    expect(reasonOf(encodeEntry(entry), 'f'.repeat(64))).toBe('key');
  });

  test.each([
    ['no object', 7],
    ['null', null],
    ['a member of another type', { ...entry.header, model: 5 }],
    ['a member missing', { ...entry.header, createdAt: undefined }],
    ['a time that is no integer', { ...entry.header, staleUntil: 1.5 }],
    ['a negative number', { ...entry.header, no: -1 }],
    ['a negative duration', { ...entry.header, computeMs: -1 }],
    ['tags that are no list', { ...entry.header, tags: 'model:x' }],
    ['a tag that is no text', { ...entry.header, tags: [1] }],
    ['no token', { ...entry.header, token: null }],
    ['a token without an id', { ...entry.header, token: { epoch: 1, seq: 1 } }],
  ])('whose header has %s', (_, header) => {
    expect(reasonOf(encodedWith(header))).toBe('header');
  });

  test('whose header is no JSON, with the cause kept', () => {
    const all = encodedWith(entry.header).subarray(0, -32);
    all.write('x', 10);
    const bytes = Buffer.concat([all, createHash('sha256').update(all).digest()]);

    expect(() => decodeEntry(bytes, key)).toThrowError(
      expect.objectContaining({ code: 'ENTRY_DAMAGED', cause: expect.any(SyntaxError) }),
    );
  });
});

test('members that a header should not have are dropped', () => {
  const bytes = encodedWith({ ...entry.header, extra: 1 });

  expect(decodeEntry(bytes, key).header).toEqual(entry.header);
});

test('entries are ordered by epoch, then seq, then no', () => {
  const order = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
  const headerOf = ([epoch, seq, no]: [number, number, number]) =>
    entryWith({ token: { epoch, seq }, no }).header;

  fc.assert(
    fc.property(order, order, (a, b) => {
      expect(isNewer(headerOf(a), headerOf(b))).toBe(Number(a.join('')) > Number(b.join('')));
    }),
  );
});
