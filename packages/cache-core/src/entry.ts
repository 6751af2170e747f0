/**
 * A stored result, and its form as bytes in Redis and on disk.
 *
 *   'DEJA' | u16 format | u32 bytes of header | header, JSON | u32 bytes of body | body | SHA-256
 *
 * Little-endian; the SHA-256 is over everything before it. What is read back is whole, of the key
 * that was asked for, and of types that were checked; else it is not used at all. Another format
 * counts as damage too: a miss is what a reader can do about it.
 */
import { hash } from 'node:crypto';
import { EntryDamagedError } from './errors.ts';
import { type EntryHeader, parseHeader } from './header.ts';

export type { EntryHeader, Token } from './header.ts';

/** Immutable: whoever is handed an entry, tiers included, changes neither header nor body. */
export interface Entry {
  readonly header: EntryHeader;
  readonly body: Buffer;
}

const MAGIC = 0x414a4544; // 'DEJA', read as a little-endian u32
const FORMAT = 1;
const PREFIX_BYTES = 10;
const DIGEST_BYTES = 32;
const LEAST_BYTES = PREFIX_BYTES + 4 + DIGEST_BYTES;

export function encodeEntry({ header, body }: Entry): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.allocUnsafeSlow(LEAST_BYTES + json.byteLength + body.byteLength);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(FORMAT, 4);
  bytes.writeUInt32LE(json.byteLength, 6);
  let at = PREFIX_BYTES + json.copy(bytes, PREFIX_BYTES);
  at = bytes.writeUInt32LE(body.byteLength, at);
  at += body.copy(bytes, at);
  digestOf(bytes, at).copy(bytes, at);
  return bytes;
}

/**
 * Throws `EntryDamagedError`. The body is memory of its own, never a view of `bytes`: a view would
 * keep the socket chunk or pool that `bytes` is part of, and change with it.
 */
export function decodeEntry(bytes: Uint8Array, key: string): Entry {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (source.byteLength < LEAST_BYTES) throw new EntryDamagedError('length');
  if (source.readUInt32LE(0) !== MAGIC) throw new EntryDamagedError('magic');
  if (source.readUInt16LE(4) !== FORMAT) throw new EntryDamagedError('format');

  const bodyLengthAt = PREFIX_BYTES + source.readUInt32LE(6);
  const digestAt = source.byteLength - DIGEST_BYTES;
  const bodyAt = bodyLengthAt + 4;
  if (bodyAt > digestAt || bodyAt + source.readUInt32LE(bodyLengthAt) !== digestAt)
    throw new EntryDamagedError('length');
  if (!digestOf(source, digestAt).equals(source.subarray(digestAt)))
    throw new EntryDamagedError('checksum');

  const header = parseHeader(source.toString('utf8', PREFIX_BYTES, bodyLengthAt));
  if (header.key !== key) throw new EntryDamagedError('key');
  const body = Buffer.allocUnsafeSlow(digestAt - bodyAt);
  source.copy(body, 0, bodyAt, digestAt);
  return { header, body };
}

/** Was `a` computed by a later START than `b`? Then it replaces `b`, in every tier (rule R27). */
export function isNewer(a: EntryHeader, b: EntryHeader): boolean {
  if (a.token.epoch !== b.token.epoch) return a.token.epoch > b.token.epoch;
  if (a.token.seq !== b.token.seq) return a.token.seq > b.token.seq;
  return a.no > b.no;
}

function digestOf(bytes: Buffer, end: number): Buffer {
  return hash('sha256', bytes.subarray(0, end), 'buffer');
}
