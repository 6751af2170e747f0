/**
 * The canonical form: one sequence of bytes for each value. Cache keys are hashes of it.
 *
 *  - it is injective: different values give different bytes, because everything has a type and a
 *    length prefix, and nothing is silently dropped or replaced;
 *  - equal JSON gives equal bytes, in whatever order the members were written, in whatever Unicode
 *    spelling (NFC), -0 or 0;
 *  - an array of nothing but numbers is one column of Float64, so that a series of 1,000 points
 *    costs microseconds and not the hundreds that its canonical JSON text (RFC 8785) would;
 *  - a value that is not plain JSON is refused, with a JSON Pointer to it. Map, Date and Buffer
 *    have no obvious form, and `{}` for all of them would let two inputs share an answer.
 *
 * A value is one byte for its type, then:
 *
 *   null, false, true   nothing
 *   number              float64
 *   string              u32 bytes, UTF-8
 *   array               u32 elements, each a value
 *   object              u32 members, each u32 bytes, UTF-8 of its name, a value; by name
 *   column              u32 elements, float64 each
 *
 * Numbers are little-endian. Any change here changes every key, and key.ts then needs a new domain.
 */
import { canonicalOrder } from './canonical-order.ts';
import { CanonicalFormError } from './errors.ts';
import { isStreamSafe } from './stream-safe.ts';

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const STRING = 4;
const ARRAY = 5;
const OBJECT = 6;
const COLUMN = 7;

const MAX_DEPTH = 64;
const MAX_BYTES = 256 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** If one huge value makes the buffer larger than this, the buffer is not kept. */
const KEEP_BYTES = 1024 * 1024;
/** Up to this length, a loop is faster than a call of the native encoder; measured 2026-11. */
const SHORT = 48;

let spare: Buffer | undefined;

/** The canonical form as bytes that belong to the caller. Throws `CanonicalFormError`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return withCanonicalBytes([value], (bytes) => Uint8Array.from(bytes));
}

/**
 * Passes the forms of `values`, one after the other, to `use`, in a buffer that is reused as soon as
 * `use` returns. A path in an error begins at the value that contains the fault.
 */
export function withCanonicalBytes<R>(values: readonly unknown[], use: (bytes: Buffer) => R): R {
  const writer = new Writer(spare ?? Buffer.allocUnsafeSlow(FIRST_BYTES));
  spare = undefined; // a value can run code (a Proxy) that calls this function again
  try {
    for (const value of values) writer.value(value, 0);
    return use(writer.written());
  } finally {
    spare = writer.reusable();
  }
}

class Writer {
  #buffer: Buffer;
  #view: DataView;
  #at = 0;
  /** Names and indices on the path to the current value; those beyond its depth are left over. */
  readonly #path: (string | number)[] = [];

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  reusable(): Buffer | undefined {
    return this.#buffer.byteLength <= KEEP_BYTES ? this.#buffer : undefined;
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.#tag(STRING);
        this.#string(value, depth);
        return;
      case 'number':
        if (!Number.isFinite(value)) this.#refuse(depth, `is ${value}`);
        this.#reserve(9);
        this.#buffer[this.#at] = NUMBER;
        this.#view.setFloat64(this.#at + 1, value + 0, true); // -0 + 0 is 0
        this.#at += 9;
        return;
      case 'boolean':
        this.#tag(value ? TRUE : FALSE);
        return;
      case 'object':
        if (value === null) this.#tag(NULL);
        else this.#composite(value, depth);
        return;
      default:
        this.#refuse(depth, value === undefined ? 'is undefined' : `is a ${typeof value}`);
    }
  }

  #composite(value: object, depth: number): void {
    if (depth >= MAX_DEPTH) this.#refuse(depth, `is nested deeper than ${MAX_DEPTH}, or in itself`);
    const proto: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value) && proto === Array.prototype) {
      if (!this.#column(value, depth)) this.#array(value, depth);
    } else if (proto === Object.prototype || proto === null) {
      this.#object(value as Record<string, unknown>, depth);
    } else if (value instanceof Float64Array && proto === Float64Array.prototype) {
      this.#column(value, depth);
    } else {
      this.#refuse(depth, 'is not a plain object or array');
    }
  }

  /** Writes nothing and returns false if an element is not a number. */
  #column(values: ArrayLike<unknown>, depth: number): boolean {
    const count = values.length;
    if (count > 0 && typeof values[0] !== 'number') return false;
    this.#reserve(5 + count * 8);
    const view = this.#view;
    let at = this.#at + 5;
    for (let i = 0; i < count; i += 1) {
      const value = values[i];
      if (typeof value !== 'number') return false;
      if (!Number.isFinite(value)) {
        this.#path[depth] = i;
        this.#refuse(depth + 1, `is ${value}`);
      }
      view.setFloat64(at, value + 0, true);
      at += 8;
    }
    this.#head(COLUMN, count);
    this.#at = at;
    return true;
  }

  #array(values: readonly unknown[], depth: number): void {
    this.#head(ARRAY, values.length);
    for (let i = 0; i < values.length; i += 1) {
      this.#path[depth] = i;
      this.value(values[i], depth + 1); // a hole reads as undefined, which is refused
    }
  }

  #object(value: Record<string, unknown>, depth: number): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse(depth, 'has a symbol as name');
    const names = Object.keys(value);
    const spellings = canonicalOrder(names);
    this.#head(OBJECT, 0);
    const countAt = this.#at - 4;
    let count = 0;
    let previous: string | undefined;
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(value, name);
      this.#path[depth] = name;
      if (own === undefined || own.get !== undefined || own.set !== undefined)
        this.#refuse(depth + 1, 'is an accessor');
      if (own.value === undefined) continue;
      const spelling = spellings?.get(name) ?? name;
      if (spelling === previous) this.#refuse(depth + 1, 'has the same name (NFC) as another');
      previous = spelling;
      this.#string(spelling, depth + 1);
      this.value(own.value, depth + 1);
      count += 1;
    }
    this.#view.setUint32(countAt, count, true);
  }

  #string(text: string, depth: number): void {
    if (text.length <= SHORT && this.#ascii(text)) return;
    if (!text.isWellFormed()) this.#refuse(depth, 'has a lone surrogate');
    if (!isStreamSafe(text)) this.#refuse(depth, 'has more than 30 combining marks in a row');
    const normal = text.normalize('NFC');
    this.#reserve(4 + normal.length * 3);
    const bytes = this.#buffer.write(normal, this.#at + 4, 'utf8');
    this.#view.setUint32(this.#at, bytes, true);
    this.#at += 4 + bytes;
  }

  /** Writes nothing and returns false if the text is not pure ASCII. */
  #ascii(text: string): boolean {
    const { length } = text;
    this.#reserve(4 + length);
    const buffer = this.#buffer;
    const start = this.#at + 4;
    for (let i = 0; i < length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return false;
      buffer[start + i] = unit;
    }
    this.#view.setUint32(this.#at, length, true);
    this.#at = start + length;
    return true;
  }

  #tag(tag: number): void {
    this.#reserve(1);
    this.#buffer[this.#at] = tag;
    this.#at += 1;
  }

  #head(tag: number, count: number): void {
    this.#reserve(5);
    this.#buffer[this.#at] = tag;
    this.#view.setUint32(this.#at + 1, count, true);
    this.#at += 5;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed > this.#buffer.byteLength) this.#grow(needed);
  }

  #grow(needed: number): void {
    if (needed > MAX_BYTES) throw new CanonicalFormError('', `is larger than ${MAX_BYTES} bytes`);
    const larger = Buffer.allocUnsafeSlow(Math.min(MAX_BYTES, needed * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  #refuse(depth: number, reason: string): never {
    const steps = this.#path.slice(0, depth);
    const escaped = steps.map((s) => `/${String(s).replaceAll('~', '~0').replaceAll('/', '~1')}`);
    throw new CanonicalFormError(escaped.join(''), reason);
  }
}
