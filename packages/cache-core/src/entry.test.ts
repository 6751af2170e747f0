import { createHash, randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeEntry, isNewer } from './entry.ts';
import { EntryDamagedError } from './errors.ts';
import { entryWith } from './testing/tier-stage.ts';

const entry = entryWith({ body: Buffer.from('{"forecast":[1,2,3]}') });
const { key } = entry.header;

const small = await encodeEntry(entry);
const repetitive = Buffer.alloc(20_000, '{"forecast":[1,2,3]}');
const compressed = await encodeEntry({ header: entry.header, body: repetitive });

async function reasonOf(bytes: Uint8Array, of = key, maxBodyBytes?: number): Promise<string> {
  try {
    await decodeEntry(bytes, of, maxBodyBytes);
  } catch (error) {
    if (error instanceof EntryDamagedError) return error.reason;
    throw error;
  }
  return 'none';
}

/** The entry with another header, whole and with a good checksum. */
function encodedWith(header: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = small.subarray(0, 6);
  return signed(Buffer.concat([prefix, u32(json.length), json, u32(0)]));
}

/** The compressed entry with another raw length or frame, whole and with a good checksum. */
function compressedWith(change: { rawBytes?: number; frame?: Buffer }): Buffer {
  const bodyAt = 10 + compressed.readUInt32LE(6) + 4;
  const rawBytes = change.rawBytes ?? compressed.readUInt32LE(bodyAt);
  const frame = change.frame ?? compressed.subarray(bodyAt + 4, -32);
  const before = compressed.subarray(0, bodyAt - 4);
  return signed(Buffer.concat([before, u32(4 + frame.length), u32(rawBytes), frame]));
}

const u32 = (n: number) => Buffer.from(Uint32Array.of(n).buffer);
const signed = (all: Buffer) => Buffer.concat([all, createHash('sha256').update(all).digest()]);

test('an entry survives its encoding', async () => {
  const copy = await decodeEntry(small, key);

  expect(copy.header).toEqual(entry.header);
  expect(copy.body.equals(entry.body)).toBe(true);
});

test.each([100, 20_000, 100_000])('a decoded body of %i bytes is memory of its own', async (n) => {
  const body = Buffer.alloc(n, 'abcdefgh');
  const bytes = await encodeEntry({ header: entry.header, body });
  const chunk = Buffer.concat([Buffer.alloc(100), bytes, Buffer.alloc(100)]);

  const decoded = await decodeEntry(chunk.subarray(100, -100), key);
  chunk.fill(0);

  expect(decoded.body.buffer.byteLength).toBe(n);
  expect(decoded.body.equals(body)).toBe(true);
});

test('an entry that is stored twice in a row is encoded once', async () => {
  const twice = { header: entry.header, body: Buffer.from('{"a":1}') };

  const first = await encodeEntry(twice);

  expect(await encodeEntry(twice)).toBe(first);
  expect((await encodeEntry(twice)).equals(first)).toBe(true); // made again: no more is kept
});

describe('compression', () => {
  const encodedBytes = async (body: Buffer) =>
    (await encodeEntry({ header: entry.header, body })).byteLength;

  test('is used from 4 KiB on, where it saves a tenth', async () => {
    const overhead = small.byteLength - entry.body.byteLength;

    expect(await encodedBytes(Buffer.alloc(4095))).toBe(4095 + overhead);
    expect(await encodedBytes(Buffer.alloc(4096))).toBeLessThan(1000);
    expect(await encodedBytes(randomBytes(20_000))).toBe(20_000 + overhead);
    expect(await encodedBytes(randomBytes(200_000))).toBe(200_000 + overhead);
  });

  test('happens beside the event loop from 64 KiB on', async () => {
    const body = Buffer.alloc(64 * 1024, 'abcdefgh');
    const encoded = encodeEntry({ header: entry.header, body });
    expect(encoded).toBeInstanceOf(Promise);

    const decoded = decodeEntry(await encoded, key);

    expect(decoded).toBeInstanceOf(Promise);
    expect((await decoded).body.equals(body)).toBe(true);
  });

  test('gives back the bytes that were put, whatever they are', async () => {
    const part = fc.uint8Array({ minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(part, fc.integer({ min: 4000, max: 90_000 }), async (bytes, length) => {
        const body = Buffer.alloc(length, bytes);
        const copy = await decodeEntry(await encodeEntry({ header: entry.header, body }), key);
        expect(copy.body.equals(body)).toBe(true);
      }),
    );
  });

  test.each([
    ['at once', 20_000],
    ['beside the event loop', 200_000],
  ])('restores no more than the entry says it holds, %s', async (_, rawBytes) => {
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
    expect(bomb.byteLength).toBeLessThan(10_000);
    const before = process.memoryUsage().arrayBuffers;

    expect(await reasonOf(compressedWith({ rawBytes, frame: bomb }))).toBe('checksum');

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test('restores no more than the bound, whatever the entry says', async () => {
    expect(await reasonOf(compressed, key, 20_000)).toBe('none');
    expect(await reasonOf(compressed, key, 19_999)).toBe('length');
    expect(await reasonOf(compressedWith({ rawBytes: 0xffff_ffff }))).toBe('length');
  });

  test.each([
    [23, 'none'],
    [24, 'checksum'],
  ])('a frame with a window of 2 ** %i bytes: %s', async (windowLog, reason) => {
    const magic = u32(0xfd2fb528);
    const window = Buffer.of(0, (windowLog - 10) << 3);
    const block = u32((20_000 << 3) | 0b011).subarray(0, 3); // the last, one byte repeated
    const frame = Buffer.concat([magic, window, block, Buffer.from('x')]);

    expect(await reasonOf(compressedWith({ frame }))).toBe(reason);
  });

  test('notices a body that is not the one that was put, under a good checksum', async () => {
    const another = zstdCompressSync(Buffer.alloc(20_000, 'x'));
    const bodyAt = 10 + compressed.readUInt32LE(6) + 4;
    const own = Buffer.from(compressed.subarray(bodyAt + 4, -32));
    own[own.length - 1] = (own.at(-1) ?? 0) ^ 1; // of the frame's own checksum

    expect(await reasonOf(compressedWith({ frame: own }))).toBe('checksum');
    expect(await reasonOf(compressedWith({ rawBytes: 20_001 }))).toBe('length');
    expect(await reasonOf(compressedWith({ frame: another.subarray(0, -3) }))).not.toBe('none');
    expect(await reasonOf(compressedWith({ frame: Buffer.alloc(0) }))).not.toBe('none');
  });
});

describe.each([
  ['plain', small],
  ['compressed', compressed],
])('a damaged entry is refused, %s', (_, bytes) => {
  test('with any byte changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          expect(await reasonOf(damaged)).not.toBe('none');
        },
      ),
    );
  });

  test('cut off anywhere, or with more behind it', async () => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(await reasonOf(bytes.subarray(0, length))).not.toBe('none');
    expect(await reasonOf(Buffer.concat([bytes, Buffer.alloc(1)]))).not.toBe('none');
  });

  test('of another key', async () => {
    expect(await reasonOf(bytes, 'f'.repeat(64))).toBe('key');
  });
});

test('a whole entry of an unknown format is told from one whose format is damaged', async () => {
  const bytes = Buffer.from(small);
  bytes.writeUInt16LE(3, 4);

  expect(await reasonOf(bytes)).toBe('checksum');
  expect(await reasonOf(signed(bytes.subarray(0, -32)))).toBe('format');
});

describe('a damaged entry is refused', () => {
  test('made of anything at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await reasonOf(bytes)).not.toBe('none');
      }),
    );
  });

  test.each([
    ['no object', 7],
    ['null', null],
    ['a member of another type', { ...entry.header, model: 5 }],
    ['a member missing', { ...entry.header, createdAt: undefined }],
    ['a time that is no integer', { ...entry.header, staleUntil: 1.5 }],
    ['a negative number', { ...entry.header, runSeq: -1 }],
    ['a negative duration', { ...entry.header, computeMs: -1 }],
    ['no tenant', { ...entry.header, tenant: undefined }],
    ['no log', { ...entry.header, log: undefined }],
    ['no digest', { ...entry.header, digest: undefined }],
    ['tags that are no list', { ...entry.header, tags: 'model:x' }],
    ['a tag that is no text', { ...entry.header, tags: [1] }],
    ['no token', { ...entry.header, token: null }],
    ['a token without an id', { ...entry.header, token: { epoch: 1, seq: 1 } }],
  ])('whose header has %s', async (_, header) => {
    expect(await reasonOf(encodedWith(header))).toBe('header');
  });

  test('whose header is no JSON, with the cause kept', () => {
    const all = encodedWith(entry.header).subarray(0, -32);
    all.write('x', 10);
    const bytes = signed(all);

    expect(() => decodeEntry(bytes, key)).toThrowError(
      expect.objectContaining({ code: 'ENTRY_DAMAGED', cause: expect.any(SyntaxError) }),
    );
  });
});

test('members that a header should not have are dropped', async () => {
  const bytes = encodedWith({ ...entry.header, extra: 1 });

  expect((await decodeEntry(bytes, key)).header).toEqual(entry.header);
});

test('entries are ordered by epoch, then seq, then no', () => {
  const order = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
  const headerOf = ([epoch, seq, runSeq]: [number, number, number]) =>
    entryWith({ token: { epoch, seq }, runSeq }).header;

  fc.assert(
    fc.property(order, order, (a, b) => {
      expect(isNewer(headerOf(a), headerOf(b))).toBe(Number(a.join('')) > Number(b.join('')));
    }),
  );
});
