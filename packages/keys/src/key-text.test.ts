import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf, idOfKey, type KeyKind, newKeyText } from './key-text.ts';

const ALPHABET = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const kinds = fc.constantFrom<KeyKind>('sk', 'ad');
const numberOf = (digits: string): number =>
  [...digits].reduce((value, digit) => value * 62 + ALPHABET.indexOf(digit), 0);

test('a key has the documented form, and its last six digits are the CRC-32 of all before', () => {
  fc.assert(
    fc.property(kinds, (kind) => {
      const { id, key } = newKeyText(kind);

      expect(key).toMatch(/^deja_(sk|ad)_[0-9A-Za-z]{48}$/);
      expect(key.slice(0, 18)).toBe(`deja_${kind}_${id}`);
      expect(numberOf(key.slice(-6))).toBe(crc32(key.slice(0, -6)));
      expect(idOfKey(key)).toBe(id);
    }),
  );
});

test('a key with any one character replaced is no key', () => {
  const place = fc.nat({ max: 55 });
  const character = fc.oneof(fc.constantFrom(...ALPHABET), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(kinds, place, character, (kind, at, other) => {
      const { key } = newKeyText(kind);
      fc.pre(key[at] !== other);

      expect(idOfKey(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined();
    }),
  );
});

test('a text that is no key is none', () => {
  const { key } = newKeyText('sk');
  fc.assert(fc.property(fc.string(), (text) => idOfKey(text) === undefined));
  for (const text of ['', `${key}\n`, ` ${key}`, `${key}${key}`, key.replace('sk', 'ad')])
    expect(idOfKey(text)).toBeUndefined();
});

test('every digit of a secret is as likely as every other', () => {
  const counts = new Map<string, number>();
  const keys = 2000;
  for (let i = 0; i < keys; i += 1)
    for (const digit of newKeyText('sk').key.slice(8, 50))
      counts.set(digit, (counts.get(digit) ?? 0) + 1);

  const expected = (keys * 42) / 62;
  const chiSquare = ALPHABET.reduce(
    (sum, digit) => sum + ((counts.get(digit) ?? 0) - expected) ** 2 / expected,
    0,
  );

  // 61 degrees of freedom: chance exceeds 140 once in 30 million runs. A byte modulo 62 gives about 700.
  expect(chiSquare).toBeLessThan(140);
});

test('what is stored of a key is its SHA-256', () => {
  expect(digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
