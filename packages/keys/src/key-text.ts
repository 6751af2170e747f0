/**
 * The text of a key: what it is for, an id, a secret and a checksum.
 *
 *     deja_sk_ 4fT0kQ9xZb Yh3…(32) 0aB3xQ
 *
 * The id is no secret: lists and logs tell it. The secret has 190 random bits, so its digest needs no
 * slow hash. The checksum, the CRC-32 of all before it, refuses a mistyped key without asking anybody,
 * and lets scanners of leaked secrets recognise one. Numbers are in base 62: 0-9, A-Z, a-z, the most
 * significant digit first.
 */
import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A data key, or an admin key. */
export type KeyKind = 'sk' | 'ad';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_CHARS = 10;
const SECRET_CHARS = 32;
const SUM_CHARS = 6;
const FORM = /^(deja_(?:sk|ad)_([0-9A-Za-z]{10})[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** A new key that nobody has seen. `randomInt` takes each digit with the same chance. */
export function newKeyText(kind: KeyKind): { readonly id: string; readonly key: string } {
  const id = randomDigits(ID_CHARS);
  const body = `deja_${kind}_${id}${randomDigits(SECRET_CHARS)}`;
  return { id, key: body + checksumOf(body) };
}

/** The id within a key. Undefined: it is no key, or one that was mistyped. */
export function idOfKey(key: string): string | undefined {
  const [, body = '', id, sum] = FORM.exec(key) ?? [];
  return sum === checksumOf(body) ? id : undefined;
}

/** SHA-256, in hex: all of a key that is ever stored. */
export const digestOf = (key: string): string => hash('sha256', key, 'hex');

const randomDigits = (count: number): string =>
  Array.from({ length: count }, () => DIGITS[randomInt(DIGITS.length)]).join('');

function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < SUM_CHARS; i += 1) {
    digits = DIGITS[rest % DIGITS.length] + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}
