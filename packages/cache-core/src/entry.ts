/**
 * A stored result, and its form as bytes in Redis and on disk.
 *
 *   'DEJA' | u16 format | u32 bytes of header | header, JSON | u32 bytes of body | body | SHA-256
 *
 * Little-endian. The SHA-256 covers everything before it. In format 1 the body is stored as it is;
 * in format 2 it is the u32 raw length and a zstd frame, which has its own checksum. An entry is
 * used only if it is complete, belongs to the requested key, and has fields of the right types.
 * Every format begins and ends like this, so an unknown format of a later version can be told from
 * damage. Both are a miss.
 */
import { hash } from 'node:crypto';
import { compress, decompress } from './compression.ts';
import { EntryDamagedError } from './errors.ts';
import { type EntryHeader, parseHeader } from './header.ts';

export type { EntryHeader, Token } from './header.ts';

/** Immutable: nobody who gets an entry, tiers included, changes its header or its body. */
export interface Entry {
  readonly header: EntryHeader;
  readonly body: Buffer;
}

const MAGIC = 0x414a4544; // 'DEJA', read as a little-endian u32
const PLAIN = 1;
const ZSTD = 2;
const PREFIX_BYTES = 10;
const DIGEST_BYTES = 32;
const LEAST_BYTES = PREFIX_BYTES + 4 + DIGEST_BYTES;
/** Default of the tiers' `maxBodyBytes`. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A worker stores each entry in Redis and on disk, soon after another: the bytes are made once. */
const recent = new Map<Entry, Buffer>();
const MAX_RECENT = 64;

/** Returns a promise for a large body, which is compressed off the event loop. */
export function encodeEntry(entry: Entry): Buffer | Promise<Buffer> {
  const known = recent.get(entry);
  if (known) {
    recent.delete(entry);
    return known;
  }
  const { header, body } = entry;
  const encode = (frame: Buffer | undefined) =>
    frame === undefined
      ? assemble(PLAIN, header, [body])
      : assemble(ZSTD, header, [u32(body.byteLength), frame]);
  const frame = compress(body);
  if (frame instanceof Promise) return frame.then(encode);
  const bytes = encode(frame);
  recent.set(entry, bytes);
  const [oldest] = recent.keys();
  if (oldest && recent.size > MAX_RECENT) recent.delete(oldest);
  return bytes;
}

/**
 * Decodes an entry; returns a promise for a large compressed body. Throws, or rejects with,
 * `EntryDamagedError`; its reason is 'format' for a complete entry of an unknown format. The body
 * has memory of its own and is never a view of `bytes`, because a view would keep the socket chunk
 * or pool that `bytes` is part of, and would change with it. A compressed body is not decompressed
 * if it claims to be larger than `maxBodyBytes`, or is larger than it claims.
 */
export function decodeEntry(
  bytes: Uint8Array,
  key: string,
  maxBodyBytes = MAX_BODY_BYTES,
): Entry | Promise<Entry> {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (source.byteLength < LEAST_BYTES) throw new EntryDamagedError('length');
  if (source.readUInt32LE(0) !== MAGIC) throw new EntryDamagedError('magic');
  const digestAt = source.byteLength - DIGEST_BYTES;
  if (!digestOf(source, digestAt).equals(source.subarray(digestAt)))
    throw new EntryDamagedError('checksum');
  const format = source.readUInt16LE(4);
  if (format !== PLAIN && format !== ZSTD) throw new EntryDamagedError('format');

  const bodyLengthAt = PREFIX_BYTES + source.readUInt32LE(6);
  const bodyAt = bodyLengthAt + 4;
  if (bodyAt > digestAt || bodyAt + source.readUInt32LE(bodyLengthAt) !== digestAt)
    throw new EntryDamagedError('length');
  const header = parseHeader(source.toString('utf8', PREFIX_BYTES, bodyLengthAt));
  if (header.key !== key) throw new EntryDamagedError('key');
  const stored = source.subarray(bodyAt, digestAt);
  if (format === PLAIN) return { header, body: copyOf(stored) };
  const body = restore(stored, maxBodyBytes);
  return body instanceof Promise ? body.then((body) => ({ header, body })) : { header, body };
}

/** Whether `a` was computed by a later START than `b`. Then it replaces `b` in every tier (R27). */
export function isNewer(
  a: Pick<EntryHeader, 'token' | 'runSeq'>,
  b: Pick<EntryHeader, 'token' | 'runSeq'>,
): boolean {
  if (a.token.epoch !== b.token.epoch) return a.token.epoch > b.token.epoch;
  if (a.token.seq !== b.token.seq) return a.token.seq > b.token.seq;
  return a.runSeq > b.runSeq;
}

function assemble(format: number, header: EntryHeader, body: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const bodyBytes = body.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = Buffer.allocUnsafeSlow(LEAST_BYTES + json.byteLength + bodyBytes);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(format, 4);
  bytes.writeUInt32LE(json.byteLength, 6);
  let at = PREFIX_BYTES + json.copy(bytes, PREFIX_BYTES);
  at = bytes.writeUInt32LE(bodyBytes, at);
  for (const part of body) at += part.copy(bytes, at);
  digestOf(bytes, at).copy(bytes, at);
  return bytes;
}

function restore(stored: Buffer, maxBodyBytes: number): Buffer | Promise<Buffer> {
  if (stored.byteLength < 4) throw new EntryDamagedError('length');
  const rawBytes = stored.readUInt32LE(0);
  if (rawBytes > maxBodyBytes) throw new EntryDamagedError('length');
  const whole = (body: Buffer): Buffer => {
    if (body.byteLength !== rawBytes) throw new EntryDamagedError('length');
    return body;
  };
  const damaged = (cause: unknown): never => {
    throw new EntryDamagedError('checksum', { cause });
  };
  let body: Buffer | Promise<Buffer>;
  try {
    body = decompress(stored.subarray(4), rawBytes);
  } catch (cause) {
    return damaged(cause);
  }
  return body instanceof Promise ? body.catch(damaged).then(whole) : whole(body);
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  bytes.copy(copy);
  return copy;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function digestOf(bytes: Buffer, end: number): Buffer {
  return hash('sha256', bytes.subarray(0, end), 'buffer');
}
